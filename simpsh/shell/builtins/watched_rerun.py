"""Traces the last line again to find the call that failed, and suggests a lesson, for `why`.

The exit status of a program does not name the call that failed, and the shell was not its tracer.
With the user's consent, the line runs again under the tracer.
"""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Sequence
from functools import partial

from simpsh.base.errors import SimpshError, SyntaxMistake
from simpsh.base.events import (
    Call,
    DescriptorEvent,
    Event,
    Exec,
    ExecError,
    Exit,
    GroupEvent,
    LifeEvent,
    Open,
    Rest,
    SignalEvent,
    SignalSend,
    SilentEvent,
    Unfinished,
    What,
)
from simpsh.base.failed_call import BUILTIN, SYNTAX, FailedCall
from simpsh.base.own_program import INTERPRETER, OBSERVED, simpsh_operands
from simpsh.base.phrases import command_words
from simpsh.base.process_names import birth_path
from simpsh.base.signal_names import SIGINT, Signal
from simpsh.base.wait_status import Killed, Stopped, decode, shell_status
from simpsh.console import show, show_lines
from simpsh.shell.builtins.builtin_registry import UTILITIES, Services, is_builtin
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    AndOr,
    FunctionDefinition,
    Parameter,
    SimpleCommand,
    nodes_in,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.plan.job_plan import JobPlan, ProcessPlan
from simpsh.shell.reasons.call_reasons import reason
from simpsh.shell.reasons.explanation import call_words, in_lines
from simpsh.shell.state import State
from simpsh.trace.recording.last_command import LastCommandLog
from simpsh.trace.recording.recording_file import RecordingProblem, read_file

_LONGEST_ANSWER = 1000

LESSONS = {
    "execve": "exec-fails",
    "fork": "fork-can-fail",
    "openat": "redirection-order",
    "open": "redirection-order",
    "dup2": "redirection-order",
    "kill": "process-groups-and-kill",
    "cd": "why-cd-is-built-in",
    "SIGPIPE": "broken-pipe",
    "killed": "signals-handlers",
    "stopped": "stop-and-continue",
    "exited": "status-word",
}
"""The lesson about a call or built-in that failed, about a signal, or about a kind of status."""


def ask_further(
    state: State, services: Services, last: LastCommandLog, failed: FailedCall | None, columns: int
) -> None:
    """Offer to trace the last line again if the failed call is unknown; suggest a lesson."""
    line = last.line_before
    lesson = lesson_about(state, failed)
    was_by_key = isinstance(state.last_wait, Stopped) or state.last_status == 128 + SIGINT
    if failed is None and line and not was_by_key:
        obstacle = why_not_again(state, line)
        if obstacle:
            show_lines(in_lines([("again", f"It cannot be run again: {obstacle}.")], columns))
        else:
            effect = f"This would run {line} again, watched. What it does, it does once more."
            show_lines(in_lines([("again", effect)], columns))
            if _answer(services, "Run it? y for yes, Enter for no: ").lower() in ("y", "yes"):
                found = _seen_again(state, services, last, line)
                show_lines(in_lines(found[0], columns))
                lesson = LESSONS.get(found[1], lesson)
    if lesson:
        last.lesson = lesson
        show_lines(in_lines([lesson_offered(lesson)], columns))


def _answer(services: Services, question: str) -> str:
    """Print a question and return the typed line. Raises Interrupted: SIGINT arrived."""
    # Discard keys that were typed before the question.
    termios.tcflush(0, termios.TCIFLUSH)
    show(question)
    interrupts = services.launcher.context.interrupts
    with interrupts:
        interrupts.wait_for_input(0)
        typed = os.read(0, _LONGEST_ANSWER)
    return typed.decode(errors="replace").strip() if typed else "n"


def _seen_again(
    state: State, services: Services, last: LastCommandLog, line: str
) -> tuple[list[tuple[str, str]], str]:
    """Trace a line; return the labelled results, and the name of the call that failed."""
    path = last.recording
    status = run_again(state, services, line, path)
    try:
        events = read_file(path).events
    except RecordingProblem:
        events = ()
    finally:
        os.truncate(path, 0)
    if not events:
        return [("seen", "Nothing: the line could not be watched.")], ""
    if status == 0:
        return [("seen", "This time it succeeded: what it found has changed.")], ""
    found = failed_call_in(events, status)
    senders = senders_in(events, status - 128)
    if status > 128 and senders:
        return [("seen", f"{senders[-1]}.")], ""
    if found is None:
        words = "No call of it that names a file failed, except to look what is there."
        words += " Whether another kind of call failed was not looked at."
        return [("seen", words)], ""
    program, call, rule = found
    sure = "perhaps" if rule == _TRIED else "probably"
    seen = f"{program}: {call_words(call)}. Inferred: {sure} why. It is the last failed call that"
    meaning, attempt = reason(call, state.variables.get("PATH", ""))
    rows = [("seen", f"{seen} {rule}."), ("means", f"{meaning}."), ("try", attempt)]
    # The lesson about open is about redirections of the shell.
    return rows, "" if call.call in ("open", "openat") else call.call


def lesson_about(state: State, failed: FailedCall | None) -> str:
    """Return the id of the lesson about the failed call, or about the last command's status."""
    if failed is not None and failed.call == SYNTAX:
        return ""
    waited = state.last_wait
    if failed is not None:
        return LESSONS.get(failed.name if failed.call == BUILTIN else failed.call, "")
    if waited is None or shell_status(waited) != state.last_status:
        return ""
    if isinstance(waited, Killed):
        return LESSONS.get(waited.signal.name, LESSONS["killed"])
    return LESSONS["stopped" if isinstance(waited, Stopped) else "exited"]


def lesson_offered(lesson: str) -> tuple[str, str]:
    """Return the labelled line that names the key and the command for a lesson."""
    return "lesson", f"F1 opens it: lesson run {lesson}"


def why_not_again(state: State, line: str) -> str:
    """Return why a line cannot be run again in another shell; empty if it can."""
    try:
        tree = parse(line, aliases=state.aliases, is_typed=state.is_typed)
        nodes = list(nodes_in(tree))
    except SyntaxMistake:
        return "nothing of it was run"
    if any(isinstance(node, AndOr) and node.is_background for node in nodes):
        return "it starts a job in the background"
    if any(isinstance(node, FunctionDefinition) for node in nodes):
        return "it defines a function of this shell"
    parameters = [node.name for node in nodes if isinstance(node, Parameter)]
    if unknown := next((name for name in parameters if name not in state.exported), ""):
        return f"${unknown} is known to this shell alone"
    commands = [node.words for node in nodes if isinstance(node, SimpleCommand)]
    for name in [to_text(words[0]) if words else "" for words in commands]:
        if not name or (is_builtin(name) and name not in UTILITIES):
            return f"{name or 'an assignment'} acts on this shell itself"
        if name in state.functions:
            return f"{name} is a function of this shell"
    return ""


def run_again(state: State, services: Services, line: str, path: str) -> int:
    """Trace a line as a job, and record it to the file `path`; return its status."""
    body = partial(_trace, state, line, path)
    return services.run_job(JobPlan((ProcessPlan(body=body),), text=line))


def _trace(state: State, line: str, path: str) -> int:
    """Trace a line, in a child of the shell; return its status."""
    from simpsh.trace.tracer.recorded_run import RecordedRun
    from simpsh.trace.tracer.traced_command import FILE_CALLS, TracedCommand

    argv = (*INTERPRETER, *OBSERVED, "-c", line)
    command = TracedCommand(argv, state.environment(), other_calls=FILE_CALLS)
    with open(path, "w", encoding="utf-8") as file:
        try:
            with RecordedRun(command, (line,), "io", file) as run:
                run.wait()
                return 1 if run.status is None else shell_status(decode(run.status))
        except SimpshError as obstacle:
            state.complain(f"why: {obstacle}; see simpsh doctor")
            return 1


_NAMED, _DID_MORE = "names one of its arguments", "did more than look for a file"
_TRIED = "did more than ask what is there; programs also try files that need not be there"


def failed_call_in(events: Sequence[Event], status: int) -> tuple[str, FailedCall, str] | None:
    """Return a program that ended with this status, the call that probably failed, and the rule.

    The rules are tried in the order above; a later program wins. Returns None without such a call.
    """
    words: dict[str, tuple[str, ...]] = {}
    failures: dict[str, list[FailedCall]] = {}
    answers = []
    for event in events:
        what, calls = event.what, failures.setdefault(event.proc, [])
        if isinstance(what, Exec):
            words[event.proc] = what.argv
            calls.clear()
        if (call := _failure(what)) is not None:
            calls.append(call)
        is_own_end = isinstance(what, Exit) and shell_status(decode(what.status)) == status
        argv = words.get(event.proc)
        if not is_own_end or argv is None or simpsh_operands(argv) is not None:
            continue
        program, *operands = argv
        names = {os.path.basename(word.rstrip("/")) for word in operands} - {""}
        some = {
            _NAMED: [call for call in calls if os.path.basename(call.path.rstrip("/")) in names],
            _DID_MORE: [call for call in calls if call.errno not in _OF_LOOKING],
            _TRIED: [call for call in calls if call.call not in _LOOKS],
        }
        if rule := next(filter(some.get, some), ""):
            rank = -[*some].index(rule), birth_path(event.proc)
            answers.append((rank, os.path.basename(program), some[rule][-1], rule))
    return max(answers, key=lambda answer: answer[0])[1:] if answers else None


def senders_in(events: Sequence[Event], signal: int) -> list[str]:
    """Return a sentence for each program that sent this signal, with the target process."""
    words = {event.proc: event.what.argv for event in events if isinstance(event.what, Exec)}
    return [
        f"{command_words(words.get(event.proc, (event.proc,)))} sent {Signal(signal)} to process "
        f"{event.what.target}{', itself' if event.what.target == event.pid else ''}"
        for event in events
        if isinstance(event.what, SignalSend) and event.what.signal == signal
    ]


_READLINKS = ("readlink", "readlinkat")
_LOOKS = (*_READLINKS, "access", "faccessat", "faccessat2", "stat", "lstat", "newfstatat", "statx")
_OF_LOOKING = (errno.ENOENT, errno.ENOTDIR, errno.ENOTTY, errno.EAGAIN, errno.EINTR, errno.ESPIPE)


def _failure(what: What) -> FailedCall | None:
    """Return the failed call that an event reports; None for success and for other events."""
    match what:
        case Open(errno=0) | Call(errno=0) | SignalSend(errno=0):
            return None
        case Open():
            # The reasons for "openat" with writing are about redirections of the shell.
            name = "open" if what.flags & os.O_ACCMODE else "openat"
            return FailedCall(name, what.errno, what.path, what.path, what.flags)
        case ExecError():
            return FailedCall("execve", what.errno, os.path.basename(what.path), what.path)
        case Call():
            if what.name in _READLINKS and what.errno == errno.EINVAL:
                return None  # the file is not a symbolic link
            path = next((word for word in what.args if isinstance(word, str)), "")
            return FailedCall(what.name, what.errno, path, path)
        case SignalSend():
            return FailedCall("kill", what.errno, str(what.target))
        case (
            LifeEvent() | SignalEvent() | GroupEvent() | DescriptorEvent() | SilentEvent()
            | Rest() | Unfinished()
        ):  # fmt: skip
            return None
