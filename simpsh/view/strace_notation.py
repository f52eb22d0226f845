"""A call as strace(1) writes it: `dup2(5, 1) = 1`."""

from __future__ import annotations

import os

from simpsh.base.phrases import errno_name
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, decode, wait_option_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.base.events import Call

_OPEN_FLAGS = {
    getattr(os, name): name
    for name in ("O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_CLOEXEC", "O_NONBLOCK")
}
_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_HOW = {0: "SIG_BLOCK", 1: "SIG_UNBLOCK", 2: "SIG_SETMASK"}
_ACTIONS = {0: "SIG_DFL", 1: "SIG_IGN"}
_MANY = 32


def notation(call: Call) -> str:
    """Write a call in strace's notation; one that begins without its result.

    >>> from simpsh.base.events import Call
    >>> notation(Call("dup2", (5, 1), 1)), notation(Call("close", (9,), None, 9))
    ('dup2(5, 1) = 1', 'close(9) = -1 EBADF (Bad file descriptor)')
    """
    name, open_bracket, detail = call.name.partition("(")
    arguments = _arguments(call.name, call.args, call.result)
    if open_bracket:
        # fcntl(F_DUPFD_CLOEXEC): the operation stands between the first and other arguments.
        first, comma, others = arguments.partition(", ")
        arguments = f"{first}, {detail.rstrip(')')}{comma}{others}"
        if name == "prctl":
            arguments = f"{detail.rstrip(')')}, {first}"
    written = f"{name}({arguments})"
    if call.begins:
        return written
    return f"{written} = {_result(call)}"


def _result(call: Call) -> str:
    if call.errno:
        return f"-1 {errno_name(call.errno)} ({os.strerror(call.errno)})"
    if call.name in ("wait4", "waitpid", "waitid") and isinstance(call.result, list):
        return str(call.result[0])
    if isinstance(call.result, int) and not isinstance(call.result, bool):
        return oct(call.result).replace("0o", "0", 1) if call.name == "umask" else str(call.result)
    return "0"


def _arguments(name: str, args: tuple[object, ...], result: object) -> str:
    special = _SPECIAL.get(name)
    if special is not None and len(args) >= special[0]:
        return special[1](args, result)
    return ", ".join(_plain(argument) for argument in args)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(one) for one in value) + "]"
    return str(value)


def _quoted(text: str) -> str:
    shown = text if len(text) <= _MANY * 2 else text[: _MANY * 2]
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    escaped = "".join(c if c.isprintable() else f"\\{ord(c) & 0xFF:o}" for c in escaped)
    return f'"{escaped}"' + ("..." if len(shown) < len(text) else "")


def _execve(args: tuple[object, ...], _result: object) -> str:
    words = args[1] if isinstance(args[1], list | tuple) else ()
    shown = ", ".join(_plain(word) for word in words[:_MANY])
    more = ", ..." if len(words) > _MANY else ""
    return f"{_plain(args[0])}, [{shown}{more}], /* {args[2]} vars */"


def _wait(args: tuple[object, ...], result: object) -> str:
    number = args[1] if len(args) > 1 and isinstance(args[1], int) else 0
    options = "|".join(wait_option_names(number)) or "0"
    if isinstance(result, list) and len(result) > 1:
        return f"{args[0]}, [{_status(result[1])}], {options}"
    return f"{args[0]}, {'...' if result is None else 'NULL'}, {options}"


def _status(word: object) -> str:
    match decode(word if isinstance(word, int) else 0):
        case Exited(code):
            return f"{{WIFEXITED(s) && WEXITSTATUS(s) == {code}}}"
        case Killed(signal, dumped_core):
            core = " && WCOREDUMP(s)" if dumped_core else ""
            return f"{{WIFSIGNALED(s) && WTERMSIG(s) == {signal}{core}}}"
        case Stopped(signal):
            return f"{{WIFSTOPPED(s) && WSTOPSIG(s) == {signal}}}"
        case Continued():
            return "{WIFCONTINUED(s)}"


def _open(args: tuple[object, ...], _result: object) -> str:
    number = args[1] if isinstance(args[1], int) else 0
    access = _ACCESS[number & 3]
    # The kernel's room adds O_CLOEXEC to every open, and gives a new file 0666.
    others = "|".join(name for bit, name in _OPEN_FLAGS.items() if (number | os.O_CLOEXEC) & bit)
    mode = ", 0666" if number & os.O_CREAT else ""
    return f"{_plain(args[0])}, {access}|{others}{mode}"


def _pipe(_args: tuple[object, ...], result: object) -> str:
    return f"{_plain(result)}, O_CLOEXEC"


def _signals(numbers: object) -> str:
    if not isinstance(numbers, list | tuple):
        return str(numbers)
    if len(numbers) > _MANY:
        return "~[]"
    return "[" + " ".join(Signal(int(number)).name[3:] for number in numbers) + "]"


def _sigprocmask(args: tuple[object, ...], result: object) -> str:
    how = _HOW.get(args[0] if isinstance(args[0], int) else -1, str(args[0]))
    return f"{how}, {_signals(args[1])}, {_signals(result if result is not None else [])}"


def _kill(args: tuple[object, ...], _result: object) -> str:
    number = args[1] if isinstance(args[1], int) else 0
    return f"{args[0]}, {Signal(number).name if number else 0}"


def _sigaction(args: tuple[object, ...], _result: object) -> str:
    if len(args) == 1 and isinstance(args[0], list):
        return _several(args[0])
    number = args[0] if isinstance(args[0], int) else 0
    return f"{Signal(number).name}, {_action(args[1])}"


def _several(pairs: Sequence[Sequence[object]]) -> str:
    by_action: dict[str, list[object]] = {}
    for number, action in pairs:
        by_action.setdefault(_action(action), []).append(number)
    return "; ".join(f"{_signals(numbers)}, {action}" for action, numbers in by_action.items())


def _action(value: object) -> str:
    if isinstance(value, int):
        return _ACTIONS.get(value, str(value))
    return "a handler"


_SPECIAL = {
    "execve": (3, _execve),
    "wait4": (1, _wait),
    "waitpid": (1, _wait),
    "open": (2, _open),
    "pipe2": (0, _pipe),
    "sigprocmask": (2, _sigprocmask),
    "kill": (2, _kill),
    "killpg": (2, _kill),
    "sigaction": (1, _sigaction),
}
