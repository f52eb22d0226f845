"""Checks that a listing does what its lesson says when a student runs it as it is printed.

A lesson's run is held at its marks, so it shows one order. Here each listing, in Python and in C,
runs freely: on a terminal, into a pipe, and beside busy processors. Then its claims and right
answers are judged in several orders without marks, and the explorer searches all orders. What the
lesson says must be the only result, or one of those that an Explore of the lesson lists.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from simpsh.base.events import What
from simpsh.base.own_program import INTERPRETER
from simpsh.base.patience import patience
from simpsh.base.record import changed
from simpsh.course.check.check_report import (
    BUSY,
    EXPLORED,
    ORDERS,
    PIPE,
    TERMINAL,
    WAYS,
    LessonReport,
)
from simpsh.course.check.lesson_check import CheckNotes
from simpsh.course.claims.claim import (
    NotThere,
    Proof,
    Result,
    Unknown,
    moments_in,
    value,
    verdict_of,
)
from simpsh.course.claims.demonstration import C, Function, Listing, Shell, listing
from simpsh.course.claims.observation import (
    END,
    REST,
    Observation,
    StuckOutput,
    moment_parts,
    quoted,
)
from simpsh.course.lesson.ask_step import Ask
from simpsh.course.lesson.c_beside_python import NotInC, c_names, c_source_of, is_python
from simpsh.course.lesson.explore_step import Explore
from simpsh.course.lesson.lesson import CheckFailed, Lesson, Question, answer_to, runs_of
from simpsh.course.lesson.run_step import Run
from simpsh.course.run.c_compilation import compile_source
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import body_of
from simpsh.course.run.free_runs import ListingEnd, busy_processors, find_end, run_freely
from simpsh.course.run.line_orders import (
    ALL_LATE,
    CHILDREN_FIRST,
    explored_argv,
    outcomes_of,
    python_text,
)
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.own_directory import own_directory

FREE_RUNS = 10
"""The number of free runs in each way."""
_FREE_SECONDS, _RESTING_SECONDS = 20.0 * patience(), 2.0 * patience()
_SEARCH_SECONDS = 20.0 * patience()
_SHOWN_RUNS, _MOST_SHOWN, _MOST_LATE = 3, 3, 4
_FILE_NAME = "demonstration.py"


class ListingCheck(CheckNotes):
    """Checks the listings of one lesson, in some of the WAYS."""

    def __init__(
        self, lesson: Lesson, free_runs: int = FREE_RUNS, ways: Collection[str] = WAYS
    ) -> None:
        super().__init__()
        self._lesson = lesson
        self._free_runs = free_runs
        self._ways = ways
        self._ends: set[str] = set()
        """The outputs of the current listing."""
        self._text: Callable[[str], str] = str
        """Removes from an output what differs in equal runs."""
        self._varies = False
        """Whether even the lesson's own runs print something else each time."""

    def run(self) -> LessonReport:
        """Check each listing, and return the report."""
        start, done = time.monotonic(), set[str]()
        for step in runs_of(self._lesson).values():
            self.step, self.where = self._lesson.steps.index(step) + 1, step.id
            shown: object = step.demonstration
            if isinstance(shown, Run | Explore) and listing(shown).source not in done:
                done.add(listing(shown).source)
                self._listing(shown, listing(shown))
        seconds = time.monotonic() - start
        return LessonReport(self._lesson.id, self._lesson.title, self.checks, seconds=seconds)

    def _listing(self, step: Run | Explore, listed: Listing) -> None:
        """Check one listing in each way."""
        results: list[Result] = []
        with self.check("listing", f"“{step.id}” runs as the lesson runs it"):
            self.insist_on(step.all_needs)
            if "root" in step.all_needs and not _is_everybodys(sys.base_prefix):
                raise Unknown("another user cannot execute this Python")
            count = _SHOWN_RUNS if isinstance(step, Run) else 1
            results += [step.with_fewer_runs(1).perform() for _ in range(count)]
        if not results:
            return  # this is already reported
        result = results[0]
        seen = [find_end(one).output for one in results if isinstance(one, Observation)]
        self._text = partial(remove_measurements, seen)
        if getattr(step, "any_order", False):
            self._text = sort_lines
        self._varies = len({*map(self._text, seen)} - {*getattr(step, "may_print", ())}) > 1
        allowed = self._allowed(step, listed, result)
        self._ends.clear()
        commands: dict[str, Callable[[str], tuple[str, ...]]] = {"": partial(prepare_program, step)}
        if is_python(step) and not step.edit:
            commands[" in C"] = lambda _: prepare_in_c(step)
        for language, command in commands.items():
            with suppress(NotInC), own_directory("simpsh-listing-") as folder:
                argv = command(folder)
                for way in (one for one in (TERMINAL, PIPE, BUSY) if one in self._ways):
                    told = self._on_terminal(step, listed) if way == TERMINAL else ()
                    at_way = told or allowed
                    self._free(step, argv, way, at_way, language)
                if EXPLORED in self._ways:
                    # Of a line, all orders of sh are explored: simpsh itself is a Python program.
                    is_shell = isinstance(step.code, Shell)
                    explored = explored_argv(step, listed) if is_shell else argv
                    self._explore(step, explored, allowed, language)
        if isinstance(step, Run) and isinstance(result, Observation):
            if ORDERS in self._ways:
                self._orders(step, result, allowed)
            for text in step.may_print:
                with self.check("listing", f"“{step.id}” can print {quoted(text)}"):
                    if text not in self._ends:
                        raise CheckFailed("no run and no order does")

    def _allowed(
        self, step: Run | Explore, listed: Listing, result: object
    ) -> Collection[ListingEnd]:
        """Return the results that the lesson shows: that of the run, and of its Explores."""
        allowed = {find_end(result)} if isinstance(result, Observation) else set()
        allowed |= {ListingEnd(text) for text in getattr(step, "may_print", ())}
        for other in runs_of(self._lesson).values():
            explore = other.demonstration
            if isinstance(explore, Explore) and listing(explore).source == listed.source:
                found = result if explore is step else explore.with_fewer_runs(1).perform()
                possible = getattr(found, "possible", {})
                allowed |= {
                    ListingEnd(str(text), isinstance(text, StuckOutput)) for text in possible
                }
        return allowed

    def _on_terminal(self, step: Run | Explore, listed: Listing) -> Collection[ListingEnd]:
        """Return the results on a terminal that the lesson shows; empty if it shows none."""
        if text := getattr(step, "on_terminal", ""):
            return {ListingEnd(text)}
        others = [one for one in runs_of(self._lesson).values() if isinstance(one, Run)]
        runs = [
            one.perform() for one in others if one.terminal and listing(one).source == listed.source
        ]
        ends = map(find_end, runs)
        return {changed(end, output=end.output.replace("\r\n", "\n")) for end in ends}

    def _free(
        self,
        step: Run | Explore,
        argv: tuple[str, ...],
        way: str,
        allowed: Collection[ListingEnd],
        language: str,
    ) -> None:
        sentence = f"“{step.id}”{language}, {way}: {self._free_runs} free runs"
        with self.check(way, sentence) as why:
            if getattr(step, "guard", None) is not None or getattr(step, "terminal", False):
                raise Unknown("it runs only with a guard, or with its own terminal")
            # A program that sleeps for long is not known to rest.
            may_rest = any(end.is_stuck for end in allowed)
            seconds = _RESTING_SECONDS if may_rest else _FREE_SECONDS
            with busy_processors() if way == BUSY else nullcontext():
                on_terminal = way == TERMINAL
                ends = run_freely(argv, self._free_runs, seconds, on_terminal=on_terminal)
            if not ends:
                raise Unknown("no free run came to its end, or to rest, in time")
            why.append(f"{len(ends)} runs ended")
            self._insist(ends, allowed)

    def _explore(
        self,
        step: Run | Explore,
        argv: tuple[str, ...],
        allowed: Collection[ListingEnd],
        language: str,
    ) -> None:
        with self.check(EXPLORED, f"“{step.id}”{language}: all orders"):
            if getattr(step, "guard", None) is not None or getattr(step, "terminal", False):
                raise Unknown("it runs only with a guard, or with its own terminal")
            if getattr(step, "at_rest", ()):
                raise Unknown("its user acts, and the explorer has none")
            outcomes, is_complete = outcomes_of(argv, _SEARCH_SECONDS)
            if not is_complete:
                # Then the tracer itself may have caused an outcome, as in /proc.
                raise Unknown("the explorer cannot follow every order of it")
            ends = [ListingEnd(one.output, one.is_stuck) for one in outcomes]
            if getattr(step, "leaves", ()) and any(end.is_stuck for end in allowed):
                # In the explorer time passes, so a process that is left may end.
                ends = [changed(end, is_stuck=True) for end in ends]
            self._insist(ends, allowed)

    def _insist(self, ends: Sequence[ListingEnd], allowed: Collection[ListingEnd]) -> None:
        """Raise CheckFailed if there is another result than those of the lesson."""
        if self._varies:
            raise Unknown("its output differs from run to run in the lesson, too")
        self._ends.update(end.output for end in ends)
        told = {*map(self._plain, allowed)}
        others = Counter(end for end in map(self._plain, ends) if end not in told)
        if others:
            shown = [f"{_words(end)} ({count} times)" for end, count in others.items()]
            raise CheckFailed(
                f"{sum(others.values())} other results: {'; '.join(shown[:_MOST_SHOWN])}; "
                f"the lesson shows {', '.join(map(_words, allowed))}"
            )

    def _plain(self, end: ListingEnd) -> ListingEnd:
        return changed(end, output=self._text(end.output))

    def _orders(self, step: Run, result: Observation, allowed: Collection[ListingEnd]) -> None:
        """Judge claims and right answers in several orders without marks."""
        proofs = [*_proofs(self._lesson, step, result)]
        with self.check(ORDERS, f"“{step.id}” without marks, in several orders") as why:
            for run in observe_orders(step):
                why.append(f"{len(run.events)} events")
                if any(_reads_of_others(event.what) for event in run.events):
                    raise Unknown("it reads of another process in /proc, which shows the tracer")
                if not self._varies:
                    self._insist([find_end(run)], allowed)
                for sentence, proof in proofs:
                    verdict = verdict_of(proof, run)
                    if verdict.holds is None:
                        raise Unknown(verdict.because)
                    if not verdict.holds:
                        raise CheckFailed(f"{sentence} – {verdict.because}")


def _proofs(lesson: Lesson, step: Run, result: Observation) -> Iterator[tuple[str, Proof]]:
    """Yield the claims and right answers about a run that name no mark."""
    pairs = [(claim.sentence, claim.proof) for claim in step.claims]
    for question in lesson.steps:
        if not isinstance(question, Question) or answer_to(lesson, question) is None:
            continue
        target = answer_to(lesson, question)
        if target is None or target.demonstration is not step or target is not step:
            continue
        with suppress(NotThere, Unknown):
            if isinstance(question, Ask):
                answer = value(question.answer, result)
                pairs.append((question.question, f"({question.answer}) == {answer!r}"))
            elif (right := question.right_index(result)) is not None:
                pairs.append((question.question, question.choices[right].proof))
    for sentence, proof in pairs:
        if all(moment_parts(one)[0] in (REST, END) for one in moments_in(proof)):
            yield sentence, proof


def _is_everybodys(path: str) -> bool:
    """Return whether each user can reach a directory."""
    parents = [path, *map(str, Path(path).parents)]
    return all(os.stat(parent).st_mode & stat.S_IXOTH for parent in parents)


def _words(end: ListingEnd) -> str:
    return quoted(end.output) + " and rests" * end.is_stuck


def _reads_of_others(what: What) -> bool:
    return re.match(r"/proc/\d", str(getattr(what, "path", ""))) is not None


def sort_lines(text: str) -> str:
    """Return a text with its lines in alphabetical order."""
    return "".join(sorted(text.splitlines(keepends=True)))


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_DIRECTORY = re.compile(r"\S*/simpsh-lesson-\w+")


def remove_measurements(seen: Sequence[str], text: str) -> str:
    r"""Return an output with a sign for its directory and for each number that is a measurement.

    Numbers in which the outputs in `seen`, of equal runs, differ are times, sizes or pids. So are
    the other numbers of such a row: a short time may be the same by chance.

    >>> remove_measurements(["1\nx: 20 ns, 3", "1\nx: 31 ns, 3"], "1\nx: 25 ns, 4")
    '1\nx: … ns, …'
    """
    if not seen:
        return _DIRECTORY.sub("…", text)
    split = [_NUMBER.split(_DIRECTORY.sub("…", one)) for one in (text, *seen)]
    if len({tuple(parts[::2]) for parts in split}) > 1:
        return _DIRECTORY.sub("…", text)
    vary = [len({*column}) > 1 for column in zip(*split[1:], strict=True)]
    rows = [sum(part.count("\n") for part in split[1][:place]) for place in range(len(vary))]
    measured = {row for row, its in zip(rows, vary, strict=True) if its}
    vary = [place % 2 > 0 and row in measured for place, row in enumerate(rows)]
    return "".join("…" if its else part for part, its in zip(split[0], vary, strict=True))


# A listing as a program.


def prepare_program(step: Run | Explore, folder: str) -> tuple[str, ...]:
    """Return the command that runs a listing as it is printed; its file is put into `folder`."""
    code, listed = step.code, listing(step)
    if isinstance(code, C):
        return (compile_source(listed.source, code.flags),)
    if isinstance(code, Shell):
        program = code.program or (*INTERPRETER, "-c")
        return (file_to_execute(program[0], os.environ), *program[1:], listed.source)
    path = os.path.join(folder, _FILE_NAME)
    with open(path, "w", encoding="utf-8") as file:
        file.write(python_text(code, listed.source) + "\n")
    return (sys.executable, path)


def prepare_in_c(step: Run | Explore) -> tuple[str, ...]:
    """Return the command that runs a listing's C; raises NotInC, CompilerSays."""
    code: Function = step.code  # type: ignore[assignment]  # no Source
    source, name = c_source_of(code), code.__name__
    source.listing(c_names(step))  # raises NotInC
    name = f"{name}_" if f"void {name}_(void)" in source.text else name
    if f"/* {code.__name__} is not compared:" in source.text:
        raise NotInC("its output is not that of the Python")
    return (compile_source(f"{source.text}\nint main(void) {{\n    {name}();\n}}\n"),)


def observe_orders(step: Run) -> Iterator[Observation]:
    """Yield observed runs in several orders, in which no mark holds a process.

    Raises NotObservable, NotGuarded.
    """
    body, setup = body_of(step, listing(step)), changed(step.setup(), marks={})
    first = observe(body, changed(setup, order=CHILDREN_FIRST))
    yield first
    yield observe(body, changed(setup, late=ALL_LATE))
    births = len(first.names) - 1
    for birth in range(1, min(births, _MOST_LATE) + 1 if births > 1 else 1):
        yield observe(body, changed(setup, late=(birth,)))
