"""`simpsh doctor`: what this machine permits before a class, and what each lesson loses."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from functools import partial

from simpsh.base.own_program import INTERPRETER
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words
from simpsh.console import room
from simpsh.course.lesson.lesson import Lesson
from simpsh.course.lesson.lesson_library import Library
from simpsh.kernel.descriptors import write_all
from simpsh.kernel.processes import execve, exit_now, fork, sched_getaffinity
from simpsh.kernel.signals import set_defaults
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.machine_permits import CALLS, NEEDS, UNCONFINED, all_refused, missing
from simpsh.process.own_directory import own_directory
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.worker import in_own_process


class MachineReport(Record):
    """The results of the examination."""

    missing: dict[str, str]
    """Reasons for unmet needs, by name."""
    refused: dict[str, str]
    """The cause of each refusal, by the name of the call."""
    losses: dict[str, dict[int, str]]
    """The steps that each affected lesson cannot show; see losses_of()."""
    lessons: int
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether every lesson can be shown completely."""
        return not self.losses and not self.problems


def examine(library: Library) -> MachineReport:
    """Test every need, and determine what each lesson loses."""
    lacking = {name: reason for name in NEEDS if (reason := missing(name))}
    refused = all_refused()
    unmet = lacking | refused
    lessons, problems = library.all()
    losses = {lesson.id: lost for lesson in lessons if (lost := losses_of(lesson, unmet))}
    return MachineReport(lacking, refused, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> dict[int, str]:
    """Return the steps of a lesson that cannot be shown completely, by number from 1."""
    losses = {}
    for number, step in enumerate(lesson.steps, 1):
        of_step = [need for need in step.all_needs if need in missing]
        of_claims = {need for claim in step.claims for need in claim.needs if need in missing}
        if lacking := dict.fromkeys([*of_step, *sorted(of_claims)]):
            part = "" if of_step else "some claims of "
            losses[number] = f"{part}step {number} “{step.name}” ({', '.join(lacking)})"
    return losses


def lines_of(report: MachineReport) -> Iterator[str]:
    """Yield the report as text: at most 80 columns, fewer on a narrow terminal."""
    columns, names = min(80, room()), max(map(len, NEEDS))

    def wrapped(text: str, indent: int, first: str = "") -> list[str]:
        return between_words(text, columns, first or " " * indent, " " * (indent + 2))

    yield from wrapped(f"{machine()}:", 0)
    for name, need in NEEDS.items():
        if name not in report.missing:
            yield from wrapped(need.what, names + 3, f"  ✓ {name:{names}} ")
    for name, reason in report.missing.items():
        yield from wrapped(NEEDS[name].what, names + 3, f"  ✗ {name:{names}} ")
        yield from wrapped(f"missing: {reason}", 18)
        # The reason why the call is refused is not the reason for the missing need.
        is_filtered = "a seccomp filter refuses" in reason
        yield from wrapped(f"to do:   {UNCONFINED if is_filtered else NEEDS[name].remedy}", 18)
    for call, reason in report.refused.items():
        # The losses from the other calls are listed above.
        if CALLS[call].without:
            yield from wrapped(f"– {call}: {reason}; without it, {CALLS[call].without}", 2)
    for problem in report.problems:
        yield from between_words(problem, room(), further="  ")
    whole = report.lessons - len(report.losses)
    if not report.lessons:
        yield from wrapped("There are no lessons here; --path DIR names a folder of them.", 0)
    elif not report.losses:
        yield from wrapped(f"All {report.lessons} lessons show everything on this machine.", 0)
    elif not whole and all("ptrace" in str(losses) for losses in report.losses.values()):
        yield "No lesson shows its runs, for each needs ptrace."
        return
    else:
        words = f"{whole} of {report.lessons} lessons show everything; not shown in the others:"
        yield from wrapped(words, 0)
    for lesson, losses in report.losses.items():
        yield from wrapped(f"{lesson}: {'; '.join(losses.values())}", 2)


def machine() -> str:
    """Describe this machine in a phrase."""
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    count = len(sched_getaffinity())
    processors = "one processor" if count == 1 else f"{count} processors"
    terminal = (
        f"a terminal ({os.environ.get('TERM', 'unnamed')})" if os.isatty(1) else "no terminal"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Linux {platform.release()}, Python {version}, {processors}, {user}, {terminal}"


PARTS = (
    ("a prompt", "", 5),
    ("a command", "/bin/true", 6),
    ("an exploration", "explore sh -c '/bin/echo a & wait'", 10),
    ("a lesson's steps", "lesson run rule-1 --plain --auto", 15),
)
"""A student's action, the typed text, and the time limit in seconds for the last student."""


def class_lines(students: int) -> tuple[list[str], bool]:
    """Return the report, and whether all times are within the limits.

    Raises OSError if there are too few processes or terminals (EAGAIN, EMFILE …), or WorkerLate.
    """
    lines = [f"{'':18}{'alone':>9}{f'{students} at once: half':>22}{'all':>9}{'budget':>9}"]
    holds = True
    for what, typed, budget in PARTS:
        (alone,), times = (
            in_own_process(partial(_times, typed, count), 300) for count in (1, students)
        )
        half, last = times[(students - 1) // 2], times[-1]
        mark = "✓" if last <= budget else "✗"
        holds &= last <= budget
        times_of_all = f"{half:20.2f} s{last:7.2f} s{budget:7} s"
        lines.append(f"{mark} {what:16}{alone:7.2f} s{times_of_all}")
    return lines, holds


def _times(typed: str, students: int) -> list[float]:
    """Return the number of seconds until each student exits, fastest first."""
    times: list[float] = []
    with own_directory("simpsh-class-") as home:
        begin = time.monotonic()
        for _ in range(students):
            terminal = OwnTerminal()
            write_all(terminal.master, f" {typed} >/dev/null 2>&1\r exit\r".encode())
            if fork() == 0:  # in the child
                try:
                    terminal.take()
                    set_defaults()
                    execve(INTERPRETER[0], [*INTERPRETER, "--no-rc"], {**os.environ, "HOME": home})
                finally:
                    exit_now(1)
        while len(times) < students:
            waitpid(-1)
            times.append(time.monotonic() - begin)
    return times
