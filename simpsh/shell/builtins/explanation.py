"""Explains `$?`, for `why`, F1 and the bar: what failed in the line, and why `$?` is its number.

The facts are the record of the line, the words are in causes.py. The file system is asked only
about execve and open, because there an errno has several causes.
"""

from __future__ import annotations

import errno
import os
import stat
from itertools import pairwise

from simpsh.base.failed_call import CANCELLED, INTERRUPTED
from simpsh.base.line_record import Act, acts_of
from simpsh.base.phrases import command_words, errno_name, escaped, shorten
from simpsh.base.roles import (
    AND,
    ASSIGNMENT,
    BACKGROUND,
    EARLIER,
    NOT,
    PIPELINE,
    SUBSHELL,
    SUBSTITUTION,
)
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import SIGPIPE, Signal, by_name
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, encode
from simpsh.kernel.program_execution import shebang
from simpsh.shell import causes
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.jobs.job_table import written
from simpsh.view.strace_notation import notation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.base.line_record import FailedCall, Line, LineRecord

_LONGEST = 40
"""The longest command in a sentence, in cells."""
_TAKES = frozenset(causes.TAKERS) - {AND}


def explain(record: LineRecord, line: Line, status: int, columns: int) -> list[str]:
    """Return at most five rows: failed, means, why `$?` is this number, also, try."""
    acts = record.acts(line)
    failed = [act for act in acts if act.number and not _passes_on(act)]
    # A copy of the shell ends with the status of a command that ran in it.
    inside = {act.parent for act in failed}
    failed = [act for act in failed if act.words or act.failed or act.pid not in inside]
    # A writer that SIGPIPE ended is usual, and no failure if something else is one.
    failed = [act for act in failed if act.status != Killed(SIGPIPE)] or failed
    giver = _giver(acts, record, status)
    # Without a giver, the first failure may be the cause of the others.
    act = giver or (failed[0] if failed else None)
    if act is None:
        rows = [("$?", f"{status}: {_without_failure(acts, status)}")]
    else:
        said, meaning, attempt = cause(act)
        others = list(dict.fromkeys(cause(other)[0] for other in failed if other is not act))
        others = [other for other in others if other != said]
        if len(others) > 2:
            others[2:] = [f"and {len(others) - 2} more, see timeline"]
        if act.count > 1:
            said += f", member {act.index + 1} of {act.count}"
        why, remedy = (_why_given(act, status), "") if act is giver else _why_not(act, acts)
        if act.status == Killed(SIGPIPE):
            remedy = ""  # pipefail would make a failure of a usual end
        number = f"{status}, not {act.number}" if status != act.number else f"{status}"
        record.lesson = lesson_about(act)
        lesson = f"F1: lesson {record.lesson}" if record.lesson else ""
        rows = [
            ("failed", said),
            ("means", meaning),
            ("$?", f"{number}: {why}"),
            ("also", "; ".join(others)),
            ("try", "; ".join(filter(None, (attempt, remedy, lesson))).replace("?;", "?")),
        ]
    return [
        row
        for label, text in rows
        if text
        for row in between_words(escaped(text), columns, f"{label:<8}", " " * 8)
    ]


def bar_words(record: LineRecord | None, status: int) -> str:
    """Return the meaning of `$?` in a word or two, for the bar; "" if it has none."""
    act = _giver(record.acts(record.last), record, status) if record is not None else None
    if act is None:
        return ""
    if act.failed is not None:
        call = act.failed.call
        if call == "execve":
            return "not found" if status == 127 else "cannot execute"
        is_interrupt = call in (CANCELLED, INTERRUPTED)
        return "interrupted" if is_interrupt else f"{call} failed" if act.failed.errno else call
    match act.status:
        case Killed(signal, dumped_core):
            return f"killed by {signal.name}{', core dumped' if dumped_core else ''}"
        case Stopped(signal):
            return f"stopped by {signal.name}"
        case Exited() | Continued() | None:
            pass
    name = act.words[0].rpartition("/")[2] if act.words else ""
    return "" if name in causes.PASSING_ON else causes.STATUSES.get(name, {}).get(status, "")


def last_waited(record: LineRecord, status: int) -> Act | None:
    """Return the process that `status` shows: the one that gave `$?`, or the last one collected.

    Of a pipeline without a giver, it is the last member.
    """
    for line in (record.pass_over(), record.ran):
        acts = record.acts(line)
        waited = [act for act in acts if act.is_process and act.waiter in record.own]
        if waited:
            giver = _giver(acts, record, status)
            last = max(waited, key=lambda act: act.ended)
            return giver if giver in waited else [a for a in waited if a.job == last.job][-1]
    return None


def lesson_about(act: Act) -> str:
    """Return the id of the lesson about a failure; "" if there is none."""
    if act.failed is not None:
        return causes.LESSONS.get(act.failed.call, "")
    match act.status:
        case Killed(signal):
            return causes.LESSONS.get(signal.name, causes.LESSONS["killed"])
        case Stopped():
            return causes.LESSONS["stopped"]
        case Exited() | Continued() | None:
            return causes.LESSONS["exited"] if act.is_process else ""


# ------------------------------------------------------------------- what failed, and why


def cause(act: Act) -> tuple[str, str, str]:
    """Return what failed, what that means, and what to try."""
    name, failed, status = act_name(act), act.failed, act.status
    if failed is not None:
        key, path = _finding(failed)
        row = causes.CAUSES.get((failed.call, key)) or causes.CAUSES.get((causes.ANY, key))
        meaning, attempt = row or ("", f"man 2 {failed.call}")
        for sign, value in (
            ("$FILE", path.rstrip("/") or path),
            ("$ABOVE", os.path.dirname(path) or "."),
        ):
            meaning = meaning.replace(sign, value)
            attempt = attempt.replace(sign, command_words((value,)))
        before = f", so {name} was not executed" if _fails_before(act) else ""
        return _call_words(failed) + before, meaning, act.hint or attempt
    match status:
        case Killed() | Stopped():
            return _of_signal(act, name, status)
        case Exited() | Continued() | None:
            return _of_exit(act, name)


def _of_signal(act: Act, name: str, status: Killed | Stopped) -> tuple[str, str, str]:
    signal = status.signal.name
    often, attempt = causes.CAUSES.get((signal, causes.ANY), ("", "man 7 signal"))
    if signal not in causes.SENT:
        often = f"often: {often}; or a process sent it" if often else "perhaps a process sent it"
    if isinstance(status, Stopped):
        return f"{name} was stopped by {signal}", f"it can continue; {often}", attempt
    core = ", core dumped" if status.dumped_core else ""
    return f"{name} was killed by {signal}{core}", often, act.hint or attempt


def _of_exit(act: Act, name: str) -> tuple[str, str, str]:
    program = act.words[0].rpartition("/")[2] if act.words else ""
    known = causes.STATUSES.get(program, {}).get(act.number, "")
    if known:
        passed = program in causes.PASSING_ON
        other = ", or the command that it ran gave this status" if passed else ""
        known = f"by its manual: {known}{other}"
    kind = _kind(act, program)
    meaning, attempt = causes.CAUSES[kind, causes.ANY]
    if kind == "program" and act.number != 1:
        meaning = _usual(act.number)
    if act.number == 1 and program in causes.ANSWERS:
        attempt = causes.CAUSES["test", causes.ANY][1]
    attempt = act.hint or attempt.replace("$NAME", program)
    ended = "exited with" if act.is_process else "returned"
    return f"{name} {ended} {act.number}", known or meaning, attempt


def _kind(act: Act, program: str) -> str:
    """Return which kind of command exited or returned, for causes.CAUSES."""
    if act.is_process:
        return "program" if act.words else "subshell"
    if not program:
        return "shell"
    if builtin_registry.is_builtin(program):
        return "built-in"
    return "test" if program in causes.TESTS else "function"


def _usual(number: int) -> str:
    """Return what a program means by a status other than 1 that its manual does not define."""
    signal = by_name(f"{number - 128}") if number > 128 else None
    shells = "" if signal is None else f"; shells exit so if {signal.name} killed a command"
    return f"each program defines its numbers{shells}"


def _fails_before(act: Act) -> bool:
    """Return whether a process failed before the exec of its program."""
    return act.is_process and act.failed is not None and act.failed.call != "execve"


def act_name(act: Act) -> str:
    """Return how a sentence names an act: by its command, shortened."""
    text = command_words(act.words) if act.words else written(act.text)  # type: ignore[arg-type]
    return shorten(text, _LONGEST) or "the shell"


def _finding(failed: FailedCall) -> tuple[int | str, str]:
    """Return the key of a failed call in causes.CAUSES, and its path."""
    path = str(failed.args[0]) if failed.args else ""
    number = failed.errno
    if failed.call == "execve":
        return _of_execve(path, number), path
    if failed.call != "open" or number not in (errno.ENOENT, errno.EACCES):
        return number, path
    flags, above = int(failed.args[1]), os.path.dirname(path) or "."
    if number == errno.ENOENT:
        is_new = flags & os.O_CREAT and not os.path.isdir(above)
        return ("empty" if not path else "directory" if is_new else number), path
    if not os.path.lexists(path):
        return ("new" if os.access(above, os.X_OK) else number), path
    if flags & os.O_ACCMODE != os.O_WRONLY and not os.access(path, os.R_OK):
        return "no r", path
    return ("no w" if flags & os.O_ACCMODE and not os.access(path, os.W_OK) else number), path


def _of_execve(path: str, number: int) -> int | str:
    if number == errno.ENOENT and "/" not in path:
        return "empty" if not path else "here" if os.path.isfile(path) else "search"
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return number
    if number == errno.EACCES:
        if not stat.S_ISREG(mode):
            return "directory" if stat.S_ISDIR(mode) else number
        return number if os.access(path, os.X_OK) else "no x"
    if number != errno.ENOENT:
        return number
    interpreter = next(iter(shebang(path)), "")
    if interpreter.endswith("\r"):
        return "return"
    return "loader" if os.path.exists(interpreter) or not interpreter else "interpreter"


def _call_words(failed: FailedCall) -> str:
    """Return a failed call in strace's notation, or what failed in the shell itself."""
    call, args = failed.call, failed.args
    if not failed.errno:
        return f"{call}: {args[0]}" if args else call
    words = notation(call, *args[: {"execve": 1, "open": 2}.get(call)])
    if call in ("kill", "killpg") and args[1]:
        words = f"{call}({args[0]}, {Signal(int(args[1])).name})"
    return f"{words} = -1 {errno_name(failed.errno)} ({os.strerror(failed.errno)})"


# ------------------------------------------------------------------- who gave $?, and who not


def _passes_on(act: Act) -> bool:
    """Return whether an act is a built-in such as `eval`, or ^C: its status is another's."""
    if act.failed is not None:
        return act.failed.call == INTERRUPTED
    return (
        not act.is_process and act.words[:1] != () and act.words[0] in builtin_registry.PASSING_ON
    )


def _taker(act: Act, acts: Sequence[Act]) -> str:
    """Return the construct that used the status of an act in its process; "" if none did."""
    later = (other.number for other in acts if other.job == act.job and other.index > act.index)
    if act.index < act.count - 1 and not (act.pipefail and not any(later)):
        return PIPELINE
    roles = act.roles
    for role, outer in pairwise([*roles, ""]):
        if role == SUBSHELL:
            return ""
        if role in _TAKES and (role, outer) != (SUBSTITUTION, ASSIGNMENT):
            return role
    return ""


def _giver(acts: Sequence[Act], record: LineRecord, status: int) -> Act | None:
    """Return the act whose status is `$?`; None if none is."""
    same = [(_taker(act, acts), act) for act in acts if status and act.number == status]
    giving = [act for taker, act in same if taker in ("", EARLIER) and not _passes_on(act)]
    giving = giving or [act for taker, act in same if taker == BACKGROUND]
    passing = [act for _, act in same if _passes_on(act)]
    if not giving and passing:  # `wait` or `fg`, for a job of an earlier line
        late = acts_of(record.late, record.own)
        giving = [act for act in late if act.number == status] or passing
    # A copy of the shell ends with the status of its last command.
    copies = {act.pid for act in giving if act.is_process and not act.words}
    return next(reversed([act for act in giving if act.parent in copies] or giving), None)


def _without_failure(acts: Sequence[Act], status: int) -> str:
    if not status:
        return "nothing of the line failed"
    if any(NOT in act.roles for act in acts):
        return "'!' makes 1 of a success"
    return "the shell itself set it; no process of the line ended with it"


def _why_given(act: Act, status: int) -> str:
    """Return why `$?` is the status of this act."""
    failed, ended, roles = act.failed, act.status, act.roles
    if SUBSTITUTION in roles and ASSIGNMENT in roles:
        return "an assignment alone has the status of its last $( )"
    if EARLIER in roles or BACKGROUND in roles:
        return "'wait' or 'fg' returned its status"
    if act.count > 1 and act.pipefail:
        return "with pipefail, it is that of the last member that failed"
    if failed is not None and failed.call == "execve":
        return f"the shell's number for {'not found' if status == 127 else 'not executable'}"
    if _fails_before(act):
        return "the child exited with it before exec"
    if isinstance(ended, Killed | Stopped):
        macro = "WTERMSIG" if isinstance(ended, Killed) else "WSTOPSIG"
        return f"128 + {int(ended.signal)}; the wait stored {encode(ended):#06x} ({macro})"
    if act.is_process:
        return f"the wait stored {encode(Exited(status)):#06x} (WEXITSTATUS)"
    if SUBSHELL in roles:
        return "a subshell ends with the status of its last command"
    return "the shell itself set it; it waited for no process"


def _why_not(act: Act, acts: Sequence[Act]) -> tuple[str, str]:
    """Return why `$?` is not the status of this act, and how to get it."""
    outer = act
    while not (taker := _taker(outer, acts)):
        parents = (other for other in acts if other.is_process and other.pid == outer.parent)
        above = next(parents, None)
        if above is None or above is outer:
            return causes.TAKERS[AND if AND in outer.roles else ";"]
        if above.number != outer.number:
            return causes.TAKERS[";"]
        outer = above
    return causes.TAKERS[taker]
