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
from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.guarding import NotGuarded
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
from simpsh.course.verdicts import FAILED, PASSED, SKIPPED, Check, LessonReport
from simpsh.course.walking import answer_to
from simpsh.course.why_lines import why_of
from simpsh.errors import SimpshError
from simpsh.trace.starting import NotTraceable

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
        too_tall: tells which screens do not fit, from what was performed.
        known_faults: what is wrong with the lesson before anything runs.
    """

    def __init__(
        self,
        lesson: Lesson,
        performer: Performer,
        too_tall: Callable[[Lesson, Mapping[str, Result]], Sequence[tuple[int, str]]],
        known_faults: Sequence[str] = (),
    ) -> None:
        self._lesson = lesson
        self._performer = performer
        self._too_tall = too_tall
        self._known_faults = known_faults
        self._results: dict[str, Result] = {}
        self._skipped: dict[str, str] = {}
        self._variants: dict[tuple[str, Edit], Result] = {}
        self._step: tuple[int, str] = (0, "")
        self._report = LessonReport(lesson.id, lesson.title)

    def run(self) -> LessonReport:
        """Check everything, and return what was found."""
        start = time.monotonic()
        lesson, report = self._lesson, self._report
        for fault in self._known_faults:
            self._note("lesson", lesson.id, FAILED, fault)
        for number, step in enumerate(lesson.steps, 1):
            self._step = number, str(getattr(step, "id", ""))
            try:
                self._check(step)
            except Exception as problem:  # noqa: BLE001 - a defect of ours must not hide the rest
                self._note("run", "the step is checked to its end", FAILED, _of_ours(problem))
        for number, step in enumerate(lesson.steps, 1):
            self._step = number, ""
            if isinstance(step, Predict | Ask):
                self._question(step)
        self._step = 0, ""
        if not self._skipped:
            for number, sentence in self._too_tall(lesson, self._results):
                self._step = number, ""
                self._note("screen", "the screen fits 22 rows of 80 columns", FAILED, sentence)
        report.checks.sort(key=lambda one: one.step)
        report.said = (*lesson.facts, *facts_of_texts(lesson))
        report.not_shown = tuple(one.fact for one in lesson.steps if isinstance(one, NotShown))
        report.seconds = time.monotonic() - start
        return report

    # ------------------------------------------------------------------------------ steps

    def _check(self, step: AnyStep) -> None:
        if isinstance(step, Run | Compare | Explore):
            self._demonstration(small(step))
        elif isinstance(step, Try):
            self._try(step)
        elif isinstance(step, Show):
            self._show(step)

    def _demonstration(self, step: Running) -> None:
        try:
            reason = needs.why_not(needs.needs_of(step))
            result = None if reason else self._performer.perform(step, NO_EDIT)
        except (NotGuarded, NotTraceable) as refusal:
            reason, result = str(refusal), None
        except SimpshError as fault:
            self._note("run", f"“{step.id}” runs", FAILED, str(fault))
            return
        if result is None:
            self._skip(step, reason)
            return
        self._results[step.id] = result
        problems = list(problems_of(step, result))
        for problem in problems:
            self._note("run", f"“{step.id}” runs and leaves nothing behind", FAILED, problem)
        if not problems:
            self._note("run", f"“{step.id}” runs and leaves nothing behind", PASSED)
        for claim in step.claims:
            self._claim(step, claim, result)

    def _skip(self, step: Running, reason: str) -> None:
        self._skipped[step.id] = reason
        for claim in step.claims:
            facts = (*step.facts, *claim.facts)
            self._note("claim", claim.sentence, SKIPPED, reason, facts=facts)
        if not step.claims:
            self._note("run", f"“{step.id}” runs", SKIPPED, reason, facts=step.facts)

    def _claim(self, step: Running, claim: Claim, result: Result) -> None:
        facts = (*step.facts, *claim.facts)
        try:
            _insist_on(claim.needs)
            verdict = claim.expectation.judge(result)
        except Unknown as unknown:
            self._note("claim", claim.sentence, SKIPPED, str(unknown), facts=facts)
            return
        except SimpshError as fault:
            self._note("claim", claim.sentence, FAILED, str(fault), facts=facts)
            return
        why = why_of(verdict, result)
        if verdict.holds:
            self._note("claim", claim.sentence, PASSED, facts=facts, why=why)
            self._refutations(step, claim, result)
        else:
            self._note("claim", claim.sentence, FAILED, verdict.because, facts=facts, why=why)

    def _refutations(self, step: Running, claim: Claim, result: Result) -> None:
        """Check that there are worlds in which a claim is false."""
        if isinstance(step, Compare) and not claim.wrongs:
            self._other_rows(claim, result)
        elif not claim.wrongs:
            self._note("variant", claim.sentence, FAILED, "it has no wrong variant: it cannot fail")
        for wrong in claim.wrongs:
            self._variant(step, claim, wrong)

    def _variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        sentence = f"{claim.sentence} – refused: {wrong}"
        try:
            result = self._of_variant(step, wrong)
            verdict = claim.expectation.judge(result)
        except Unknown as unknown:
            self._note("variant", sentence, SKIPPED, str(unknown))
            return
        except SimpshError as fault:
            self._note("variant", sentence, FAILED, str(fault))
            return
        dull = dull_reason(result)
        if verdict.holds:
            self._note("variant", sentence, FAILED, "the claim holds of the wrong variant, too")
        elif dull:
            self._note("variant", sentence, FAILED, f"the wrong variant does not run: {dull}")
        else:
            self._note("variant", sentence, PASSED, why=(verdict.because,))

    def _of_variant(self, step: Running, wrong: Edit) -> Result:
        key = step.id, wrong
        if key not in self._variants:
            self._variants[key] = self._performer.perform(step, wrong)
        return self._variants[key]

    def _other_rows(self, claim: Claim, result: Result) -> None:
        """Check that what is claimed of a row is not true of all the others as well."""
        sentence = f"{claim.sentence} – refused: another row"
        if not isinstance(result, Mapping):
            return
        parts = list(rows_spoken_of(claim.expectation))
        if not parts:
            problem = "it speaks of no row (`of`) and has no wrong variant: it cannot fail"
            self._note("row", sentence, FAILED, problem)
        for part in parts:
            others = [row for row in result if row != part.variant]
            contradicting = [row for row in others if not part.parts[0].holds(result[row])]
            if contradicting:
                why = (f"“{part.variant}”: not so of {listed(contradicting)}",)
                self._note("row", sentence, PASSED, why=why)
            else:
                problem = f"what is said of “{part.variant}” is true of every other row, too"
                self._note("row", sentence, FAILED, problem)

    def _try(self, step: Try) -> None:
        reason = needs.why_not(needs.needs_of(step))
        for line, is_solution in ((step.solution, True), *((one, False) for one in step.wrong)):
            kind = "try" if is_solution else "line"
            facts = step.facts if is_solution else ()
            sentence = f"`{line}` is {'accepted' if is_solution else 'refused'}"
            if reason:
                self._note(kind, sentence, SKIPPED, reason, facts=facts)
                continue
            try:
                verdict = step.expect.judge(self._performer.perform_line(line))
            except Unknown as unknown:
                self._note(kind, sentence, SKIPPED, str(unknown), facts=facts)
                continue
            is_right = verdict.holds is is_solution
            self._note(
                kind,
                sentence,
                PASSED if is_right else FAILED,
                "" if is_right else verdict.because,
                facts=facts,
                why=(verdict.because,),
            )
        if not step.wrong:
            self._note("line", step.task, FAILED, "the task has no wrong line: it cannot fail")

    def _show(self, step: Show) -> None:
        result = self._results.get(step.of)
        if isinstance(result, Observation) and step.at not in result.moments:
            found = ", ".join(result.moments) or "none"
            problem = f"the run “{step.of}” has no moment {step.at}: it has {found}"
            self._note("show", f"a look at “{step.of}”", FAILED, problem)

    def _question(self, step: Question) -> None:
        kind = "question" if isinstance(step, Predict) else "answer"
        try:
            result = self._answering(step)
            if result is None:
                return  # it did not run, which is said already
            why = self._answer(step, result)
        except Unknown as unknown:
            self._note(kind, step.question, SKIPPED, str(unknown), facts=step.facts)
        except (NotThere, SimpshError) as fault:
            self._note(kind, step.question, FAILED, str(fault), facts=step.facts)
        else:
            self._note(kind, step.question, PASSED, facts=step.facts, why=(why,))

    def _answering(self, step: Question) -> Result | None:
        """Return what answers a question; None if that failed; raises Unknown, AuthorFault."""
        target = answer_to(self._lesson, step)
        if target is None:
            raise AuthorFault("no run follows that answers it")
        if target.id in self._skipped:
            raise Unknown(self._skipped[target.id])
        return self._results.get(target.id)

    @staticmethod
    def _answer(step: Question, result: Result) -> str:
        if isinstance(step, Predict):
            return f"right is “{step.right(result).text}”"
        answer = right_answer(step, result)
        for near in step.near:
            if is_right(str(near), answer):
                raise AuthorFault(f"{near} is given as a near miss, and is the right answer")
        return f"right is {answer}"

    def _note(
        self,
        kind: str,
        sentence: str,
        verdict: str,
        reason: str = "",
        *,
        facts: tuple[str, ...] = (),
        why: tuple[str, ...] = (),
    ) -> None:
        number, where = self._step
        self._report.checks.append(
            Check(kind, sentence, verdict, reason, number, where, facts, why)
        )


def _of_ours(problem: Exception) -> str:
    """Say where something broke that no author has broken."""
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})" if place else ""
    return f"the engine broke: {type(problem).__name__}: {problem}{where}"


def _insist_on(names: tuple[str, ...]) -> None:
    """Raise Unknown with the reason if this machine lacks one of these needs."""
    reason = needs.why_not(names)
    if reason:
        raise Unknown(reason)
