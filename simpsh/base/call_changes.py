"""Words for calls that have no event of their own: what they changed, or how they failed."""

from __future__ import annotations

import fcntl
import os
import termios

from simpsh.base.signal_names import Signal

_STATUS_FLAGS = ("O_APPEND", "O_NONBLOCK")
_ASKING = (fcntl.F_GETFD, fcntl.F_GETFL)
_IOCTLS = {
    termios.FIOCLEX: "sets FD_CLOEXEC of {}",
    termios.FIONCLEX: "clears FD_CLOEXEC of {}",
    termios.FIONBIO: "sets or clears O_NONBLOCK of {}",
}


def refusal(call: str, error: str) -> str:
    """Say that a call failed.

    >>> refusal("setpgid", "EPERM")
    'is refused: setpgid fails with EPERM'
    """
    return f"is refused: {call} fails with {error}"


def changes_something(name: str, args: tuple[object, ...]) -> bool:
    """Return whether a call changed something: some of them only ask.

    >>> changes_something("lseek", (3, 0, os.SEEK_CUR))
    False
    """
    if name == "fcntl":
        return _number(args, 1) not in _ASKING
    if name == "ioctl":
        return _number(args, 1) in _IOCTLS
    is_tell = name == "lseek" and (_number(args, 1), _number(args, 2)) == (0, os.SEEK_CUR)
    return not is_tell


def change_words(name: str, args: tuple[object, ...], result: object) -> str:
    """Say what a call changed.

    >>> change_words("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK), 0)
    'sets the flags of 3: O_NONBLOCK'
    >>> change_words("umask", (0o22,), 0), change_words("getpid", (), 7)
    ('sets the umask to 022', 'calls getpid')
    """
    first, second, third = (_number(args, place) for place in range(3))
    match name:
        case "fcntl" if second == fcntl.F_SETFL:
            flags = [flag for flag in _STATUS_FLAGS if third & getattr(os, flag)]
            return f"sets the flags of {first}: {' '.join(flags) or 'none'}"
        case "fcntl" if second == fcntl.F_SETFD:
            return f"{'sets' if third & fcntl.FD_CLOEXEC else 'clears'} FD_CLOEXEC of {first}"
        case "fcntl":
            return f"calls fcntl on {first}"
        case "ioctl":
            return _IOCTLS.get(second, "calls ioctl on {}").format(first)
        case "lseek":
            return f"moves the offset of {first} to {result}"
        case "umask":
            return f"sets the umask to {first:03o}"
        case "chdir":
            return f"changes its directory to {args[0]}"
        case "rt_sigaction":
            return f"sets its action for {Signal(first).name}"
        case "rt_sigprocmask":
            return "changes its signal mask"
        case "prlimit64" | "setrlimit":
            return "sets a limit"
        case _:
            return f"calls {name.removeprefix('rt_')}"


def _number(args: tuple[object, ...], place: int) -> int:
    value = args[place] if place < len(args) else 0
    return value if isinstance(value, int) else 0
