"""System calls in strace(1)'s notation: `dup2(5, 1) = 1`."""

from __future__ import annotations

import os

from simpsh.base.events import Call
from simpsh.base.phrases import errno_name, printable
from simpsh.base.process_names import colour_of
from simpsh.base.signal_names import signal_name
from simpsh.base.wait_status import (
    WAITS,
    Continued,
    Exited,
    Killed,
    Stopped,
    decode,
    wait_option_names,
)
from simpsh.view.styled_text import hanging, painted, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPEN_FLAGS = {
    getattr(os, name): name
    for name in ("O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_CLOEXEC", "O_NONBLOCK")
}
_ACCESS = {os.O_RDONLY: "O_RDONLY", os.O_WRONLY: "O_WRONLY", os.O_RDWR: "O_RDWR"}
_MASK_OPERATIONS = {0: "SIG_BLOCK", 1: "SIG_UNBLOCK", 2: "SIG_SETMASK"}
_ACTIONS = {0: "SIG_DFL", 1: "SIG_IGN"}
_MANY = 32


def notation(call: Call) -> str:
    """Return a call in strace's notation; a call that begins, or is planned, has no result.

    >>> from simpsh.base.events import Call
    >>> notation(Call("dup2", (5, 1), 1)), notation(Call("close", (9,), None, 9))
    ('dup2(5, 1) = 1', 'close(9) = -1 EBADF (Bad file descriptor)')
    >>> notation(Call("umask", (0o27,), 0o22))
    'umask(027) = 022'
    """
    name, open_bracket, detail = call.name.partition("(")
    arguments = _arguments(call.name, call.args, call.result)
    if open_bracket:
        # In fcntl(F_DUPFD_CLOEXEC) the operation follows the first argument.
        first, comma, others = arguments.partition(", ")
        arguments = f"{first}, {detail.rstrip(')')}{comma}{others}"
        if name == "prctl":
            arguments = f"{detail.rstrip(')')}, {first}"
    written = f"{name}({arguments})"
    if call.begins:
        return written
    result = "0"
    if call.errno:
        result = f"-1 {errno_name(call.errno)} ({os.strerror(call.errno)})"
    elif call.name in WAITS and isinstance(call.result, list):
        result = str(call.result[0])
    elif isinstance(call.result, int) and not isinstance(call.result, bool):
        result = f"{call.result:03o}" if call.name == "umask" else str(call.result)
    return f"{written} = {result}"


def call_lines(calls: Iterable[tuple[int, Call]], width: int, colours: int = 0) -> Iterator[str]:
    """Yield pairs of a pid and its call as lines; each process has its colour."""
    names: dict[int, str] = {}
    for pid, call in calls:
        lane = colour_of(names.setdefault(pid, f"P{len(names)}"))
        end = "" if not call.begins else " = ?" if call.name == "_exit" else " <unfinished ...>"
        pieces = (f"[{pid}] ", f"lane{lane}"), (f"{notation(call)}{end}", "")
        for row in hanging(pieces, width):
            yield painted(row, colours) if colours else printable(plain(row))


def _arguments(name: str, args: tuple[object, ...], result: object) -> str:
    """Return the arguments after the call, because the kernel fills in some of them."""
    first, second = (args[index] if index < len(args) else None for index in range(2))
    number = second if isinstance(second, int) else 0
    match name:
        case "execve" if len(args) >= 3:
            words = second if isinstance(second, list | tuple) else ()
            shown = ", ".join(_plain(word) for word in words[:_MANY])
            more = ", ..." if len(words) > _MANY else ""
            return f"{_plain(first)}, [{shown}{more}], /* {args[2]} vars */"
        case "wait4" | "waitpid" if args:
            options = "|".join(wait_option_names(number)) or "0"
            status = "..." if result is None else "NULL"
            if isinstance(result, list) and len(result) > 1:
                status = f"[{_status(result[1])}]"
            return f"{first}, {status}, {options}"
        case "open" if len(args) >= 2:
            # open_file() adds O_CLOEXEC to every open, and creates files with mode 0666.
            flags = [flag for bit, flag in _OPEN_FLAGS.items() if (number | os.O_CLOEXEC) & bit]
            mode = ", 0666" if number & os.O_CREAT else ""
            return f"{_plain(first)}, {'|'.join([_ACCESS[number & 3], *flags])}{mode}"
        case "pipe2":
            return f"{_plain(result)}, O_CLOEXEC"
        case "sigprocmask" if len(args) >= 2:
            operation = _MASK_OPERATIONS.get(first if isinstance(first, int) else -1, str(first))
            return (
                f"{operation}, {_signals(second)}, {_signals(result if result is not None else [])}"
            )
        case "kill" | "killpg" if len(args) >= 2:
            return f"{first}, {signal_name(number) if number else 0}"
        case "sigaction" if isinstance(first, list) and len(args) == 1:
            # Only signals that had a different action are in the result: the others need no call.
            changed = [pair[0] for pair in result] if isinstance(result, list) else None
            runs: list[tuple[str, list[object]]] = []
            for signal, action in first:
                if changed is None or signal in changed:
                    if not runs or runs[-1][0] != _action(action):
                        runs.append((_action(action), []))
                    runs[-1][1].append(signal)
            return "; ".join(f"{_signals(signals)}, {action}" for action, signals in runs)
        case "umask" if isinstance(first, int):
            return f"{first:03o}"
        case "sigaction" if args:
            return f"{signal_name(first if isinstance(first, int) else 0)}, {_action(second)}"
        case _:
            return ", ".join(map(_plain, args))


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if not isinstance(value, str):
        return str(value)
    shown = value if len(value) <= _MANY * 2 else value[: _MANY * 2]
    text = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = "".join(char if char.isprintable() else f"\\{ord(char) & 0xFF:o}" for char in text)
    return f'"{text}"' + ("..." if len(shown) < len(value) else "")


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


def _signals(numbers: object) -> str:
    if not isinstance(numbers, list | tuple):
        return str(numbers)
    if len(numbers) > _MANY:
        return "~[]"
    return "[" + " ".join(signal_name(int(number))[3:] for number in numbers) + "]"


def _action(value: object) -> str:
    return _ACTIONS.get(value, str(value)) if isinstance(value, int) else "a handler"
