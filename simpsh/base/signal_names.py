"""Signal numbers that print their names.

`signal.Signals` has no member for most real-time signals and takes 3 ms to import; and a wait
status can hold any number from 1 to 127.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    import signal as _signal
    from typing import Self
else:
    import _signal

# Defined here because importing `signal` takes 3 ms.
SIGHUP: int = _signal.SIGHUP
SIGINT: int = _signal.SIGINT
SIGQUIT: int = _signal.SIGQUIT
SIGABRT: int = _signal.SIGABRT
SIGILL: int = _signal.SIGILL
SIGBUS: int = _signal.SIGBUS
SIGFPE: int = _signal.SIGFPE
SIGKILL: int = _signal.SIGKILL
SIGTRAP: int = _signal.SIGTRAP
SIGSEGV: int = _signal.SIGSEGV
SIGUSR1: int = _signal.SIGUSR1
SIGUSR2: int = _signal.SIGUSR2
SIGPIPE: int = _signal.SIGPIPE
SIGALRM: int = _signal.SIGALRM
SIGTERM: int = _signal.SIGTERM
SIGCHLD: int = _signal.SIGCHLD
SIGCONT: int = _signal.SIGCONT
SIGSTOP: int = _signal.SIGSTOP
SIGTSTP: int = _signal.SIGTSTP
SIGTTIN: int = _signal.SIGTTIN
SIGTTOU: int = _signal.SIGTTOU
SIGURG: int = _signal.SIGURG
SIGXCPU: int = _signal.SIGXCPU
SIGXFSZ: int = _signal.SIGXFSZ
SIGVTALRM: int = _signal.SIGVTALRM
SIGPROF: int = _signal.SIGPROF
SIGSYS: int = _signal.SIGSYS
SIGWINCH: int = _signal.SIGWINCH

STOP_SIGNALS = frozenset((SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU))
"""The signals that stop a process by default."""
IGNORED_BY_DEFAULT = frozenset((SIGCHLD, SIGCONT, SIGURG, SIGWINCH))
"""The signals that are ignored by default; SIGCONT also continues a process; see signal(7)."""
DUMPS_CORE = frozenset(
    (*(SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV), *(SIGXCPU, SIGXFSZ, SIGSYS))
)
"""The signals that by default end a process with a core dump; see signal(7)."""

# These names are aliases of better-known ones (signal(7)).
_ALIASES = frozenset(("SIGCLD", "SIGIOT", "SIGPOLL"))

NAMES: dict[int, str] = {
    number: name
    for name, number in vars(_signal).items()
    if name.startswith("SIG") and name[3] != "_" and name not in _ALIASES
    if isinstance(number, int)
}
"""The name of every signal number that this system names."""

LAST = _signal.NSIG - 1
"""The greatest signal number; 64 on Linux."""


class Signal(int):
    """A signal number that prints its name.

    Raises TypeError: not a whole number. ValueError: there is no such signal.

    >>> Signal(15), Signal(35)
    (SIGTERM, SIGRTMIN+1)
    """

    __slots__ = ()

    def __new__(cls, number: int) -> Self:
        """Raise TypeError for a bool, a float and a text, which int() accepts."""
        if type(number) is not int and type(number) is not cls:
            # Imported here because the start of a shell does not need it.
            from simpsh.base.given_numbers import whole_number

            number = whole_number(number, "a signal is a number, such as signal.SIGTERM")
        if not 1 <= number <= LAST:
            raise ValueError(f"{number} is no signal: there are 1 to {LAST}")
        return super().__new__(cls, number)

    @property
    def name(self) -> str:
        """The name as in signal(7), such as `SIGTERM` or `SIGRTMIN+1`."""
        return signal_name(self)

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__

    @property
    def description(self) -> str:
        """The C library's description, such as `Terminated`; see strsignal(3)."""
        return _signal.strsignal(self) or self.name


def signal_name(number: int) -> str:
    """Return the name of a number that a program passed as a signal, whether there is one or not.

    >>> signal_name(15), signal_name(100)
    ('SIGTERM', 'SIG100')
    """
    name = NAMES.get(number)
    if name is not None:
        return name
    if _signal.SIGRTMIN < number < _signal.SIGRTMAX:
        return f"SIGRTMIN+{number - _signal.SIGRTMIN}"
    return f"SIG{int(number)}"


def by_name(text: str) -> Signal | None:
    """Return the signal named by `text`: `TERM`, `SIGTERM`, `sigterm` or `15`; else None.

    >>> by_name("term"), by_name("9"), by_name("nonsense")
    (SIGTERM, SIGKILL, None)
    """
    if text.isascii() and text.isdigit():
        return Signal(int(text)) if 1 <= int(text) <= LAST else None
    wanted = text.upper()
    if not wanted.startswith("SIG"):
        wanted = "SIG" + wanted
    if wanted in _ALIASES:
        return Signal(getattr(_signal, wanted))
    for number in range(1, LAST + 1):
        if Signal(number).name == wanted:
            return Signal(number)
    return None
