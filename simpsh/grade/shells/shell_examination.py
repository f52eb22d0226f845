"""Examining a shell: each behaviour is tried on a newly started shell, in a new directory."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from functools import partial
from itertools import takewhile

from simpsh.base.errors import SimpshError
from simpsh.base.file_facts import is_file, is_folder
from simpsh.base.record import Record, changed
from simpsh.base.surroundings import search_folders
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.assignments.assignment import Assignment, Behaviour
from simpsh.grade.assignments.assignment_file import read_assignment, require_names
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, beginning, in_each_order
from simpsh.grade.sandbox.closed_set import ClosedSet, closed_set, foreign_work, is_installed_shell
from simpsh.grade.sandbox.program_build import events_as_typed
from simpsh.grade.sandbox.sandbox import Sandbox, require_start
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.grade.shells.behaviour_trial import BehaviourTrial
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.record_checks import failed_execution
from simpsh.grade.shells.terminal_session import (
    SECONDS,
    OutOfTime,
    SessionManner,
    Stuck,
    TerminalSession,
)
from simpsh.kernel.descriptors import dup2, memfd_create, write_all
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.child_changes import Step
from simpsh.process.own_directory import own_directory
from simpsh.process.worker import WorkerLate, in_own_process
from simpsh.trace.recording.recording_file import Recording
from simpsh.trace.tracer.forced_orders import ORDERS
from simpsh.trace.tracer.traced_command import TracedCommand
from simpsh.view.run_formats import render

_PICTURE_LINES = 30
_FIRST, *_OTHERS = ORDERS
_MORE_SECONDS = 60.0
"""The time for ending a run whose time is over."""
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/")
"""Folders of the system's programs."""
BEHAVIOURS: Sequence[Behaviour] = read_assignment(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "behaviours.toml")
).behaviours
"""The behaviours that simpsh knows, in the order in which students implement them."""


class ExaminationOptions(Record):
    """How a shell is examined."""

    seconds: float = SECONDS
    """How long each wait may take before the shell counts as stuck."""
    sandbox: Sandbox | None = None
    """The sandbox that the shell enters before it begins."""
    may_be_installed: bool = False
    """Whether it may be one of the system's shells."""
    seed: int = 0
    """The seed for the lines that are typed; see Lot."""
    deadline: float = math.inf
    """When the time for a behaviour is over, by time.monotonic(): what has passed stays passed."""


def behaviours_of(assignment: Assignment) -> list[Behaviour]:
    """Return the behaviours that an assignment asks for, its own at the end."""
    return [each for each in _known(assignment) if assignment.asks(each.id)]


def _known(assignment: Assignment) -> Sequence[Behaviour]:
    """Return simpsh's behaviours and a file's own; in a file about a program its names win."""
    names = {each.id for each in assignment.behaviours} if assignment.is_program else ()
    return [*(each for each in BEHAVIOURS if each.id not in names), *assignment.behaviours]


def require_known(word: str, assignment: Assignment) -> None:
    """Raise UsageProblem if an assignment file names unknown behaviours or checks."""
    known = _known(assignment)
    ids = [each.id for each in known]
    require_names(
        word,
        [f"behaviour.{each.id}" for each in assignment.behaviours if ids.count(each.id) > 1],
        (),
        "simpsh has a behaviour of this name; choose another one",
    )
    names = [*ids, *(f"{each.id}.{key}" for each in known for key in each.checks)]
    require_names(word, assignment.names, names, "no such behaviour; 'grade shell --list' has them")


def check_shell(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a shell's command line with absolute paths; raise SimpshError if it cannot run."""
    path = file_to_execute(argv[0], os.environ)
    if not path or not os.path.exists(path):
        raise SimpshError(f"{argv[0]}: there is no such program")
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        raise SimpshError(f"{argv[0]}: it may not be executed; try chmod +x")
    return tuple(os.path.abspath(it) if os.path.isfile(it) else it for it in (path, *argv[1:]))


def examine_within(
    seconds: float,
    argv: Sequence[str],
    behaviour: Behaviour,
    assignment: Assignment,
    options: ExaminationOptions,
) -> Mark:
    """Try one behaviour within a time limit, and return its mark; raises like examine().

    A separate process judges it, so that it cannot use up the time of other behaviours.
    """
    options = changed(options, deadline=time.monotonic() + seconds)
    work = partial(examine, argv, behaviour, assignment, options)
    try:
        return in_own_process(work, seconds + _MORE_SECONDS)
    except WorkerLate:
        words = f"not judged: it had {seconds:.0f} seconds"
        checks = graded(behaviour, assignment, {}, words)
        return Mark(
            behaviour.id, behaviour.title, tuple(changed(it, is_open=True) for it in checks)
        )


def examine(
    argv: Sequence[str],
    behaviour: Behaviour,
    assignment: Assignment,
    options: ExaminationOptions | None = None,
) -> Mark:
    """Try one behaviour of a shell that check_shell() accepted, and return its mark.

    If it creates processes, it is repeated in forced orders: one run may pass by luck. Raises
    NotTraceable: this process may not trace its children.
    """
    options = options or ExaminationOptions()
    tried = partial(_try, argv, behaviour, assignment, options)
    mark, others = tried(_FIRST)
    if others:
        in_time = takewhile(lambda _: time.monotonic() < options.deadline, others)
        mark = in_each_order(mark, lambda order: tried(order)[0], (), in_time, _FIRST)
    return mark


def _try(
    argv: Sequence[str],
    behaviour: Behaviour,
    assignment: Assignment,
    options: ExaminationOptions,
    order: str,
) -> tuple[Mark, Sequence[str]]:
    """Try a behaviour in one order; return the mark, and the orders that may differ from it."""
    trial = BehaviourTrial(behaviour, Lot(options.seed, behaviour.id), assignment.language)
    with own_directory("simpsh-grade-") as directory:
        _lay_out(trial.files(is_program=assignment.is_program), directory)
        if options.sandbox is not None:
            options.sandbox.give(directory)
        run = _run(argv, trial, assignment, options, order, directory)
        return _judge(argv, trial, assignment, run)


class _Run(Record):
    """What is known of a run when its program and all descendants have ended."""

    recorded: Recording
    first_typed: float | None
    """When a line was typed first, in nanoseconds of the recording; None if it is not typed to."""
    closed: ClosedSet
    stuck: Stuck | OutOfTime | None


def _run(
    argv: Sequence[str],
    trial: BehaviourTrial,
    assignment: Assignment,
    options: ExaminationOptions,
    order: str,
    directory: str,
) -> _Run:
    """Start a program once, type at it, and examine its processes."""
    stuck: Stuck | OutOfTime | None = None
    is_typed_to = trial.arguments is None and not assignment.is_program
    arguments = assignment.arguments if trial.arguments is None else trial.arguments
    closed = _closed(argv, trial, assignment, options, arguments)
    sandbox = None if options.sandbox is None else changed(options.sandbox, closed=closed)

    def prepare() -> None:
        if trial.input is not None:
            _redirect_input(trial.input)
        if sandbox is not None:
            sandbox.enter()

    with TerminalSession(
        TracedCommand((*argv, *arguments), _environment(directory), directory),
        seconds=options.seconds,
        changes=(Step("enter the sandbox", prepare),),
        spell=assignment.language.spelled,
        order=order,
        manner=SessionManner(
            f"the {assignment.kind}",
            "io" if trial.sees_data else "calls",
            options.deadline,
            awaits_timers=assignment.is_program,
        ),
    ) as shell:
        try:
            if is_typed_to:
                shell.wait_prompt()
            trial.play(shell)
        except (Stuck, OutOfTime) as problem:
            stuck = problem
            with suppress(OutOfTime):
                shell.settle()
        recorded = shell.end()
        require_start(shell.start)
        if sandbox is not None:
            require_enough(recorded.events, sandbox.limits.processes)
    first_typed = shell.first_typed if is_typed_to else None
    return _Run(recorded, first_typed, closed, stuck)


def _closed(
    argv: Sequence[str],
    trial: BehaviourTrial,
    assignment: Assignment,
    options: ExaminationOptions,
    arguments: Sequence[str],
) -> ClosedSet:
    """Return the programs that a shell or a program may execute: what its lines name."""
    words = (*trial.names, *assignment.runs, *arguments)
    files = trial.files(is_program=assignment.is_program)
    lines = (*trial.types, *files.values(), trial.input or "", *words)
    may_be_shell = options.may_be_installed and is_installed_shell(argv[0])
    closed = closed_set(
        argv,
        home_of(argv),
        map(assignment.language.spelled, lines),
        is_shell=not (assignment.is_program or may_be_shell),
    )
    return changed(closed, may_be_shell=may_be_shell)


def _judge(
    argv: Sequence[str], trial: BehaviourTrial, assignment: Assignment, run: _Run
) -> tuple[Mark, Sequence[str]]:
    """Judge a run; return the mark of the runs so far, and the orders that may differ from it."""
    behaviour, stuck = trial.behaviour, run.stuck
    events = events_as_typed(run.recorded.events, argv)
    chronicle = chronicle_of(events, run.recorded.header.level)
    recording = Recording(run.recorded.header, events)
    if reason := foreign_work(argv, run.recorded.events, run.closed, first_typed=run.first_typed):
        checks = graded(behaviour, assignment, dict.fromkeys(behaviour.checks, reason), reason)
        words = f"execve(2): the {assignment.kind} itself has to do what is asked"
        mark = Mark(behaviour.id, behaviour.title, checks, words, disqualified=reason)
        mark = assignment.disclose(mark)
        return changed(mark, picture=_picture(chronicle), recording=recording), ()
    first_typed = run.first_typed or 0.0
    since = _since(chronicle, first_typed)
    # If nothing was typed, there is nothing to judge.
    if not math.isinf(first_typed):
        known = set(trial.results)
        trial.judge(since)
        if isinstance(stuck, OutOfTime):
            # A run that was cut short can still show that something happened.
            late = [it for it, lost in trial.results.items() if lost and it not in known]
            trial.results = {it: trial.results[it] for it in trial.results if it not in late}
    words = "it did not come to that" if stuck is None else str(stuck)
    if stuck is not None and (failure := failed_execution(since)):
        words = f"{words}; {failure}"
    checks = graded(behaviour, assignment, trial.results, words)
    if isinstance(stuck, OutOfTime):
        checks = tuple(
            it if it.key in trial.results else changed(it, is_open=True) for it in checks
        )
    mark = Mark(behaviour.id, behaviour.title, checks, recording=recording)
    mark = assignment.disclose(mark)
    makers = {process.parent for process in since.processes.values()} - {None}
    # If each line makes one process, only two orders differ.
    others = _OTHERS if len(makers) > 1 or "|" in "".join(trial.types) else _OTHERS[: len(makers)]
    if mark.is_full:
        return mark, others
    # Leave the start-up out of the picture if none of its processes still runs.
    if since.events and all(
        not event.proc or event.proc in since.processes for event in since.events
    ):
        chronicle = chronicle_of([chronicle.events[0], *since.events], chronicle.level)
    return changed(mark, look_at=behaviour.look_at, picture=_picture(chronicle)), others


def _redirect_input(text: str) -> None:
    source = memfd_create("input")
    write_all(source, text.encode())
    # Read-only like a pipe, because a shell may write its prompt to descriptor 0.
    dup2(os.open(f"/proc/self/fd/{source}", os.O_RDONLY | os.O_CLOEXEC), 0)


def _lay_out(files: Mapping[str, str], directory: str) -> None:
    for name, text in files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def _environment(directory: str) -> dict[str, str]:
    """Return an ordinary environment, with its own HOME and a dumb terminal."""
    # If a folder of PATH may not be searched, execvp(3) fails with EACCES, which is not the
    # shell's fault.
    path = ":".join(folder for folder in search_folders() if is_folder(f"{folder}/."))
    variables = {"PATH": path, "HOME": directory, "PWD": directory, "LC_ALL": "C", "TERM": "dumb"}
    return variables | {"USER": "student", "LOGNAME": "student", "SHELL": "/bin/sh", "SHLVL": "1"}


def _since(chronicle: Chronicle, moment: float) -> Chronicle:
    """Return the events since a moment, with the shell and the processes born since then."""
    events = [event for event in chronicle.events if event.ts >= moment]
    first = len(chronicle.events) - len(events)
    since = copy(chronicle)
    since.events = events
    since.processes = {
        name: process
        for name, process in chronicle.processes.items()
        if process.parent is None or process.birth >= first
    }
    return since


def home_of(argv: Sequence[str]) -> str:
    """Return the folder with the shell's own programs; empty for a program of the system."""
    files = [word for word in argv if is_file(word) and word != sys.executable]
    folders = [os.path.dirname(os.path.abspath(file)) for file in files]
    folders = [folder for folder in folders if not f"{folder}/".startswith(_SYSTEM)]
    # The folder of the script comes before the interpreter's, which is in PATH.
    path = search_folders()
    return next(iter(sorted(folders, key=lambda folder: folder in path)), "")


def graded(
    behaviour: Behaviour, assignment: Assignment, instead: Mapping[str, str], otherwise: str
) -> tuple[GradedCheck, ...]:
    """Return the checks of a behaviour that the assignment asks for, with their points.

    `instead` has a sentence for each check that was made, empty if it passed; `otherwise` is the
    sentence for the others.
    """
    return tuple(
        GradedCheck(behaviour.checks[key][0], worth, instead.get(key, otherwise), key)
        for key, worth in assignment.check_points(behaviour).items()
    )


def _picture(chronicle: Chronicle) -> str:
    lines = [line.rstrip() for line in "".join(render(chronicle)).splitlines()]
    return "\n".join(beginning(lines, _PICTURE_LINES))
