"""Judging a program by what its processes do: run it under the tracer, and check the events.

If a program hangs or crashes, that is reported first. Checks that the events show to have failed
are failures; the others could not be judged.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from functools import partial
from random import Random

from simpsh.base.errors import UsageProblem
from simpsh.base.events import Exec, ExecError, Fork, SignalSend, place_words
from simpsh.base.file_facts import is_file
from simpsh.base.patience import patience
from simpsh.base.phrases import command_words
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGABRT, Signal
from simpsh.course.claims.claim import calls_of
from simpsh.course.claims.observation import Observation
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import become_program
from simpsh.course.run.demonstration_setup import DemonstrationSetup
from simpsh.grade.assignments.assignment import Assignment, Behaviour
from simpsh.grade.exercises.exercise import PROGRAM, Asked, Exercise, Trial
from simpsh.grade.exercises.exercise_words import end_of, failure
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, in_each_order
from simpsh.grade.sandbox.closed_set import ClosedSet, closed_set, foreign_work
from simpsh.grade.sandbox.program_build import as_typed, events_as_typed
from simpsh.grade.sandbox.sandbox import (
    JudgeRefused,
    Sandbox,
    SubmissionRefused,
    load_factor,
    require_start,
)
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    behaviours_of,
    examine,
    graded,
    home_of,
)
from simpsh.process.child_changes import ChildStart, Step
from simpsh.process.own_directory import own_directory
from simpsh.process.process_containment import NotGuarded
from simpsh.trace.recording.recording_file import Recording, new_header
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.forced_orders import ORDERS
from simpsh.view.event_sentences import sentence

_SECONDS = 10.0 * patience()
"""The time limit of each wait for a shell; a shell that is stuck is detected sooner."""
_SYSTEM = ("/usr/", "/bin/")
_FAULTS = frozenset({4, 6, 7, 8, 11, 31})
"""SIGILL SIGABRT SIGBUS SIGFPE SIGSEGV SIGSYS: signals caused by the program's own defects."""
_BEFORE_ASSERTION = re.compile(r"^.*: (?=\w+: Assertion )")
_TRACEBACK = "Traceback (most recent call last):"
_ENDS_IN_ERROR = re.compile(r"^[\w.]*(Error|Exception|Interrupt|Warning)\b.*$")
_MOST_LINES = 8
_NO_SHADOW = "ReserveShadowMemoryRange failed"
_SANITIZER_REFUSED = (
    "AddressSanitizer reserves terabytes of addresses; here they are bounded, as no control group "
    "bounds the memory that is used: judge it as root, or with a control group for memory"
)
_DRAWN = (
    "in this run, a wait returned another status than the child's, which simpsh drew: print what "
    "wait gives"
)
_RESTLESS = (
    "It asks again and again, or computes, instead of sleeping in a call until something happens."
)


class NotTried(JudgeRefused):
    """This machine lacks what an exercise or a program needs, so nothing is judged."""


class DecisiveFailure(Record):
    """The hang or crash that kept a program from its task."""

    words: str
    """What happened, in a sentence: `your program never ended`."""
    detail: tuple[str, ...] = ()
    """Further lines: which process waits for what, or the end of a traceback."""
    event: int = -1
    """The event that shows it; -1 if there is none."""


class Judgement(Mark):
    """The mark of a program in an exercise, with its runs."""

    runs: tuple[Observation, ...] = ()
    shown: tuple[int, int] = (0, -1)
    """The run that shows best why points were lost, and the event in it; -1 for none."""


def trials_of(exercise: Exercise, seed: int = 0) -> Sequence[Trial]:
    """Return the trials of an exercise, drawn with a seed if they vary."""
    if callable(exercise.trials):
        return exercise.trials(Random(f"{exercise.id} {seed}"))
    return exercise.trials


def judge(
    exercise: Exercise, argv: Sequence[str], seed: int = 0, sandbox: Sandbox | None = None
) -> Judgement:
    """Run a program in each trial of an exercise, and judge it.

    Trials in which it creates processes are repeated in forced orders, unless it was too slow.
    `argv` is its command line; see program_build. The program runs in the sandbox. Raises
    NotObservable: this process may not trace others. NotTried: the machine lacks something else.
    """
    if exercise.behaviours:
        return _examine(exercise, argv, seed, sandbox)
    trials = trials_of(exercise, seed)
    exercise = changed(exercise, trials=trials)
    with own_directory("simpsh-program-", "/tmp") as directory:
        if sandbox is None and any(trial.guard for trial in trials):
            # The program runs as a user who may read neither our home nor our cache.
            os.chmod(directory, 0o755)
            files = {word for word in argv if os.path.isfile(word) and not word.startswith(_SYSTEM)}
            argv = [shutil.copy(word, directory) if word in files else word for word in argv]
        judgement = _in_orders(exercise, argv, sandbox)
        return _with_drawn_statuses(judgement, exercise, argv, sandbox)


def _in_orders(exercise: Exercise, argv: Sequence[str], sandbox: Sandbox | None) -> Judgement:
    judgement = _try(exercise, argv, sandbox)
    forks = [
        [event for event in seen.events if isinstance(event.what, Fork)] for seen in judgement.runs
    ]
    # Guarded trials are judged by the number of processes.
    doubtful = [
        trial
        for trial, born in zip(trials_of(exercise), forks, strict=False)
        if born and not (trial.guard or trial.order)
    ]
    # A program that used up its time would do so in each order.
    if not doubtful or any(seen.problem for seen in judgement.runs):
        return judgement
    once = {asked.key for trial in doubtful for asked in trial.asks if asked.in_one_order}
    again = partial(_try, changed(exercise, trials=doubtful), argv, sandbox)
    # With one birth, the other orders would be the same.
    orders = ORDERS if max(map(len, forks)) > 1 else ("parents first", "children first")
    return in_each_order(judgement, again, once, orders)


def _with_drawn_statuses(
    judgement: Judgement, exercise: Exercise, argv: Sequence[str], sandbox: Sandbox | None
) -> Judgement:
    """Repeat the trials of passed checks that are about statuses, and let waits return others."""
    passed = {check.key for check in judgement.checks if check.is_passed}
    again = []
    for trial in trials_of(exercise):
        asks = [asked for asked in trial.asks if asked.is_of_waits and asked.key in passed]
        if asks:
            again.append(changed(trial, asks=asks, alters_statuses=True))
    if not again or any(seen.problem for seen in judgement.runs):
        return judgement
    varied = _try(changed(exercise, trials=again), argv, sandbox)
    lost = {
        check.key: changed(check, instead=f"{check.instead}; {_DRAWN}")
        for check in varied.checks
        if not check.is_passed
    }
    if not lost:
        return judgement
    checks = tuple(lost.get(check.key, check) for check in judgement.checks)
    return changed(varied, checks=checks)


def _try(
    exercise: Exercise, argv: Sequence[str], sandbox: Sandbox | None, order: str = ""
) -> Judgement:
    """Try a program once in each trial, in one of ORDERS or, by default, without forcing one."""
    trials = trials_of(exercise)
    checks: list[GradedCheck] = []
    runs: list[Observation] = []
    failure, failed_run = None, 0
    disqualified = ""
    for number, trial in enumerate(trials):
        try:
            seen = run(trial, argv, sandbox, trial.order or order)
        except NotGuarded as refusal:
            raise NotTried(str(refusal)) from refusal
        if sandbox is not None and not sandbox.has_group and _NO_SHADOW in seen.output:
            raise NotTried(_SANITIZER_REFUSED)
        runs.append(seen)
        of_this_run, decides = _checks(trial, argv, seen, number)
        disqualified = disqualified or foreign_work(argv, seen.events, _closed(trial, argv))
        checks += of_this_run
        if failure is None:
            failure, failed_run = decides, number
    if disqualified:
        checks = [changed(check, instead=disqualified, is_open=False) for check in checks]
    asks = [asked for trial in trials for asked in trial.asks]
    pairs = zip(asks, checks, strict=True)
    look_at = next(
        (asked.look_at for asked, check in pairs if not (check.is_passed or check.is_open)), ""
    )
    failure = None if disqualified else failure
    shown = (0, -1)
    if failure is not None:
        shown = failed_run, failure.event
    elif failed := [check for check in checks if not check.is_passed]:
        # Prefer a check with an event, which can be marked in the timeline.
        best = next((check for check in failed if check.event >= 0), failed[0])
        shown = best.run, best.event
    recording = None
    if runs:
        words = command_words(as_typed(argv, argv))
        header = new_header((words,), level="io", has_end=True)
        recording = Recording(header, tuple(runs[shown[0]].events))
    return Judgement(
        exercise.id,
        exercise.title,
        tuple(checks),
        look_at=look_at,
        disqualified=disqualified,
        decisive="" if failure is None else "\n".join((failure.words, *failure.detail)),
        recording=recording,
        runs=tuple(runs),
        shown=shown,
    )


def _closed(trial: Trial, argv: Sequence[str]) -> ClosedSet:
    """Return the programs that a program may execute in a trial."""
    lines = (*trial.arguments, *trial.names)
    return closed_set(argv, home_of(argv), lines, start=trial.within)


def mark_unjudged(exercise: Exercise, seed: int, reason: str) -> Mark:
    """Return the mark for a program that could not be judged, with the reason."""
    if exercise.behaviours:
        asked = _assignment_of(exercise)
        checks = [
            _rename(behaviour, check, reason)
            for behaviour in behaviours_of(asked)
            for check in graded(behaviour, asked, {}, reason)
        ]
    else:
        checks = [
            GradedCheck(asked.sentence, asked.points, reason, asked.key)
            for trial in trials_of(exercise, seed)
            for asked in trial.asks
        ]
    return Mark(exercise.id, exercise.title, tuple(checks))


def _assignment_of(exercise: Exercise) -> Assignment:
    """Return an assignment that asks for an exercise's behaviours, at their usual points."""
    usual: dict[str, float] = {}
    for behaviour in BEHAVIOURS:
        worth = {f"{behaviour.id}.{key}": points for key, (_, points) in behaviour.checks.items()}
        usual |= {behaviour.id: sum(worth.values()), **worth}
    return Assignment(weights={name: usual[name] for name in exercise.behaviours})


def _examine(
    exercise: Exercise, argv: Sequence[str], seed: int, sandbox: Sandbox | None
) -> Judgement:
    marks: list[Mark] = []
    options = ExaminationOptions(seconds=_SECONDS, sandbox=sandbox, seed=seed)
    asked = _assignment_of(exercise)
    for behaviour in behaviours_of(asked):
        mark = examine(argv, behaviour, asked, options)
        wanted = [
            _rename(behaviour, check, check.instead and f"“{behaviour.id}”: {check.instead}")
            for check in mark.checks
        ]
        marks.append(changed(mark, checks=tuple(wanted)))
    failed = next((mark for mark in marks if not mark.is_full), None)
    return Judgement(
        exercise.id,
        exercise.title,
        tuple(check for mark in marks for check in mark.checks),
        failed.look_at if failed else "",
        failed.picture if failed else "",
        disqualified=next((mark.disqualified for mark in marks if mark.disqualified), ""),
        recording=(failed or marks[0]).recording,
    )


def _rename(behaviour: Behaviour, check: GradedCheck, instead: str) -> GradedCheck:
    """Return a behaviour's check as a check of an exercise that asks for several behaviours."""
    key, sentence = f"{behaviour.id}.{check.key}", f"{behaviour.id}: {check.sentence}"
    return changed(check, sentence=sentence, instead=instead, key=key)


def run(
    trial: Trial, argv: Sequence[str], sandbox: Sandbox | None = None, order: str = ""
) -> Observation:
    """Run a program once in a trial, perhaps in a sandbox; return the observation.

    `order` is one of forced_orders, or empty.

    Raises NotObservable: this process may not trace others. NotGuarded: nothing on this machine can
    contain a fork bomb.
    """
    # The sandbox limits the processes, and its end ends them all.
    guard = (trial.guard or None) if sandbox is None else None
    # A safety limit, scaled by the load so that parallel judging does not time out.
    seconds = trial.seconds * patience()
    if sandbox is None:
        seconds *= load_factor()
    else:
        # Earlier than the kernel ends a process that has used its processor time.
        most = sandbox.limits.seconds
        seconds = min(min(seconds, most / 2) * load_factor(), max(most - 1, most / 2))
    seconds = round(seconds, 1)
    sites = CallSites()
    setup = DemonstrationSetup(
        main=PROGRAM,
        call_sites=sites,
        acts=tuple(trial.at_rest),
        terminal=trial.terminal,
        is_job=trial.terminal,
        guard=guard,
        moves=True,
        order=order,
        alters_statuses=trial.alters_statuses,
        calls=frozenset(trial.watches).union(
            *(calls_of(claim[0]) for asked in trial.asks for claim in asked.claims)
        ),
        deadline_seconds=seconds,
    )
    words = (*trial.within, *argv, *trial.arguments)
    if sandbox is not None:
        sandbox = changed(sandbox, closed=_closed(trial, argv))
    if not is_file(words[0]):
        kind = UsageProblem if sandbox is None else SubmissionRefused
        raise kind(f"{words[0]}: there is no such program")

    def prepare() -> None:
        """Confine this process, and give it the files of the trial."""
        if sandbox is not None:
            # The judge made and owns this directory; the program runs as another user.
            os.chmod(".", 0o777)
            sandbox.enter(trial.guard)
        for name, text in trial.files.items():
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        # LeakSanitizer uses ptrace(2), which fails for a tracee, and then exits with status 1.
        os.environ["LSAN_OPTIONS"] = "detect_leaks=0"

    start = ChildStart(Step("enter the sandbox", prepare))

    def begin() -> None:
        start.carry_out()
        become_program(words[0], words)

    # Read the program here once, not in the tracer of each run.
    sites.prepare(argv[0])
    seen = observe(begin, setup)
    require_start(start, seen.problem)
    if seen.problem and not seen.events:  # The program may have run, but nothing was seen of it.
        raise JudgeRefused(f"the program could not be followed: {seen.problem}")
    if sandbox is not None:
        most = min(trial.guard or sandbox.limits.processes, sandbox.limits.processes)
        require_enough(seen.events, most, is_whole=not seen.problem)
    return changed(seen, events=events_as_typed(seen.events, argv))


def _checks(
    trial: Trial, argv: Sequence[str], seen: Observation, trial_number: int
) -> tuple[list[GradedCheck], DecisiveFailure | None]:
    """Judge a run; return the checks and, if one failed, the decisive failure."""
    checks = [_grade(asked, seen, trial_number) for asked in trial.asks]
    if all(check.is_passed for check in checks):
        return checks, None
    failure = _decisive_failure(trial, argv, seen)
    if failure is not None:
        # A failed check without an event is open: the event might still have come.
        checks = [
            check if check.is_passed or check.event >= 0 else _open(check, failure.words)
            for check in checks
        ]
    failed = {check.key: check.sentence for check in checks if not check.is_passed}
    for number, asked in enumerate(trial.asks):
        needed = next((failed[key] for key in asked.needs if key in failed), "")
        if needed and not checks[number].is_open:
            checks[number] = _open(checks[number], f"first, {needed}")
    return checks, failure


def _open(check: GradedCheck, reason: str) -> GradedCheck:
    return changed(check, instead=f"could not be judged: {reason}", is_open=True, event=-1)


def _grade(asked: Asked, seen: Observation, trial: int) -> GradedCheck:
    words, event = "", -1
    if PROGRAM in seen.broken:
        # The program never ran, so checks that it did nothing wrong must not pass.
        words = f"{PROGRAM}: {seen.broken[PROGRAM]}"
    else:
        words, event = failure(asked.claims, seen)
        if event >= 0 and (line_words := place_words(seen.events[event].at)):
            words = f"{words.rstrip('.')} ({line_words})"
    return GradedCheck(asked.sentence, asked.points, words, asked.key, trial, event)


# ------------------------------------------------------------------------- the decisive failure


def _decisive_failure(
    trial: Trial, argv: Sequence[str], seen: Observation
) -> DecisiveFailure | None:
    """Return the failure that kept a program from its task; None if there is none."""
    if PROGRAM in seen.broken:
        words, event = seen.broken[PROGRAM], -1
        for index, failed in enumerate(seen.events):
            if isinstance(failed.what, ExecError) and seen.name_of(failed.proc) == PROGRAM:
                words, event = os.strerror(failed.what.errno), index
        return DecisiveFailure(f"your program could not be executed: {words}", (), event)
    # A child that was killed at its birth has a name but no events.
    for name in (name for name in seen.names if name in seen.chronicle.processes):
        if failure := _exception(seen, name, argv) or _crash(seen, name):
            return failure
    if seen.problem:
        # The judge acts only when all processes sleep.
        detail = () if len(seen.rests) >= len(trial.at_rest) else (_RESTLESS,)
        return DecisiveFailure(f"your program never ended: {seen.problem}", detail)
    if PROGRAM in seen.left:
        if not seen.rests:
            return DecisiveFailure("your program never ended")
        last = seen.rests[-1]
        shown = (f"{sentence(seen.chronicle, last)}.",)
        return DecisiveFailure("your program never ended", shown, last)
    return None


def _exception(seen: Observation, name: str, argv: Sequence[str]) -> DecisiveFailure | None:
    """Return the exception that ended a process in Python, with the end of its traceback."""
    end = end_of(seen, name)
    if end < 0 or seen.chronicle.processes[name].status != 1 << 8:
        return None
    lines = seen.printed(name).splitlines()
    for path in filter(os.path.isabs, argv):
        lines = [line.replace(path, os.path.basename(path)) for line in lines]
    first_frame = next(
        (number for number, line in enumerate(lines) if line.startswith("  File ")), -1
    )
    last = next((line for line in reversed(lines) if _ENDS_IN_ERROR.match(line)), "")
    if not last.startswith("SyntaxError") and (first_frame < 0 or _TRACEBACK not in lines):
        return None
    shown = [line for line in lines if line != _TRACEBACK][-_MOST_LINES:]
    if shown[-1] == last:
        shown.pop()  # the headline has it
    subject = "your program" if name == PROGRAM else name
    return DecisiveFailure(f"an exception ended {subject}: {last}", tuple(shown), end)


def _crash(seen: Observation, name: str) -> DecisiveFailure | None:
    """Return the fatal signal that the kernel sent to a process running the student's code."""
    process, end = seen.chronicle.processes[name], end_of(seen, name)
    number = (process.status or 0) & 0x7F
    # 0 and negative targets are groups: the process may be among them. abort(3) sends SIGABRT to
    # its own process.
    targets = {
        abs(event.what.target)
        for event in seen.events
        if isinstance(event.what, SignalSend)
        and (event.what.signal, seen.name_of(event.proc)) != (SIGABRT, name)
    }
    if end < 0 or number not in _FAULTS or not targets.isdisjoint((0, process.pid)):
        return None
    executed = any(isinstance(event.what, Exec) and event.proc == name for event in seen.events)
    if executed and name != PROGRAM:
        return None
    line_words = place_words(seen.events[end].at)
    subject = "your program" if name == PROGRAM else f"{name}, which runs your code,"
    words = f"{Signal(number)} ({line_words})" if line_words else str(Signal(number))
    # The message of assert(3) or the C library before abort(), without the path of our copy.
    last = seen.printed(name).splitlines()[-1:] if number == SIGABRT else []
    detail = tuple(_BEFORE_ASSERTION.sub("", line) for line in last)
    return DecisiveFailure(f"{subject} crashed: {words}", detail, end)
