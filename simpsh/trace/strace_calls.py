"""One system call as strace writes it, turned into an event."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from simpsh.events import (
    Dup,
    Exec,
    ExecError,
    Pipe,
    SetPgid,
    SetSid,
    SignalSend,
    Wait,
    WaitReturn,
)
from simpsh.signals import by_name
from simpsh.trace.call_events import pipe_letter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.events import What

WAITS = ("wait4", "waitid")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d+")
_ENDS = re.compile(r"(\d+)<pipe:\[(\d+)\]>")
_EXITED = re.compile(r"WEXITSTATUS\(s\) == (\d+)|CLD_EXITED.*si_status=(\d+)")
_KILLED = re.compile(r"WTERMSIG\(s\) == (\w+)|CLD_(?:KILLED|DUMPED).*si_status=(\w+)")
_HALTED = re.compile(r"WSTOPSIG\(s\) == (\w+)|CLD_STOPPED.*si_status=(\w+)")
_OPTION = re.compile(r"\b(WNOHANG|WUNTRACED|WCONTINUED|WEXITED|WSTOPPED|WNOWAIT)\b")
_CORE, _STOPPED, _CONTINUED = 0x80, 0x7F, 0xFFFF


def decoded(name: str, args: str, result: int, names: Mapping[int, str], pipes: int) -> What | None:
    """Return the event that a finished call is; None for one that tells nothing.

    Args:
        name: the call.
        args: what stands between its parentheses.
        result: what it returned, or minus the errno.
        names: the processes' symbolic names by pid.
        pipes: how many pipes were made before.
    """
    match name:
        case "execve" | "execveat":
            return _execve(args, result)
        case "wait4" | "waitid":
            return _wait_return(name, args, result, names)
        case "kill" | "tkill" | "tgkill":
            return _kill(name, args, result)
        case "pipe" | "pipe2":
            return _pipe(args, result, pipes)
        case _:
            return _descriptor_or_group(name, args, result)


def waiting(name: str, args: str) -> Wait:
    """Return the beginning of a wait.

    >>> waiting("wait4", "-1, 0x7ffc, WNOHANG|WUNTRACED, NULL")
    Wait(target=-1, options=('WNOHANG', 'WUNTRACED'), syscall='wait4', pipes=())
    """
    options = tuple(_OPTION.findall(args))
    target = _NUMBER.match(args.removeprefix("P_PID, "))
    return Wait(int(target.group()) if target else -1, options, name)


def signal_number(name: str) -> int:
    """Return the number of a signal by its name; 0 for one that is unknown, or none."""
    return int(by_name(name) or 0)


def status_word(text: str) -> int | None:
    """Return the status word that strace decoded; None where it shows none.

    >>> status_word("[{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], 0, NULL")
    15
    """
    if found := _EXITED.search(text):
        return int(found.group(1) or found.group(2)) << 8
    if found := _KILLED.search(text):
        has_core = "WCOREDUMP" in text or "CLD_DUMPED" in text
        return signal_number(found.group(1) or found.group(2)) | (_CORE if has_core else 0)
    if found := _HALTED.search(text):
        return signal_number(found.group(1) or found.group(2)) << 8 | _STOPPED
    return _CONTINUED if "WIFCONTINUED" in text or "CLD_CONTINUED" in text else None


def _execve(args: str, result: int) -> What | None:
    before_environment = args.partition("], ")[0]
    words = [_unquoted(word) for word in _STRINGS.findall(before_environment)]
    if result < 0:
        return ExecError(words[0] if words else "", -result)
    return Exec(tuple(words[1:]), words[0]) if words else None


def _wait_return(name: str, args: str, result: int, names: Mapping[int, str]) -> What:
    if result < 0:
        return WaitReturn(-1, errno=-result)
    told = re.search(r"si_pid=(\d+)", args) if name == "waitid" else None
    child = int(told.group(1)) if told else result
    return WaitReturn(child, names.get(child, ""), status_word(args))


def _kill(name: str, args: str, result: int) -> What | None:
    parts = args.split(", ")
    target = _NUMBER.match(parts[0])
    if target is None:
        return None
    return SignalSend(int(target.group()), signal_number(parts[-1]), max(0, -result), name)


def _pipe(args: str, result: int, pipes: int) -> What | None:
    ends = _ENDS.findall(args)
    if result != 0 or len(ends) != 2:
        return None
    return Pipe(int(ends[0][0]), int(ends[1][0]), ends[0][1], pipe_letter(pipes))


def _descriptor_or_group(name: str, args: str, result: int) -> What | None:
    numbers = [int(found.group()) for part in args.split(", ") if (found := _NUMBER.match(part))]
    error = max(0, -result)
    match name, numbers:
        case "dup", [old, *_]:
            return Dup(old, max(result, -1), error)
        case "dup2" | "dup3", [old, new, *_]:
            return Dup(old, new, error)
        case "setpgid", [target, pgid]:
            return SetPgid(target, pgid, error)
        case "setsid", _ if result > 0:
            return SetSid(result)
        case _:
            return None


def _unquoted(word: str) -> str:
    try:
        # strace writes bytes as C does: octal and the usual escapes, which Python reads alike.
        data: object = ast.literal_eval(f"b{word}")
    except (SyntaxError, ValueError):
        return word.strip('"')
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else word
