"""Which system call failed: this travels with its OSError to the code that reports the failure.

The functions of simpsh.kernel mark each error with its call. If an error is handled, such as ECHILD
of a wait, its call is forgotten with it. Code that keeps the errno but not the error calls note().
"""

from __future__ import annotations

SYNTAX, EXPANSION, DEFECT = "syntax error", "expansion", "defect"
CANCELLED, INTERRUPTED = "cancelled", "interrupted"
"""A failure outside a system call; the last two: ^C at the prompt, or in the shell itself."""

Plain = tuple[str, int, tuple[str | int, ...]]
"""A call's name, its errno and its arguments."""
_LONGEST, _MOST = 200, 3
"""How much of an argument is kept, and how many arguments."""
_noted: Plain | None = None


def mark(
    error: BaseException, call: str, args: tuple[object, ...], errno: int | None = None
) -> None:
    """Store in an error which call failed, and its errno if the error has none."""
    error.call = call, errno, args  # type: ignore[attr-defined]


def note(call: str, errno: int, *args: object) -> None:
    """Remember a failure whose error is not kept, for the next behind()."""
    global _noted
    _noted = _plain(call, errno, args)


def forget() -> None:
    """Forget the noted failure: another command begins."""
    global _noted
    _noted = None


def _plain(call: str, errno: int, args: tuple[object, ...]) -> Plain:
    shown = (int(arg) if isinstance(arg, int) else str(arg)[:_LONGEST] for arg in args[:_MOST])
    return call, errno, tuple(shown)


def behind(problem: BaseException | None) -> Plain | None:
    """Return the call that caused a problem, or the noted one; None if no call failed."""
    global _noted
    noted, _noted = _noted, None
    while problem is not None:
        if (marked := getattr(problem, "call", None)) is not None:
            call, errno, args = marked
            return _plain(call, errno or getattr(problem, "errno", 0) or 0, args)
        problem = problem.__cause__ or problem.__context__
    return noted
