"""Words for calls that change a flag, an offset or a mask: what the kernel keeps from now on."""

from __future__ import annotations

import fcntl
import os
import termios
from collections.abc import Callable

from simpsh.base import events
from simpsh.base.signal_names import Signal

_STATUS_FLAGS = ("O_APPEND", "O_NONBLOCK")
_ASKING = (fcntl.F_GETFD, fcntl.F_GETFL)
_IOCTLS = {
    termios.FIOCLEX: "sets FD_CLOEXEC of {}",
    termios.FIONCLEX: "clears FD_CLOEXEC of {}",
    termios.FIONBIO: "sets or clears O_NONBLOCK of {}",
}


def changes_something(call: events.Call) -> bool:
    """Return whether a call changed something: some of them only ask.

    >>> changes_something(events.Call("lseek", (3, 0, os.SEEK_CUR), 9))
    False
    """
    if call.name == "fcntl":
        return _number(call, 1) not in _ASKING
    if call.name == "ioctl":
        return _number(call, 1) in _IOCTLS
    is_tell = call.name == "lseek" and (_number(call, 1), _number(call, 2)) == (0, os.SEEK_CUR)
    return not is_tell


def change_words(call: events.Call) -> str:
    """Say what a call changed, that has no event of its own.

    >>> change_words(events.Call("fcntl", (3, fcntl.F_SETFL, os.O_NONBLOCK)))
    'sets the flags of 3: O_NONBLOCK'
    >>> change_words(events.Call("umask", (0o22,), 0)), change_words(events.Call("getpid"))
    ('sets the umask to 022', 'calls getpid')
    """
    words = _WORDS.get(call.name)
    name = call.name.removeprefix("rt_")
    return words(call) if words is not None else f"calls {name}"


def _number(call: events.Call, place: int) -> int:
    value = call.args[place] if place < len(call.args) else 0
    return value if isinstance(value, int) else 0


def _fcntl(call: events.Call) -> str:
    number, command, value = (_number(call, place) for place in range(3))
    if command == fcntl.F_SETFL:
        flags = [name for name in _STATUS_FLAGS if value & getattr(os, name)]
        return f"sets the flags of {number}: {' '.join(flags) or 'none'}"
    if command == fcntl.F_SETFD:
        return f"{'sets' if value & fcntl.FD_CLOEXEC else 'clears'} FD_CLOEXEC of {number}"
    return f"calls fcntl on {number}"


_WORDS: dict[str, Callable[[events.Call], str]] = {
    "fcntl": _fcntl,
    "ioctl": lambda call: _IOCTLS.get(_number(call, 1), "calls ioctl on {}").format(
        _number(call, 0)
    ),
    "lseek": lambda call: f"moves the offset of {_number(call, 0)} to {call.result}",
    "umask": lambda call: f"sets the umask to {_number(call, 0):03o}",
    "chdir": lambda call: f"changes its directory to {call.args[0]}",
    "rt_sigaction": lambda call: f"sets its action for {Signal(_number(call, 0)).name}",
    "rt_sigprocmask": lambda _: "changes its signal mask",
    "prlimit64": lambda _: "sets a limit",
    "setrlimit": lambda _: "sets a limit",
}
