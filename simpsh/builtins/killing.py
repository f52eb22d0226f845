"""`kill`: send a signal to processes, to process groups, and – what a program cannot – to jobs."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.jobs.job import ENDED, STOPPED
from simpsh.jobs.table import NoSuchJob
from simpsh.kernel import signals
from simpsh.signals import NAMES, Signal, by_name
from simpsh.state import why
from simpsh.wait_status import Continued

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.jobs.job import Job
    from simpsh.state import State

_SIGHUP, _SIGKILL, _SIGTERM, _SIGCONT = 1, 9, 15, 18


def _kill(state: State, operands: Sequence[str]) -> int:
    words = list(operands)
    if words and words[0] in ("-l", "-L"):
        return _list(words[1:])
    signal = _signal_option(words)
    if words and words[0] == "--":
        del words[0]
    if not words:
        raise UsageProblem("a process id or a job such as %1 is missing")
    state.launcher.collect()
    status = 0
    for word in words:
        try:
            _send(state, word, signal)
        except NoSuchJob as problem:
            state.complain(f"kill: {problem}")
            status = 1
        except (SimpshError, OSError) as problem:
            text = why(problem) if isinstance(problem, OSError) else problem
            state.complain(f"kill: {word}: {text}")
            status = 1
    return status


def _signal_option(words: list[str]) -> int:
    """Take the signal's option off the words; SIGTERM if there is none."""
    if not words or words[0] == "--" or not words[0].startswith("-"):
        return _SIGTERM
    option = words.pop(0)
    signal = _signal(option[1:])
    if signal is not None:
        return signal
    if option[:2] in ("-s", "-n"):
        name = option[2:] or (words.pop(0) if words else "")
        if not name:
            raise UsageProblem(f"{option}: the signal is missing")
        signal = _signal(name)
        if signal is not None:
            return signal
        option = name
    raise UsageProblem(f"{option}: no such signal; kill -l lists them")


def _signal(text: str) -> int | None:
    # 0 is no signal: it asks whether one could be sent.
    return 0 if text == "0" else by_name(text)


def _send(state: State, word: str, signal: int) -> None:
    if word.startswith("%"):
        _send_to_job(state.jobs.find(word), signal)
        return
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise SimpshError("neither a process id nor a job such as %1")
    if len(digits) > 9:
        raise ProcessLookupError(3, "No such process")  # more than pid_t holds
    signals.kill(int(word), signal)
    job = state.jobs.job_of(abs(int(word)))
    if job is not None and signal == _SIGKILL:
        _take_for_dying(job, int(word))


def _take_for_dying(job: Job, target: int) -> None:
    """Take for running whom SIGKILL ends where it was stopped: `wait` is to wait for it."""
    for process in job.processes:
        if process.is_stopped and target in (process.pid, -(job.pgid or 0)):
            process.status = Continued()


def _send_to_job(job: Job, signal: int) -> None:
    if job.state == ENDED:
        raise SimpshError("this job has ended")
    was_stopped = job.state == STOPPED
    _send_to_members(job, signal)
    if was_stopped and signal in (_SIGTERM, _SIGHUP):
        # A stopped process cannot act on a signal before it goes on; SIGKILL needs no help.
        _send_to_members(job, _SIGCONT)
    if was_stopped and signal == _SIGKILL:
        job.resume()


def _send_to_members(job: Job, signal: int) -> None:
    if job.pgid is not None:
        signals.killpg(job.pgid, signal)
        return
    for process in job.processes:
        if not process.has_ended:
            signals.kill(process.pid, signal)


def _list(words: Sequence[str]) -> int:
    if not words:
        import textwrap  # with its regular expressions it is slow to load, and only needed here

        names = (NAMES[number].removeprefix("SIG") for number in sorted(NAMES))
        say(textwrap.fill(" ".join(names), 79, break_on_hyphens=False) + "\n")
        return 0
    for word in words:
        if not (word.isascii() and word.isdigit()):
            signal = by_name(word)
            if signal is None:
                raise UsageProblem(f"{word}: no such signal")
            say(f"{int(signal)}\n")
            continue
        number = int(word)
        # A status above 128 is what `$?` shows of a process that a signal killed.
        signal = by_name(str(number - 128 if number > 128 else number))
        if signal is None:
            raise UsageProblem(f"{word}: neither a signal's number nor a status that tells of one")
        say(Signal(signal).name.removeprefix("SIG") + "\n")
    return 0


BUILTINS = (
    Builtin(
        "kill",
        "kill [-s signal | -signal] {pid | %job}... or kill -l [status]",
        _kill,
        "Only the shell knows its jobs by %1; and it must work when no process can be made.",
    ),
)
