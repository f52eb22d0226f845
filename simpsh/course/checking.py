"""Checking a lesson: each claim holds, each wrong variant of it is refused, each answer is one.

What the machine cannot show is skipped with the reason, and never counted as passed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simpsh.course import needs
from simpsh.course.answering import is_right, right_answer
from simpsh.course.edits import NO_EDIT
from simpsh.course.expectation import Unknown
from simpsh.course.noting import REFUSALS, Failed, Notes
from simpsh.course.observation import Observation
from simpsh.course.soundness import (
    dull_reason,
    facts_of_texts,
    listed,
    problems_of,
    rows_spoken_of,
    small,
)
from simpsh.course.steps import Ask, Compare, Explore, NotShown, Predict, Run, Show, Try
from simpsh.course.validating import AuthorFault
from simpsh.course.verdicts import LessonReport
from simpsh.course.walking import answer_to
from simpsh.course.why_lines import why_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from simpsh.course.edits import Edit
    from simpsh.course.lesson import Lesson
    from simpsh.course.scene import Result
    from simpsh.course.steps import AnyStep, Claim, Question, Running

    class Performer(Protocol):
        """Who runs demonstrations and lines."""

        def perform(self, step: Running, edit: Edit) -> Result:
            """Run a step with an edit."""

        def perform_line(self, line: str) -> Observation:
            """Run a line in a simpsh of its own."""


class Checking:
    """Checks one lesson, step by step.

    Args:
        lesson: what to check.
        performer: runs its demonstrations.
        too_large: tells which screens do not fit, from what was performed: step, and how large.
        known_faults: what is wrong with the lesson before anything runs.
    """

    def __init__(
        self,
        lesson: Lesson,
        performer: Performer,
        too_large: Callable[[Lesson, Mapping[str, Result]], Sequence[tuple[int, str]]],
        known_faults: Sequence[str] = (),
    ) -> None:
        self._lesson = lesson
        self._performer = performer
        self._too_large = too_large
        self._known_faults = known_faults
        self._results: dict[str, Result] = {}
        self._unshown: dict[str, str] = {}
        """Why a run cannot be shown here, by its id."""
        self._variants: dict[tuple[str, Edit], Result] = {}
        self._notes = Notes()

    def run(self) -> LessonReport:
        """Check everything, and return what was found."""
        start = time.monotonic()
        lesson, notes = self._lesson, self._notes
        for fault in self._known_faults:
            notes.failed("lesson", lesson.id, fault)
        for check in (self._check, self._check_question):
            for notes.step, step in enumerate(lesson.steps, 1):
                notes.where = str(getattr(step, "id", ""))
                check(step)
        notes.step, notes.where = 0, ""
        with notes.check("screen", "every screen fits 22 lines of 80 columns"):
            large = [
                f"step {step} has {size}" for step, size in self._too_large(lesson, self._results)
            ]
            if large:
                raise Failed("; ".join(large))
        return LessonReport(
            lesson.id,
            lesson.title,
            sorted(notes.checks, key=lambda one: one.step),
            said=(*lesson.facts, *facts_of_texts(lesson)),
            not_shown=tuple(one.fact for one in lesson.steps if isinstance(one, NotShown)),
            seconds=time.monotonic() - start,
        )

    # ----------------------------------------------------------------------- demonstrations

    def _check(self, step: AnyStep) -> None:
        if isinstance(step, Run | Compare | Explore):
            self._demonstration(small(step))
        elif isinstance(step, Try):
            self._try(step)
        elif isinstance(step, Show):
            self._show(step)

    def _demonstration(self, step: Running) -> None:
        with self._notes.check("run", f"“{step.id}” runs and leaves nothing behind"):
            try:
                _insist_on(needs.needs_of(step))
                result = self._performer.perform(step, NO_EDIT)
            except REFUSALS as refusal:
                self._unshown[step.id] = str(refusal)
                raise
            self._results[step.id] = result
            problems = list(problems_of(step, result))
            if problems:
                raise Failed("; ".join(problems))
        for claim in step.claims:
            self._claim(step, claim)

    def _claim(self, step: Running, claim: Claim) -> None:
        facts = (*step.facts, *claim.facts)
        if step.id not in self._results and step.id not in self._unshown:
            return  # it did not run, which is said already
        with self._notes.check("claim", claim.sentence, facts) as why:
            result = self._result_of(step.id)
            _insist_on(claim.needs)
            verdict = claim.expectation.judge(result)
            why += why_of(verdict, result)
            if not verdict.holds:
                raise Failed(verdict.because)
        if self._notes.checks[-1].verdict == "passed":
            self._refutations(step, claim)

    def _result_of(self, run: str) -> Result:
        if run in self._unshown:
            raise Unknown(self._unshown[run])
        return self._results[run]

    def _refutations(self, step: Running, claim: Claim) -> None:
        """Check that there are worlds in which a claim is false; having none is a known fault."""
        result = self._results[step.id]
        for wrong in claim.wrongs:
            self._variant(step, claim, wrong)
        if isinstance(result, Mapping) and not claim.wrongs:
            self._other_rows(claim, result)

    def _variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        with self._notes.check("variant", f"{claim.sentence} – refused: {wrong}") as why:
            key = step.id, wrong
            if key not in self._variants:
                self._variants[key] = self._performer.perform(step, wrong)
            result = self._variants[key]
            verdict = claim.expectation.judge(result)
            why.append(verdict.because)
            if verdict.holds:
                raise Failed("the claim holds of the wrong variant, too")
            if dull := dull_reason(result):
                raise Failed(f"the wrong variant does not run: {dull}")

    def _other_rows(self, claim: Claim, rows: Mapping[str, Result]) -> None:
        """Check that what is claimed of a row is not true of all the others as well."""
        with self._notes.check("row", f"{claim.sentence} – refused: another row") as why:
            parts = rows_spoken_of(claim.expectation)
            if not parts:
                raise Failed("it speaks of no row (`of`) and has no wrong variant: it cannot fail")
            for part in parts:
                others = [row for row in rows if row != part.variant]
                false = [row for row in others if not part.parts[0].holds(rows[row])]
                if not false:
                    raise Failed(f"what is said of “{part.variant}” is true of all other rows, too")
                why.append(f"“{part.variant}”: not so of {listed(false)}")

    # ------------------------------------------------------------------------- other steps

    def _try(self, step: Try) -> None:
        wanted = needs.needs_of(step)
        for line in (step.solution, *step.wrong):
            is_solution = line is step.solution
            kind, word = ("try", "accepted") if is_solution else ("line", "refused")
            facts = step.facts if is_solution else ()
            with self._notes.check(kind, f"`{line}` is {word}", facts) as why:
                _insist_on(wanted)
                verdict = step.expect.judge(self._performer.perform_line(line))
                why.append(verdict.because)
                if verdict.holds is not is_solution:
                    raise Failed(verdict.because)

    def _show(self, step: Show) -> None:
        result = self._results.get(step.of)
        if isinstance(result, Observation) and step.at not in result.moments:
            found = ", ".join(result.moments) or "none"
            problem = f"the run “{step.of}” has no moment {step.at}: it has {found}"
            self._notes.failed("show", f"a look at “{step.of}”", problem)

    def _check_question(self, step: AnyStep) -> None:
        if not isinstance(step, Predict | Ask):
            return
        target = answer_to(self._lesson, step)
        if target is not None and target.id not in {**self._results, **self._unshown}:
            return  # it did not run, which is said already
        kind = "question" if isinstance(step, Predict) else "answer"
        with self._notes.check(kind, step.question, step.facts) as why:
            if target is None:
                raise Failed("no run follows that answers it")
            why.append(_answer(step, self._result_of(target.id)))


def _answer(step: Question, result: Result) -> str:
    """Say what is right; raises Failed if that is not exactly one of the choices."""
    if isinstance(step, Predict):
        try:
            return f"right is “{step.right(result).text}”"
        except AuthorFault as fault:
            raise Failed(str(fault).removeprefix(f"question “{step.question}”: ")) from None
    answer = right_answer(step, result)
    for near in step.near:
        if is_right(str(near), answer):
            raise Failed(f"{near} is given as a near miss, and is the right answer")
    return f"right is {answer}"


def _insist_on(names: Sequence[str]) -> None:
    """Raise Unknown with the reason if this machine lacks one of these needs."""
    reason = needs.why_not(names)
    if reason:
        raise Unknown(reason)
