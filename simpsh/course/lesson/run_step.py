"""Run: a demonstration that is run once, watched from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from simpsh.course.claims.demonstration import (
    NO_EDIT,
    Claim,
    Code,
    Edit,
    Function,
    Kill,
    Shell,
    Type,
    listing,
)
from simpsh.course.claims.expectation import Result
from simpsh.course.claims.observation import Observation
from simpsh.course.claims.process_ref import Process
from simpsh.course.lesson.lesson import Lesson, NotebookCell, Running
from simpsh.course.lesson.lesson_faults import claim_faults, edit_faults
from simpsh.course.screen.screen_parts import Part, RunView

if TYPE_CHECKING:
    # The runs and their tracer are loaded when something is run: a lesson is only listed, too.
    from simpsh.course.run.demonstration_setup import DemonstrationSetup

_SHOWS: Mapping[str, Sequence[Part]] = {
    "picture": [RunView.PICTURE],
    "output": [RunView.OUTPUT],
    "nothing": [],
}
_DETAILS = {"SIGCHLD", "close", "dup2", "execve", "open", "setpgid", "tcsetpgrp"}
"""What `watch` may name beside variables."""


class Run(Running):
    """Run a demonstration once, and show what happened."""

    code: Code
    id: str
    claims: Sequence[Claim] = ()
    also: Sequence[Function] = ()
    """Functions that belong to the listing, before the first."""
    main: str = "parent"
    """What the first process is called; `shell` if the code is a Shell."""
    watch: Sequence[str] = ()
    """Variables whose changes belong into the picture."""
    at_rest: Sequence[Kill | Type] = ()
    """What you do, in turn, each time when no process can move any more."""
    leaves: Sequence[Process] = ()
    """Who is meant to be left in the end: it is shown, ended and collected."""
    edit: Edit = NO_EDIT
    """The same demonstration, changed."""
    needs: tuple[str, ...] = ()
    """Capabilities of the machine without which it shows nothing; see `simpsh doctor`."""
    guard: int | str | None = None
    """For a bomb: the most processes that may ever live; `cgroup 16` or `limit 16` says by what."""
    terminal: bool = False
    """Whether it runs at a terminal of its own, as a session of its own."""
    births: tuple[str, ...] = ()
    """Names for forks whose result goes into no variable, in order of birth."""
    shows: str = "picture"
    """What the student sees of it: picture, output, nothing."""
    facts: tuple[str, ...] = ()

    heading = "Watch"

    @property
    def demonstration(self) -> Run:
        return self

    @property
    def all_needs(self) -> tuple[str, ...]:
        more = ["guard"] if self.guard is not None else []
        more += ["terminal"] if self.terminal else []
        return tuple(dict.fromkeys([*super().all_needs, *more]))

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if wrong := [*edit_faults(self, NO_EDIT)]:
            yield from wrong
            return
        code = listing(self).text
        if self.shows not in _SHOWS:
            yield f"shows={self.shows!r} is none of {', '.join(_SHOWS)}"
        if isinstance(self.guard, int) and self.guard < 1:
            yield "a guard is the most processes that may live: a number from 1"
        for name in sorted(set(self.watch) - _DETAILS):
            if name not in code:
                yield f"watch: there is no “{name}” in the code"
        yield from claim_faults(self)

    def perform(self, edit: Edit = NO_EDIT) -> Observation:
        from simpsh.course.run.demonstration_monitor import observe
        from simpsh.course.run.demonstration_process import body_of

        return observe(body_of(self, listing(self, edit)), self.setup(edit))

    def setup(self, edit: Edit = NO_EDIT) -> DemonstrationSetup:
        """Return how it is run and how it is looked at."""
        from simpsh.course.run.demonstration_setup import DemonstrationSetup

        listed = listing(self, edit)
        return DemonstrationSetup(
            main=self.main,
            source=listed.text,
            fork_names=listed.fork_names,
            births=self.births or getattr(self.code, "births", ()),
            marks=listed.callouts,
            acts=tuple(self.at_rest),
            terminal=self.terminal,
            guard=self.guard,
            calls=self.calls,
            names_programs=isinstance(self.code, Shell),
        )

    def parts(self, result: Result) -> Sequence[Part]:
        return _SHOWS.get(self.shows, ())

    def problems(self, result: Result) -> Iterator[str]:
        if not isinstance(result, Observation):
            return
        if result.problem:
            yield result.problem
        unmeant = [
            f"{name} ({state})"
            for name, state in result.left.items()
            if not any(process.is_one(name) for process in self.leaves)
        ]
        if unmeant and (not result.hangs or self.at_rest):
            yield f"it leaves processes: {', '.join(unmeant)}"

    def cell(self) -> NotebookCell:
        return NotebookCell("Run it, and see what happened")
