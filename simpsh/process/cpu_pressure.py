"""How long processes of this machine have waited for a processor; see the kernel's PSI."""

from __future__ import annotations

_FILE = "/proc/pressure/cpu"
_MICROSECONDS = 1_000_000


def waited_for_processor() -> float:
    """Return for how many seconds some process waited, since the system began.

    0 where the kernel does not tell: it was built without CONFIG_PSI, or /proc hides it.
    See Documentation/accounting/psi.rst of the kernel.
    """
    try:
        with open(_FILE, encoding="ascii") as file:
            line = file.readline()
    except OSError:
        return 0.0
    total = line.rpartition("total=")[2].strip()
    return int(total) / _MICROSECONDS if total.isdigit() else 0.0
