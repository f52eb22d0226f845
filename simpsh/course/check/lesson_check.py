"""Checks one lesson: its claims hold, their wrong variants fail, each question has one answer.

Checks that the machine does not permit are skipped with the reason and never counted as passed.
Results are recorded with their evidence: events and their causal chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from traceback import walk_tb

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.course.check.check_report import FAILED, PASSED, SKIPPED, CheckResult, LessonReport
from simpsh.course.claims.demonstration import Claim, Edit
from simpsh.course.claims.expectation import NotThere, Result, Unknown, Verdict
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import (
    CheckFailed,
    Lesson,
    Question,
    Running,
    Task,
    answer_to,
    practical_steps_of,
)
from simpsh.course.lesson.lesson_faults import term_faults
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.course.run.line_orders import PATIENT_SECONDS, LineVerdict, judged, perform_lines
from simpsh.course.screen.picture_rows import SentenceNaming
from simpsh.process.machine_permits import why_not
from simpsh.process.process_containment import NotGuarded
from simpsh.trace.tracer.traced_command import NotTraceable
from simpsh.view.event_sentences import sentence

_MOST_EVENTS = 6

REFUSALS = (Unknown, NotGuarded, NotObservable, NotTraceable)
"""Exceptions for checks that the machine does not permit or cannot decide: skipped, not passed."""

RunLines = Callable[[Sequence[str]], Sequence[Observation | None]]

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


class CheckNotes:
    """Collects the results of checks of one lesson."""

    def __init__(self) -> None:
        self.checks: list[CheckResult] = []
        self.step = 0
        """The number of the current step; 0 for the lesson as a whole."""
        self.where = ""

    def insist_on(self, needs: Sequence[str]) -> None:
        """Raise Unknown with the reason if this machine lacks one of these needs."""
        if reason := why_not(needs):
            raise Unknown(reason)

    def failed(self, kind: str, sentence: str, reason: str) -> None:
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


class LessonCheck(CheckNotes):
    """Checks one lesson, step by step; see Checking for the interface for its steps.

    `known_faults` are the faults found without running the lesson. `run_lines` runs the lines of a
    task at one prompt, in order, with None for a line that leaves the prompt. `natives` is the
    maximum number of free runs of a race.
    """

    def __init__(
        self,
        lesson: Lesson,
        known_faults: Sequence[str] = (),
        glossary: Glossary | None = None,
        run_lines: RunLines = perform_lines,
        natives: int = NATIVE_RUNS,
    ) -> None:
        super().__init__()
        self.lesson = lesson
        self._natives = natives
        self._known_faults = known_faults
        self._glossary = glossary or Glossary({})
        self.run_lines = run_lines
        self.results: dict[str, Result] = {}
        self.unshown: dict[str, str] = {}
        """The reasons why runs cannot be shown here, by id."""
        self._variants: dict[tuple[str, Edit], Result] = {}

    def run(self) -> LessonReport:
        """Run all checks and return the report."""
        lesson = self.lesson
        for fault in self._known_faults:
            self.failed("lesson", lesson.id, fault)
        # Questions come last, because a later step answers them.
        for are_questions in (False, True):
            for self.step, step in enumerate(lesson.steps, 1):
                if isinstance(step, Question) is are_questions:
                    self.where = step.id if isinstance(step, Running) else ""
                    step.check(self)
        self.step, self.where = 0, ""
        for fault in term_faults(lesson, self._glossary):
            self.failed("text", lesson.id, fault)
        return LessonReport(
            lesson.id, lesson.title, sorted(self.checks, key=lambda check: check.step)
        )

    def prove_repairs(self) -> LessonReport:
        """Check the repairs, and further lines of the tasks; return the report."""
        lesson = self.lesson
        for step in practical_steps_of(lesson):
            self.step = lesson.steps.index(step) + 1
            step.prove(self)
        return LessonReport(lesson.id, lesson.title, self.checks)

    def judge_line(
        self, task: Task, typed: str, seen: Observation, *, is_right: bool
    ) -> LineVerdict:
        """Judge a line in every order; raises Unknown if this machine cannot decide."""
        verdict = judged(task.expect, typed, seen)
        if verdict.holds and not is_right:
            # A busy machine may have tried too few orders.
            verdict = judged(task.expect, typed, seen, PATIENT_SECONDS)
        if verdict.doubt:
            raise Unknown(verdict.doubt)
        return verdict

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
                verdict = claim.expectation.judge(result)
                why += why_of(verdict, result)
                if not verdict.holds:
                    raise CheckFailed(verdict.because)
            if self.checks[-1].verdict == PASSED:
                cheap.refute(claim, self)

    def refute_by_variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        """Check that a claim is false for a wrong variant."""
        with self.check("variant", f"{claim.sentence} – refused: {wrong}") as why:
            key = step.id, wrong
            if key not in self._variants:
                self._variants[key] = step.perform(wrong)
            result = self._variants[key]
            verdict = claim.expectation.judge(result)
            why.append(verdict.because)
            if verdict.holds:
                raise CheckFailed("the claim also holds for the wrong variant")
            for run in result.values() if isinstance(result, Mapping) else (result,):
                if any(word in run.problem for word in _MISTAKES):
                    raise CheckFailed(f"the wrong variant does not run: {run.problem}")

    def answer(self, question: Question) -> None:
        """Check that the run gives exactly one answer."""
        target = answer_to(self.lesson, question)
        if target is not None and target.id not in {**self.results, **self.unshown}:
            return  # the run failed, which is already reported
        kind = "question" if question.choices else "answer"
        with self.check(kind, question.question) as why:
            if target is None:
                raise CheckFailed("no run follows that answers it")
            why.append(f"right is {question.right_words(self._result_of(target.id))}")

    def _result_of(self, run: str) -> Result:
        if run in self.unshown:
            raise Unknown(self.unshown[run])
        return self.results[run]


def why_of(verdict: Verdict, result: Result) -> tuple[str, ...]:
    """Return the reason and a few of the events, each with its number and line."""
    lines = [verdict.because]
    if isinstance(result, Observation):
        about = verdict.chain or tuple(sorted(set(verdict.events)))
        joint = "→ " if verdict.chain else ""
        naming_of = partial(SentenceNaming, result)
        for index in about[:_MOST_EVENTS]:
            where = f", line {result.lines[index]}" if index in result.lines else ""
            lines.append(
                f"{joint}event {index}{where}: {sentence(result.chronicle, index, naming_of)}"
            )
        if len(about) > _MOST_EVENTS:
            lines.append(f"… and {len(about) - _MOST_EVENTS} more")
    return tuple(lines)
