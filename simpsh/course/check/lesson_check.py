"""Checking one lesson: each claim holds, each wrong variant of it is refused, each answer is one.

What the machine cannot show is skipped with the reason, and never counted as passed. What was
found is noted with its evidence: the events it is about, and their causal chain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.course.check.check_report import FAILED, PASSED, SKIPPED, CheckResult, LessonReport
from simpsh.course.check.question_spread import QuestionShape
from simpsh.course.check.screen_sizes import HEIGHT, ScreenSize, task_height
from simpsh.course.check.text_rules import lesson_texts
from simpsh.course.guard import machine_needs
from simpsh.course.guard.process_containment import NotGuarded
from simpsh.course.lesson.answer_key import is_right, right_answer
from simpsh.course.lesson.expectation import Expectation, NotThere, Result, Unknown, Verdict
from simpsh.course.lesson.lesson_outline import answer_to, base_of, parts_of
from simpsh.course.lesson.lesson_steps import (
    AnyStep,
    Ask,
    AuthorFault,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Question,
    Run,
    Running,
    Show,
    Try,
)
from simpsh.course.lesson.observation import Observation, SearchResult
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.course.run.step_performance import perform, perform_lines
from simpsh.trace.tracer.traced_command import NotTraceable
from simpsh.view.event_sentences import sentence

_MOST = 6

REFUSALS = (Unknown, NotGuarded, NotObservable, NotTraceable)
"""What this machine does not permit or cannot tell: skipped with the reason, never passed."""

RunLines = Callable[[Sequence[str]], Sequence[Observation | None]]

NATIVE_RUNS = 10
"""How many plain runs of a race are enough for a check."""
_MISTAKES = (
    "SyntaxError",
    "IndentationError",
    "NameError",
    "UnboundLocalError",
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
)
"""What a variant ends with that was never meant to run."""


class LessonCheck:
    """Checks one lesson, step by step.

    Args:
        lesson: what to check.
        too_large: tells which screens do not fit, from what was performed.
        known_faults: what is wrong with the lesson before anything runs.
        glossary: what its texts may mark as a term.
        run_lines: runs the lines of a task, in turn, as a student's prompt does; None for a line
            that leaves the prompt.
        natives: the most plain runs of a race.
    """

    def __init__(
        self,
        lesson: Lesson,
        too_large: Callable[[Lesson, Mapping[str, Result]], Sequence[ScreenSize]],
        known_faults: Sequence[str] = (),
        glossary: Glossary | None = None,
        run_lines: RunLines = perform_lines,
        natives: int = NATIVE_RUNS,
    ) -> None:
        self._lesson = lesson
        self._natives = natives
        self._too_large = too_large
        self._known_faults = known_faults
        self._glossary = glossary or Glossary({})
        self._run_lines = run_lines
        self.results: dict[str, Result] = {}
        """What each run gave, by its id."""
        self.unshown: dict[str, str] = {}
        """Why a run cannot be shown here, by its id."""
        self._variants: dict[tuple[str, Edit], Result] = {}
        self._notes = CheckNotes()
        self._questions: list[QuestionShape] = []
        self._tall_tasks: list[str] = []

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
        texts = lesson_texts(lesson, self._glossary)
        notes.step, notes.where = 0, ""
        for fault in texts.faults:
            notes.failed("text", lesson.id, fault)
        with notes.check("screen", "every screen fits 22 lines of 80 columns, a task 24"):
            large = [
                f"step {size.step} has {size.rows} lines of {size.width} columns"
                for size in self._too_large(lesson, self.results)
            ] + self._tall_tasks
            if large:
                raise CheckFailed("; ".join(large))
        return LessonReport(
            lesson.id,
            lesson.title,
            sorted(notes.checks, key=lambda one: one.step),
            said=(*lesson.facts, *facts_of_texts(lesson)),
            not_shown=tuple(one.fact for one in lesson.steps if isinstance(one, NotShown)),
            questions=tuple(self._questions),
            texts=texts,
            seconds=time.monotonic() - start,
        )

    # ----------------------------------------------------------------------- demonstrations

    def _check(self, step: AnyStep) -> None:
        if isinstance(step, Run | Compare | Explore):
            self._demonstration(small(step, self._natives))
        elif isinstance(step, Try):
            self._try(step)
        elif isinstance(step, Show):
            self._show(step)

    def _demonstration(self, step: Running) -> None:
        with self._notes.check("run", f"“{step.id}” runs and leaves no process"):
            try:
                insist_on(machine_needs.needs_of(step))
                result = perform(step)
            except REFUSALS as refusal:
                self.unshown[step.id] = str(refusal)
                raise
            self.results[step.id] = result
            problems = list(problems_of(step, result))
            if problems:
                raise CheckFailed("; ".join(problems))
        for claim in step.claims:
            self._claim(step, claim)

    def _claim(self, step: Running, claim: Claim) -> None:
        facts = (*step.facts, *claim.facts)
        if step.id not in self.results and step.id not in self.unshown:
            return  # it did not run, which is said already
        with self._notes.check("claim", claim.sentence, facts) as why:
            result = self._result_of(step.id)
            insist_on(claim.needs)
            verdict = claim.expectation.judge(result)
            why += why_of(verdict, result)
            if not verdict.holds:
                raise CheckFailed(verdict.because)
        if self._notes.checks[-1].verdict == "passed":
            self._refutations(step, claim)

    def _result_of(self, run: str) -> Result:
        if run in self.unshown:
            raise Unknown(self.unshown[run])
        return self.results[run]

    def _refutations(self, step: Running, claim: Claim) -> None:
        """Check that there are worlds in which a claim is false; having none is a known fault."""
        result = self.results[step.id]
        for wrong in claim.wrongs:
            self._variant(step, claim, wrong)
        if isinstance(result, Mapping) and not claim.wrongs:
            self._other_rows(claim, result)

    def _variant(self, step: Running, claim: Claim, wrong: Edit) -> None:
        with self._notes.check("variant", f"{claim.sentence} – refused: {wrong}") as why:
            key = step.id, wrong
            if key not in self._variants:
                self._variants[key] = perform(step, wrong)
            result = self._variants[key]
            verdict = claim.expectation.judge(result)
            why.append(verdict.because)
            if verdict.holds:
                raise CheckFailed("the claim holds of the wrong variant, too")
            if dull := dull_reason(result):
                raise CheckFailed(f"the wrong variant does not run: {dull}")

    def _other_rows(self, claim: Claim, rows: Mapping[str, Result]) -> None:
        """Check that what is claimed of a row is not true of all the others as well."""
        with self._notes.check("row", f"{claim.sentence} – refused: another row") as why:
            parts = rows_spoken_of(claim.expectation)
            if not parts:
                raise CheckFailed(
                    "it speaks of no row (`of`) and has no wrong variant: it cannot fail"
                )
            for part in parts:
                others = [row for row in rows if row != part.variant]
                false = [row for row in others if not part.parts[0].holds(rows[row])]
                if not false:
                    raise CheckFailed(
                        f"what is said of “{part.variant}” is true of all other rows, too"
                    )
                why.append(f"“{part.variant}”: not so of {listed(false)}")

    # ------------------------------------------------------------------------- other steps

    def _try(self, step: Try) -> None:
        wanted = machine_needs.needs_of(step)
        # The solution comes last: what a wrong line leaves behind must not spoil it.
        lines = (*step.wrong, step.solution)
        seen: dict[str, Observation | None] = {}
        for line in (step.solution, *step.wrong):
            is_solution = line is step.solution
            kind, word = ("try", "accepted") if is_solution else ("line", "refused")
            facts = step.facts if is_solution else ()
            with self._notes.check(kind, f"`{line}` is {word}", facts) as why:
                insist_on(wanted)
                if not seen:
                    seen = dict(zip(lines, self._run_lines(lines), strict=True))
                holds, because = self._judged(step, line, seen[line])
                why.append(because)
                if holds is not is_solution:
                    raise CheckFailed(because)

    def _judged(self, step: Try, line: str, seen: Observation | None) -> tuple[bool, str]:
        """Return whether a line did what is asked, and why."""
        if seen is None:
            return (
                False,
                "the line leaves the prompt, is a command of the lesson, or runs without an end",
            )
        # What a wrong line prints, and the reason that quotes it, are not the author's texts.
        rows = task_height(self._lesson, step, seen) if line == step.solution else 0
        if rows > HEIGHT:
            self._tall_tasks.append(f"step {self._notes.step} has {rows} lines with `{line}`")
        verdict = step.expect.judge(seen)
        return verdict.holds, verdict.because

    def _show(self, step: Show) -> None:
        result = self.results.get(step.of)
        if isinstance(result, Observation) and step.at not in result.moments:
            found = ", ".join(result.moments) or "none"
            with self._notes.check("show", f"a look at “{step.of}”"):
                if unseen := result.why_unseen("looks"):
                    raise NotObservable(unseen)
                raise CheckFailed(f"the run “{step.of}” has no moment {step.at}: it has {found}")

    def _check_question(self, step: AnyStep) -> None:
        if not isinstance(step, Predict | Ask):
            return
        target = answer_to(self._lesson, step)
        if target is not None and target.id not in {**self.results, **self.unshown}:
            return  # it did not run, which is said already
        self._questions.append(self._shape(step, target))
        kind = "question" if isinstance(step, Predict) else "answer"
        with self._notes.check(kind, step.question, step.facts) as why:
            if target is None:
                raise CheckFailed("no run follows that answers it")
            why.append(_answer(step, self._result_of(target.id)))

    def _shape(self, step: Question, target: Running | None) -> QuestionShape:
        if isinstance(step, Ask):
            return QuestionShape(0, None, bool(step.hint))
        try:
            right = step.right(self.results[target.id]) if target is not None else None
        except (SimpshError, Unknown, NotThere, KeyError):
            # That this is so is told by the check of the question.
            right = None
        place = step.choices.index(right) if right is not None else None
        return QuestionShape(len(step.choices), place, bool(step.hint))


def _answer(step: Question, result: Result) -> str:
    """Say what is right; raises Failed if that is not exactly one of the choices."""
    if isinstance(step, Predict):
        try:
            return f"right is “{step.right(result).text}”"
        except AuthorFault as fault:
            raise CheckFailed(str(fault).removeprefix(f"question “{step.question}”: ")) from None
    answer = right_answer(step, result)
    for near in step.near:
        if is_right(str(near), answer):
            raise CheckFailed(f"{near} is given as a near miss, and is the right answer")
    return f"right is {answer}"


def insist_on(names: Sequence[str]) -> None:
    """Raise Unknown with the reason if this machine lacks one of these needs."""
    reason = machine_needs.why_not(names)
    if reason:
        raise Unknown(reason)


class CheckFailed(Exception):
    """What was checked is not so; the message says what was found instead."""


class CheckNotes:
    """The checks of one lesson, as they are made."""

    def __init__(self) -> None:
        self.checks: list[CheckResult] = []
        self.step = 0
        """The number of the step that is being checked; 0 for the lesson as a whole."""
        self.where = ""
        """The id of its run."""

    def failed(self, kind: str, sentence: str, reason: str) -> None:
        """Note that something is not so."""
        self.checks.append(CheckResult(kind, sentence, FAILED, reason, self.step, self.where))

    @contextmanager
    def check(self, kind: str, sentence: str, facts: tuple[str, ...] = ()) -> Iterator[list[str]]:
        """Note one check: passed if the block comes to its end.

        Yields:
            A list, for the lines of evidence that `check --why` prints.
        """
        why: list[str] = []
        verdict, reason = PASSED, ""
        try:
            yield why
        except REFUSALS as refusal:
            verdict, reason = SKIPPED, str(refusal)
        except (CheckFailed, NotThere, SimpshError) as fault:
            verdict, reason = FAILED, str(fault)
        except Exception as problem:  # noqa: BLE001 - a defect of ours must not hide the rest
            verdict, reason = FAILED, _of_ours(problem)
        self.checks.append(
            CheckResult(kind, sentence, verdict, reason, self.step, self.where, facts, tuple(why))
        )


def _of_ours(problem: Exception) -> str:
    """Say where something broke that no author has broken."""
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})" if place else ""
    return f"the engine broke: {type(problem).__name__}: {problem}{where}"


def small(step: Running, natives: int = NATIVE_RUNS) -> Running:
    """Return a step that costs less and shows the same: races are run fewer times."""
    if isinstance(step, Explore):
        return changed(step, native=min(step.native, natives))
    if isinstance(step, Compare) and isinstance(step.run, Explore):
        return changed(step, run=changed(step.run, native=min(step.run.native, natives)))
    return step


def problems_of(step: Running, result: Result) -> Iterator[str]:
    """Yield what went wrong in a run: its end, and whom it left behind."""
    if isinstance(result, Mapping):
        for row, one in result.items():
            yield from (f"row “{row}”: {problem}" for problem in problems_of(base_of(step), one))
        return
    if result.problem:
        yield result.problem
    if isinstance(result, Observation) and isinstance(step, Run):
        unmeant = [
            f"{name} ({state})"
            for name, state in result.left.items()
            if not any(process.is_one(name) for process in step.leaves)
        ]
        if unmeant and (not result.hangs or step.at_rest):
            yield f"it leaves processes: {', '.join(unmeant)}"
    if isinstance(result, SearchResult) and not result.is_complete:
        yield f"not every order was tried: {'; '.join(result.flags) or 'there are too many'}"


def dull_reason(result: Result) -> str:
    """Return why a wrong variant did not even run; empty if it did."""
    results = result.values() if isinstance(result, Mapping) else (result,)
    return next(
        (one.problem for one in results if any(word in one.problem for word in _MISTAKES)), ""
    )


def rows_spoken_of(expectation: Expectation) -> Sequence[Expectation]:
    """Return the parts of an expectation that each speak of one row of a comparison."""
    return [part for part in parts_of(expectation) if part.variant]


def facts_of_texts(lesson: Lesson) -> tuple[str, ...]:
    """Return the claims of the course that only a text of the lesson names."""
    told = (step for step in lesson.steps if not _proves(step))
    return tuple(fact for step in told for fact in getattr(step, "facts", ()))


def _proves(step: AnyStep) -> bool:
    """Return whether something is checked at a step that may fail."""
    return isinstance(step, Predict | Ask | Try) or bool(getattr(step, "claims", ()))


def listed(rows: Sequence[str]) -> str:
    """Return rows as a sentence lists them.

    >>> listed(["setsid", "nothing"])
    '“setsid”, “nothing”'
    """
    return ", ".join(f"“{row}”" for row in rows)


def why_of(verdict: Verdict, result: Result) -> tuple[str, ...]:
    """Return the reason, then at most a few of the events, each with its number and line."""
    lines = [verdict.because]
    if isinstance(result, Observation):
        about = verdict.chain or tuple(sorted(set(verdict.events)))
        joint = "→ " if verdict.chain else ""
        lines += [f"{joint}{_event(result, index)}" for index in about[:_MOST]]
        if len(about) > _MOST:
            lines.append(f"… and {len(about) - _MOST} more")
    return tuple(lines)


def _event(run: Observation, index: int) -> str:
    where = f", line {run.lines[index]}" if index in run.lines else ""
    return f"event {index}{where}: {sentence(run.chronicle, index)}"
