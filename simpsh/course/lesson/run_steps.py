"""Run, Explore, Compare: a program runs once, in every order, or in several variants.

A Repair breaks the program of a Run, in Python and in C. The student's program is judged by the
claims of one observed run and, if the order matters, of all orders that the explorer finds.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from simpsh.base.record import changed
from simpsh.course.claims.claim import ANYONE, NotThere, Result, Unknown, value
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    C,
    Claim,
    Code,
    Edit,
    Kill,
    Listing,
    Python,
    Shell,
    Type,
    listing,
    listing_of,
    names_by_line,
)
from simpsh.course.claims.observation import Observation, SearchResult, quoted
from simpsh.course.lesson.lesson import Lesson, Question, Running, Step, target_of
from simpsh.course.run.search_progress import report_progress
from simpsh.course.screen.answer_lines import Part, RunView
from simpsh.view.document import Paragraph, Table, Text
from simpsh.view.styled_text import marked, styled

if TYPE_CHECKING:
    # Import the tracer only when something runs: listing lessons does not need it.
    from simpsh.course.run.demonstration_setup import DemonstrationSetup


class Explore(Running):
    """Every order that the kernel may choose, compared with free runs on this machine."""

    code: Code
    id: str
    claims: Sequence[Claim] = ()
    native: int = 60
    """The number of free runs, without a tracer."""
    edit: Edit = NO_EDIT
    main: str = "parent"
    births: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    heading = "Every order"
    waiting_words = "trying every order …"
    observer = "orders of Python"

    @property
    def demonstration(self) -> Explore:
        return self

    def perform(self, edit: Edit = NO_EDIT) -> SearchResult:
        from simpsh.course.run.order_search import search

        return search(self, self.native, edit)

    def parts(self, result: Result) -> Sequence[Part]:
        return [result] if isinstance(result, SearchResult) else []

    def problems(self, result: Result) -> Iterator[str]:
        if not isinstance(result, SearchResult):
            return
        if not result.is_complete:
            yield f"not every order was tried: {'; '.join(result.flags) or 'there are too many'}"

    def with_fewer_runs(self, runs: int) -> Explore:
        return changed(self, native=min(self.native, runs))


SHOWS: Mapping[str, Sequence[Part]] = {
    "picture": [RunView.PICTURE],
    "output": [RunView.OUTPUT],
    "nothing": [],
}
DETAILS = {"SIGCHLD", "close", "dup2", "execve", "open", "setpgid", "tcsetpgrp"}
"""Values of `watch` that are not variables."""
_MARK = re.compile(r"\s*(?:#|//) [①-⑨].*")
_FREE_RUNS = 10
_MOST_CHILDREN = 9

ProgramEnd = Literal["py", "c"]
"""The language of a student's program, which the student chooses: the end of the file's name."""


class Run(Running):
    """Run a demonstration once, and show what happened."""

    code: Code
    id: str
    claims: Sequence[Claim] = ()
    main: str = "parent"
    """The name of the first process; `shell` if the code is a Shell."""
    watch: Sequence[str] = ()
    """Variables whose changes the picture shows."""
    at_rest: Sequence[Kill | Type] = ()
    """User input, one item for each time when no process can move."""
    leaves: Sequence[str] = ()
    """Processes, or ANYONE, that may survive the run: they are shown, killed and collected."""
    edit: Edit = NO_EDIT
    """An edit that is applied to the program."""
    needs: tuple[str, ...] = ()
    """Capabilities of the machine that the step requires; see `simpsh doctor`."""
    guard: int | None = None
    """For a fork bomb: the maximum of living processes."""
    terminal: bool = False
    """Whether it runs on its own terminal in its own session."""
    births: tuple[str, ...] = ()
    """Names for forks whose result is not stored in a variable, in order of birth."""
    shows: str = "picture"
    """The display for the student: picture, output, nothing."""
    remark: str = ""
    """A sentence below the picture: how another run of the program may differ."""

    heading = "Watch"

    @property
    def demonstration(self) -> Run:
        return self

    @property
    def all_needs(self) -> tuple[str, ...]:
        more = ["guard"] if self.guard is not None else []
        more += ["terminal"] if self.terminal else []
        return tuple(dict.fromkeys([*super().all_needs, *more]))

    def perform(self, edit: Edit = NO_EDIT) -> Observation:
        from simpsh.course.run.demonstration_monitor import observe
        from simpsh.course.run.demonstration_process import body_of

        return observe(body_of(self, listing(self, edit)), self.setup(edit))

    def setup(self, edit: Edit = NO_EDIT) -> DemonstrationSetup:
        """Return the configuration of the run and its observation."""
        from simpsh.course.run.demonstration_setup import DemonstrationSetup
        from simpsh.trace.source.call_sites import CallSites

        listed = listing(self, edit)
        return DemonstrationSetup(
            main=self.main,
            source=listed.source,
            fork_names=names_by_line(self, listed),
            births=self.births,
            marks=listed.callouts,
            acts=tuple(self.at_rest),
            terminal=self.terminal,
            guard=self.guard,
            calls=self.calls,
            call_sites=CallSites() if isinstance(self.code, C) else None,
            names_programs=isinstance(self.code, Shell),
        )

    def parts(self, result: Result) -> Sequence[Part]:
        remarks = [Paragraph(marked(self.remark), "remark")] if self.remark else []
        return [*SHOWS.get(self.shows, ()), *remarks]

    def texts(self) -> Iterator[tuple[str, str]]:
        yield from super().texts()
        yield "remark", self.remark

    def problems(self, result: Result) -> Iterator[str]:
        if not isinstance(result, Observation):
            return
        if result.problem:
            yield result.problem
        unmeant = [
            f"{name} ({state})"
            for name, state in result.left.items()
            if name not in self.leaves and ANYONE not in self.leaves
        ]
        if unmeant and (not result.hangs or self.at_rest):
            yield f"it leaves processes: {', '.join(unmeant)}"


class Repair(Step):
    """A program with a bug; the claims must hold for the student's version."""

    run: Run
    """The broken program; the edit is one repair, and the claims are about the repaired one."""
    task: str
    """The symptom of the bug for a user of the program, and the correct behaviour."""
    fix_in_c: Edit
    """The same repair of the C version."""
    hint: str
    praise: str
    every_order: Sequence[Claim] = ()
    """Claims about all orders, as in an Explore, that one run cannot prove."""

    id = "repair"

    @property
    def claims(self) -> Sequence[Claim]:
        return (*self.run.claims, *self.every_order)

    @property
    def all_needs(self) -> tuple[str, ...]:
        more = ("every order",) if self.every_order else ()
        return (*self.run.all_needs, *more)

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "task", self.task
        yield from (("claim", claim.sentence) for claim in self.claims)
        yield from (("hint", claim.hint) for claim in self.claims)
        yield "hint", self.hint
        yield "praise", self.praise

    def program(self, end: ProgramEnd, *, is_broken: bool = True) -> str:
        """Return the broken program, or a solution, in a language."""
        code, edit = self.run.code, self.run.edit
        if end == "c" and isinstance(code, Python):
            code, edit = C(code.in_c), self.fix_in_c
        return _MARK.sub("", listing_of(code, NO_EDIT if is_broken else edit).source)

    def judging_runs(self, program: str, end: ProgramEnd) -> list[Running]:
        """Return the runs that judge a student's program: one observed run, then all orders.

        The program runs as a main program. Raises ListingFault if it cannot be compiled.
        """
        run = self.run
        variables = listing(run).fork_names.values()
        names = (*dict.fromkeys(variables), *run.births)
        births = names * _MOST_CHILDREN if len(names) == 1 else names
        code: C | Python = C(program)
        watch: Sequence[str] = ()
        if end == "py":
            Listing(program).compiled("")
            # A mark in a student's program is a comment.
            code, watch = Python(_MARK.sub("", program), is_students=True), run.watch
        tried = changed(run, code=code, edit=NO_EDIT, births=births, watch=watch)
        return [tried, *self.in_every_order(tried)]

    def in_every_order(self, run: Run) -> list[Explore]:
        """Return the search that judges `every_order`; empty if there is nothing to judge here."""
        from simpsh.process.machine_permits import missing

        settings = {name: getattr(run, name) for name in ("main", "births", "edit")}
        order = Explore(run.code, f"{run.id}-orders", self.every_order, _FREE_RUNS, **settings)
        is_known = isinstance(run.code, C) or not missing("orders of Python")
        return [order] if self.every_order and is_known else []


class Compare(Running):
    """One demonstration with several edits, each a row of a table."""

    run: Run | Explore
    id: str
    variants: Mapping[str, Edit]
    """The edits by the text of their rows; `nothing` or similar for Edit(())."""
    columns: Mapping[str, str]
    """By title: an expression about the run of each row."""
    claims: Sequence[Claim] = ()
    """Each names a row, `row('…')`; the other rows are its wrong variants."""
    title: str = ""
    needs: tuple[str, ...] = ()

    heading = "Compare"

    @property
    def demonstration(self) -> Run | Explore:
        return self.run

    @property
    def rows(self) -> Mapping[str, Edit]:
        return self.variants

    @property
    def watch(self) -> Sequence[str]:
        return self.run.watch

    @property
    def waiting_words(self) -> str:
        return self.run.waiting_words

    @property
    def all_needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.needs, *self.run.all_needs]))

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "title", self.title
        yield from (("row", row) for row in self.variants)
        yield from (("column", column) for column in self.columns)
        yield from super().texts()

    def perform(self, edit: Edit = NO_EDIT) -> dict[str, Observation | SearchResult]:
        # Every row's run observes the calls that the claims of the table name.
        run = changed(self.run, claims=[*self.run.claims, *self.claims])
        results: dict[str, Observation | SearchResult] = {}
        for number, (label, variant) in enumerate(self.variants.items(), 1):
            report_progress(f"{number} of {len(self.variants)}")
            results[label] = run.perform(variant + edit)
        return results

    def parts(self, result: Result) -> Sequence[Part]:
        if not isinstance(result, Mapping):
            return []
        rows = [
            [label, *(cell(column, run) for column in self.columns.values())]
            for label, run in result.items()
        ]
        table = Table([self.title, *self.columns], rows, caption="Comparison")
        return [table, *self.changes()]

    def changes(self) -> list[Table]:
        """Return the table of code changes by row; empty if no row changes the code."""
        base, head = listing(self.run).lines, listing(self.run).folded
        rows: list[list[Text]] = [
            ["" if index else label, where, styled(text, "code")]
            for label, edit in self.variants.items()
            for index, (where, text) in enumerate(
                changed_lines(base, base[:head] + listing(self.run, edit).lines[head:])
                if edit
                else ()
            )
        ]
        heads = [self.title, "line", "changed in the code"]
        return [Table(heads, rows, caption="What each row changes in the code")] if rows else []

    def problems(self, result: Result) -> Iterator[str]:
        if isinstance(result, Mapping):
            for row, one_run in result.items():
                yield from (f"row “{row}”: {problem}" for problem in self.run.problems(one_run))

    def with_fewer_runs(self, runs: int) -> Compare:
        return changed(self, run=self.run.with_fewer_runs(runs))


def cell(column: str, result: Result) -> str:
    """Return the cell of a row, as one line."""
    try:
        return as_typed(value(column, result)).replace("\n", "⏎")
    except NotThere:
        return "–"
    except Unknown:
        return "not known"


def as_typed(value: object) -> str:
    """Return a value as a student would type it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, set | frozenset):
        # Quote the members of a set of outputs: leading and trailing blanks matter.
        return ", ".join(sorted(quoted(str(member)) for member in value))
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).strip()


def changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each difference and its new lines of code, from top to bottom.

    Numbers are those of the listing before the edit, which the student has seen. Only the first
    line of a longer change is given.

    >>> list(changed_lines(["a", "b"], ["a", "new", "c"]))
    [('line 2 is', 'new'), ('', 'c')]
    """
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "delete":
            yield from ((f"no line {n + 1}", before[n].strip()) for n in range(start, end))
        elif kind != "equal":
            numbers = f"line {start + 1} is" if end == start + 1 else f"lines {start + 1}–{end} are"
            where = numbers if kind == "replace" else f"after line {start}" if start else "first"
            for text in textwrap.dedent("\n".join(after[new_start:new_end])).split("\n"):
                yield where, text.rstrip()
                where = ""


def recall_question(lesson: Lesson, index: int, turn: int) -> tuple[Lesson, bool]:
    """Return a lesson whose question at `index` differs from its first time.

    Also return whether its program is another one. `turn` counts from 1 how often it is asked
    again: the author's variants come first, then the program of the lesson.
    """
    steps = list(lesson.steps)
    question = steps[index]
    if not isinstance(question, Question):
        return lesson, False
    steps[index] = Question(
        question.question, *question.choices, part=question.part, hint=question.hint, turn=turn
    )
    target = target_of(lesson, question)
    programs = (*question.again, NO_EDIT)
    edit = programs[(turn - 1) % len(programs)]
    if isinstance(target, Run) and edit:
        steps[steps.index(target)] = changed(target, edit=target.edit + edit)
    return changed(lesson, steps=steps), bool(edit)
