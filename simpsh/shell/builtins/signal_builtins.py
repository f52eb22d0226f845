"""`kill` and `trap`."""

from __future__ import annotations

from simpsh.base import failed_call
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.screen_cells import between_words
from simpsh.base.signal_names import (
    NAMES,
    SIGCONT,
    SIGHUP,
    SIGKILL,
    SIGSTOP,
    SIGTERM,
    Signal,
    by_name,
)
from simpsh.base.wait_status import Continued
from simpsh.console import room, say, show_lines, why
from simpsh.kernel import signals
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options, plain_operands, quoted
from simpsh.shell.jobs.job_table import ENDED, RUNNING, STOPPED, Job, NoSuchJob
from simpsh.shell.jobs.launcher import Launcher
from simpsh.shell.jobs.shell_signals import EXIT
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State

_MOST_DIGITS = 9
"""A number with more digits is greater than any pid."""


@builtin(
    "kill [-s signal | -signal] {pid | %job}... or kill -l [status]",
    "Only the shell knows its jobs by %1; and it must work when no process can be made.",
)
def _kill(state: State, services: Services, operands: list[str]) -> int:
    words = list(operands)
    if words and words[0] == "-l":
        return _list_signals(plain_operands(words[1:]))
    signal = _signal_option(words)
    words = plain_operands(words)
    if not words:
        raise UsageProblem("a process id or a job such as %1 is missing")
    services.launcher.waiter.collect()
    status = 0
    for word in words:
        try:
            _send(state, services.launcher, word, signal)
        except NoSuchJob as problem:
            status, text = 1, str(problem)
            state.complain(f"kill: {text}")
        except (SimpshError, OSError) as problem:
            status, text = 1, str(problem)
            if isinstance(problem, OSError):
                text = why(problem)
                failed_call.note("kill", problem.errno or 0, word, signal)
            state.complain(f"kill: {named(word)}: {text}")
    return status


def _signal_option(words: list[str]) -> int:
    if not words or words[0] == "--" or not words[0].startswith("-"):
        return SIGTERM
    option = words.pop(0)
    signal = _signal(option[1:])
    if signal is not None:
        return signal
    if option[:2] == "-s":
        name = option[2:] or (words.pop(0) if words else "")
        if not name:
            raise UsageProblem(f"{named(option)}: the signal is missing")
        signal = _signal(name)
        if signal is not None:
            return signal
        option = name
    raise UsageProblem(f"{named(option)}: no such signal; kill -l lists them")


def _signal(text: str) -> int | None:
    # Signal 0 only checks permissions, see kill(2).
    return 0 if text == "0" else by_name(text)


def _send(state: State, launcher: Launcher, word: str, signal: int) -> None:
    if word.startswith("%"):
        job = state.jobs.find(word)
        if job.state == ENDED:
            raise SimpshError("this job has ended")
        was_stopped = job.state == STOPPED
        launcher.signal(job, signal)
        if was_stopped and signal in (SIGTERM, SIGHUP):
            # A stopped process handles a signal other than SIGKILL only after SIGCONT.
            launcher.signal(job, SIGCONT)
        if was_stopped and signal in (SIGTERM, SIGHUP, SIGKILL):
            job.resume()
            _suppress_running_notice(job)
        return
    digits = word.removeprefix("-")
    if not is_number(digits):
        raise SimpshError("neither a process id nor a job such as %1")
    if len(digits) > _MOST_DIGITS:
        raise ProcessLookupError(3, "No such process")
    signals.kill(int(word), signal)
    target = state.jobs.job_of(abs(int(word)))
    if target is not None and signal == SIGKILL:
        for process in target.processes:
            if process.is_stopped and int(word) in (process.pid, -(target.pgid or 0)):
                process.status = Continued()
        _suppress_running_notice(target)


def _suppress_running_notice(job: Job) -> None:
    # The signal will end the job, so it must not be reported as continued.
    if job.state == RUNNING:
        job.reported = job.condition


def _list_signals(words: list[str]) -> int:
    if not words:
        names = (NAMES[number].removeprefix("SIG") for number in sorted(NAMES))
        show_lines(between_words(" ".join(names), min(79, room())))
        return 0
    for word in words:
        if not is_number(word):
            signal = by_name(word)
            if signal is None:
                raise UsageProblem(f"{named(word)}: no such signal")
            say(f"{int(signal)}\n")
            continue
        number = int(word)
        signal = by_name(str(number - 128 if number > 128 else number))
        if signal is None:
            raise UsageProblem(f"{named(word)}: neither the number of a signal nor 128 + that")
        say(Signal(signal).name.removeprefix("SIG") + "\n")
    return 0


@builtin(
    "trap [-p] [action | - | ''] [signal | EXIT]...",
    "Each process has its own dispositions of signals; these are the shell's.",
)
def _trap(state: State, _services: Services, operands: list[str]) -> int:
    letters, rest = options(operands, "p")
    if letters or not rest:
        actions = state.traps.listed()
        if not rest:
            conditions = {EXIT, *NAMES} - _NEVER if letters else set()
            shown = sorted(conditions.union(actions))
            say("".join(_line(condition, actions.get(condition)) for condition in shown))
        status = 0
        for text in rest:
            condition = _condition(text)
            if condition is None:
                status = _no_such_signal(state, text)
            else:
                say(_line(condition, actions.get(condition)))
        return status
    if len(rest) == 1 or is_number(rest[0]):
        if len(rest) == 1 and _condition(rest[0]) is None:
            state.complain(f"trap: {rest[0]}: not a signal; an action needs the signals it is for")
            return 1
        return _each(state, rest, None)
    return _each(state, rest[1:], None if rest[0] == "-" else rest[0])


def _condition(text: str) -> int | None:
    """Return the number of a signal, or EXIT; None for others."""
    if text.upper() in ("0", "EXIT"):
        return EXIT
    return by_name(text)


def _name(condition: int) -> str:
    return "EXIT" if condition == EXIT else Signal(condition).name.removeprefix("SIG")


def _each(state: State, conditions: list[str], action: str | None) -> int:
    status = 0
    for text in conditions:
        condition = _condition(text)
        if condition is None:
            status = _no_such_signal(state, text)
        elif action is None:
            state.traps.reset(condition)
        else:
            try:
                state.traps.set(condition, action)
            except OSError as error:
                # The C library reserves two signals for its threads.
                state.complain(f"trap: {_name(condition)}: {why(error)}")
                status = 1
    return status


def _no_such_signal(state: State, text: str) -> int:
    is_of_bash = text in ("ERR", "DEBUG", "RETURN")
    why = (
        "a condition of bash, not of POSIX" if is_of_bash else "no such signal; kill -l lists them"
    )
    state.complain(f"trap: {named(text)}: {why}")
    return 1


_NEVER = {SIGKILL, SIGSTOP}


def _line(condition: int, action: str | None) -> str:
    return f"trap -- {'-' if action is None else quoted(action)} {_name(condition)}\n"
