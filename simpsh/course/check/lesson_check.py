"""Checks one lesson: its claims hold, their wrong variants fail, each question has one answer.

Checks that the machine does not permit are skipped with the reason and never counted as passed.
Results are recorded with their evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from traceback import walk_tb
from typing import get_args

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.course.check.check_report import FAILED, PASSED, SKIPPED, CheckResult, LessonReport
from simpsh.course.claims.claim import (
    NotThere,
    Proof,
    Result,
    Unknown,
    Verdict,
    rows_in,
    verdict_of,
)
from simpsh.course.claims.demonstration import Claim, Edit
from simpsh.course.claims.observation import Observation, SearchResult
from simpsh.course.lesson.lesson import CheckFailed, Lesson, Question, Running, answer_to
from simpsh.course.lesson.lesson_faults import term_faults
from simpsh.course.lesson.run_steps import ProgramEnd, Repair
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.lesson.text_steps import AnyStep, Say, Show, Try
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.course.run.typed_line import (
    PATIENT_SECONDS,
    SEARCH_SECONDS,
    LineVerdict,
    calls_of_task,
    judged,
    perform_line,
)
from simpsh.process.machine_permits import why_not
from simpsh.process.process_containment import NotGuarded
from simpsh.trace.tracer.traced_command import NotTraceable

_MOST_EVENTS = 6

REFUSALS = (Unknown, NotGuarded, NotObservable, NotTraceable)
"""Exceptions for checks that the machine does not permit or cannot decide: skipped, not passed."""

NATIVE_RUNS = 3
"""The number of free runs of a race in a check."""
_MISTAKES = (
    "SyntaxError",
    "IndentationError",
    "NameError",
    "UnboundLocalError",
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
)
"""Exceptions of a variant that fails in an unintended way."""


class LessonCheck:
    """Checks one lesson, step by step.

    `known_faults` are the faults found without running the lesson. `natives` is the maximum number
    of free runs of a race.
    """

    def __init__(
        self,
        lesson: Lesson,
        known_faults: Sequence[str] = (),
        glossary: Glossary | None = None,
        natives: int = NATIVE_RUNS,
    ) -> None:
        self.checks: list[CheckResult] = []
        self.step = 0
        """The number of the current step; 0 for the lesson as a whole."""
        self.where = ""
        self.lesson = lesson
        self._natives = natives
        self._known_faults = known_faults
        self._glossary = glossary or Glossary({})
        self.results: dict[str, Result] = {}
        self.unshown: dict[str, str] = {}
        """The reasons why runs cannot be shown here, by id."""
        self._variants: dict[tuple[str, Edit], Result] = {}

    def run(self) -> LessonReport:
        """Run all checks and return the report."""
        lesson = self.lesson
        for fault in self._known_faults:
            self.note_failure("lesson", lesson.id, fault)
        # Questions come last, because a later step answers them.
        for are_questions in (False, True):
            for self.step, step in enumerate(lesson.steps, 1):
                if isinstance(step, Question) is are_questions:
                    self.where = step.id if isinstance(step, Running) else ""
                    self._check(step)  # type: ignore[arg-type]  # a kind
        self.step, self.where = 0, ""
        for fault in term_faults(lesson, self._glossary):
            self.note_failure("text", lesson.id, fault)
        return LessonReport(
            lesson.id, lesson.title, sorted(self.checks, key=lambda check: check.step)
        )

    def _check(self, step: AnyStep) -> None:
        match step:
            case Question():
                self._answer(step)
            case Running():
                self.demonstrate(step)
            case Show():
                result = self.results.get(step.of)
                if isinstance(result, Observation) and step.at not in result.moments:
                    has = f"has no moment {step.at}: it has {', '.join(result.moments) or 'none'}"
                    self.note_failure(
                        "show", f"a look at “{step.of}”", f"the run “{step.of}” {has}"
                    )
            case Try():
                self.judge(step, {**dict.fromkeys(step.wrong, False), step.solution: True})
            case Repair():
                self._prove_repair(step)
            case Say():
                pass

    # -- one check ---------------------------------------------------------------------------------

    def insist_on(self, needs: Sequence[str]) -> None:
        """Raise Unknown with the reason if this machine lacks one of these needs."""
        if reason := why_not(needs):
            raise Unknown(reason)

    def note_failure(self, kind: str, sentence: str, reason: str) -> None:
        """Record a failed check."""
        self.checks.append(CheckResult(kind, sentence, FAILED, reason, self.step, self.where))

    @contextmanager
    def check(self, kind: str, sentence: str) -> Iterator[list[str]]:
        """Record one check, which passes if the block ends normally.

        Yields:
            A list for the lines of evidence that `check --why` prints.
        """
        why: list[str] = []
        verdict, reason = PASSED, ""
        try:
            yield why
        except REFUSALS as refusal:
            verdict, reason = SKIPPED, str(refusal)
        except (CheckFailed, NotThere, SimpshError) as fault:
            verdict, reason = FAILED, str(fault)
        except OSError as problem:
            # The machine reports an error, such as a full disk.
            verdict, reason = FAILED, console.in_words(problem)
        except Exception as problem:  # noqa: BLE001 - a defect of ours must not hide the rest
            *_, (frame, line) = walk_tb(problem.__traceback__)
            where = f"{frame.f_code.co_filename}:{line}"
            verdict = FAILED
            reason = f"the engine broke: {type(problem).__name__}: {problem} ({where})"
        self.checks.append(
            CheckResult(kind, sentence, verdict, reason, self.step, self.where, tuple(why))
        )

    # -- tasks and repairs ------------------------------------------------------------------------

    def judge(self, task: Try, lines: dict[str, bool]) -> list[LineVerdict]:
        """Check that these lines are accepted or refused."""
        verdicts: list[LineVerdict] = []
        for line, is_right in lines.items():
            kind = "try" if line == task.solution else "line"
            word = "accepted" if is_right else "refused"
            with self.check(kind, f"`{line}` is {word}") as why:
                self.insist_on(task.all_needs)
                verdict = self.judge_line(task, line, is_right=is_right)
                verdicts.append(verdict)
                why += filter(None, [verdict.because, verdict.scope])
                if verdict.holds is not is_right:
                    raise CheckFailed("; ".join(why) or "every sub-claim holds")
        return verdicts

    @staticmethod
    def judge_line(task: Try, typed: str, *, is_right: bool) -> LineVerdict:
        """Run and judge a line; raises Unknown if this machine cannot decide."""
        seen = perform_line(typed, calls_of_task(task.asks))
        # A busy machine may try too few orders in the time for which a student waits.
        verdict = judged(task.asks, typed, seen, SEARCH_SECONDS if is_right else PATIENT_SECONDS)
        if verdict.doubt:
            raise Unknown(verdict.doubt)
        return verdict

    def _prove_repair(self, repair: Repair) -> None:
        """Check that broken programs fail, solutions pass, and wrong variants are refused."""
        # In Python the demonstration is the solution, and its wrong variants must be rejected.
        # A lesson can have a run of the same name.
        own = changed(repair.run, id=repair.id)
        for step in (own, *repair.in_every_order(own)):
            self.demonstrate(step)
        # The student's file is independent of the demonstration.
        for end, is_broken in product(get_args(ProgramEnd), (True, False)):
            which = "broken program fails" if is_broken else "solution passes"
            with self.check("repair", f"the {which} ({end})") as why:
                for_orders = ["orders of Python"] * bool(repair.every_order)
                self.insist_on((*repair.all_needs, *(["compiler"] if end == "c" else for_orders)))
                for run in repair.judging_runs(repair.program(end, is_broken=is_broken), end):
                    result = run.perform()
                    verdicts = [_decided(claim.proof, result) for claim in run.claims]
                    why += run.problems(result)
                    why += [verdict.because for verdict in verdicts if not verdict.holds]
                if bool(why) is not is_broken:
                    raise CheckFailed("; ".join(why) or "every claim holds of it")

    # -- runs and questions -----------------------------------------------------------------------

    def demonstrate(self, step: Running) -> None:
        """Run the step and judge its claims."""
        with self.check("run", f"“{step.id}” runs and leaves no process"):
            cheap = step.with_fewer_runs(self._natives)
            try:
                self.insist_on(step.all_needs)
                result = cheap.perform()
            except REFUSALS as refusal:
                self.unshown[step.id] = str(refusal)
                raise
            self.results[step.id] = result
            if problems := [*step.problems(result)]:
                raise CheckFailed("; ".join(problems))
        if step.id not in self.results and step.id not in self.unshown:
            return  # the run failed, which is already reported
        for claim in step.claims:
            with self.check("claim", claim.sentence) as why:
                result = self._result_of(step.id)
                self.insist_on(claim.needs)
                verdict = _decided(claim.proof, result)
                why.append(verdict.because)
                if not verdict.holds:
                    raise CheckFailed(verdict.because)
            if self.checks[-1].verdict == PASSED:
                for wrong in claim.wrongs:
                    self._refute_by_variant(cheap, claim, wrong)
                if isinstance(result, Mapping) and not claim.wrongs:
                    self._refute_by_rows(result, claim)

    def _refute_by_rows(self, rows: Mapping[str, Observation | SearchResult], claim: Claim) -> None:
        """Check that a claim about a row of a comparison is false for another row."""
        with self.check("row", f"{claim.sentence} – refused: another row") as why:
            named = rows_in(claim.proof)
            if not named:
                raise CheckFailed("it names no row and has no wrong variant: it cannot fail")
            for row in dict.fromkeys(named):
                others = [other for other in rows if other != row]
                false = [
                    other
                    for other in others
                    if not _decided(claim.proof, {**rows, row: rows[other]}).holds
                ]
                if not false:
                    raise CheckFailed(f"the claim about “{row}” also holds for all other rows")
                names = ", ".join(f"“{other}”" for other in false)
                why.append(f"“{row}”: not so of {names}")

    def _refute_by_variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        """Check that a claim is false for a wrong variant."""
        with self.check("variant", f"{claim.sentence} – refused: {wrong}") as why:
            key = step.id, wrong
            if key not in self._variants:
                self._variants[key] = step.perform(wrong)
            result = self._variants[key]
            verdict = _decided(claim.proof, result)
            why.append(verdict.because)
            if verdict.holds:
                raise CheckFailed("the claim also holds for the wrong variant")
            for run in result.values() if isinstance(result, Mapping) else (result,):
                problem = run.problem if isinstance(run, Observation) else ""
                if any(word in problem for word in _MISTAKES):
                    raise CheckFailed(f"the wrong variant does not run: {problem}")

    def _answer(self, question: Question) -> None:
        """Check that the run gives exactly one answer."""
        target = answer_to(self.lesson, question)
        if target is not None and target.id not in {**self.results, **self.unshown}:
            return  # the run failed, which is already reported
        with self.check("question", question.question) as why:
            if target is None:
                raise CheckFailed("no run follows that answers it")
            why.append(f"right is {_right(question, self._result_of(target.id))}")
        for edit in question.again:
            self._ask_again(question, target, edit)

    def _ask_again(self, question: Question, target: Running | None, edit: Edit) -> None:
        """Check that a variant of the run makes exactly one choice true, and another one."""
        with self.check("again", f"{question.question} – asked again with {edit}") as why:
            if target is None:
                raise CheckFailed("no run follows that answers it")
            first = _right(question, self._result_of(target.id))
            key = target.id, edit
            if key not in self._variants:
                self._variants[key] = target.perform(edit)
            right = _right(question, self._variants[key])
            why.append(f"right is {right}")
            if right == first:
                raise CheckFailed(f"right is {right}, as of the lesson's own program")

    def _result_of(self, run: str) -> Result:
        if run in self.unshown:
            raise Unknown(self.unshown[run])
        return self.results[run]


def _right(question: Question, result: Result) -> str:
    return f"“{question.choices[question.right(result)].text}”"


def _decided(proof: Proof, result: Result) -> Verdict:
    """Judge a proof; raises Unknown, or CheckFailed if the expression itself is wrong."""
    verdict = verdict_of(proof, result)
    if verdict.is_fault:
        raise CheckFailed(verdict.because)
    if verdict.holds is None:
        raise Unknown(verdict.because)
    return verdict
