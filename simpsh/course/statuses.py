"""Status words, as expectations ask for them: exited, killed, stopped, continued."""

from __future__ import annotations

from collections.abc import Callable

from simpsh.wait_status import Continued, Exited, Killed, decode

StatusTest = Callable[[int], bool]
KINDS = ("exited", "killed", "stopped", "continued")


def status_test(kind: str, value: int | str | None = None) -> StatusTest:
    """Return a test of status words: of this kind, with this exit code or signal.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"a child is {', '.join(KINDS)}; it is never {kind}")

    def test(word: int) -> bool:
        status = decode(word)
        if type(status).__name__.lower() != kind:
            return False
        if value is None or isinstance(status, Continued):
            return True
        return (status.code if isinstance(status, Exited) else status.signal.name) == value

    return test


def return_code(word: int) -> int:
    """Return what os.waitstatus_to_exitcode(3) does: the exit code, or minus the signal.

    >>> return_code(0x0300), return_code(9)
    (3, -9)
    """
    status = decode(word)
    if isinstance(status, Exited):
        return status.code
    return -int(status.signal) if isinstance(status, Killed) else 0
