"""The test at the end of the course: fifteen varied questions and three repairs, drawn by a seed.

The questions come from all units and are varied, as when they are repeated. Answers are not stored.
The result, by unit, is a value that can be shown, written, or stored for the map.
"""

from __future__ import annotations

import copy
import csv
import io
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.lesson.lesson import Lesson, Question, target_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.predict_step import Predict
from simpsh.course.lesson.recalled_question import recall_question
from simpsh.course.lesson.run_step import Repair
from simpsh.course.teach.lesson_display import CodePresenter
from simpsh.course.teach.lesson_questions import (
    CONTINUE,
    UNANSWERED,
    LessonQuestions,
    LessonStop,
    question_at,
)
from simpsh.course.teach.student_progress import GuessRecord, UnitResult
from simpsh.course.teach.student_task import mend, show_broken
from simpsh.course.teach.teaching_stage import GoToStep, TeachingStage
from simpsh.view.styled_text import Block, plain_block, styled, wrapped

QUESTIONS, REPAIRS = 15, 3
_WIDTH = 76
_MOST_WRONG, _MOST_SOURCES = 3, 4
_TURNS = 6
"""How many ways to vary a question the seed chooses from."""


class DrawnTask(Record):
    """A question or a repair of a test."""

    kind: Literal["question", "repair"]
    unit: str
    lesson: str
    step: int
    """The index of its step."""
    turn: int = 0
    """How a question is varied."""


class CourseResult(Record):
    """What a student could do."""

    seed: int
    tasks: tuple[DrawnTask, ...]
    are_right: tuple[bool, ...]

    def by_unit(self) -> dict[str, UnitResult]:
        """Return the numbers of right answers and of all tasks, by unit."""
        whole = Counter(task.unit for task in self.tasks)
        pairs = zip(self.tasks, self.are_right, strict=True)
        right = Counter(task.unit for task, is_right in pairs if is_right)
        return {unit: UnitResult(right[unit], count) for unit, count in whole.items()}

    def wrong_lessons(self) -> list[str]:
        """Return the lessons of the tasks that were not right."""
        pairs = zip(self.tasks, self.are_right, strict=True)
        return list(dict.fromkeys(task.lesson for task, is_right in pairs if not is_right))


def draw(library: Library, seed: int, stage: TeachingStage) -> list[DrawnTask]:
    """Return the tasks of the test with this seed, questions first, in the order of the course.

    Only what this machine can show is drawn. Each unit gets about the same number.
    """
    chance = random.Random(seed)
    questions: dict[str, list[DrawnTask]] = {}
    repairs: dict[str, list[DrawnTask]] = {}
    for head in library.heads()[0]:
        if head.kind != "core":
            continue
        lesson = library.find(head.id)
        for index, step in enumerate(lesson.steps):
            where = head.chapter, head.id, index
            if isinstance(step, Predict) and not _lacks(stage, lesson, step):
                turn = chance.randrange(1, _TURNS + 1)
                questions.setdefault(head.chapter, []).append(DrawnTask("question", *where, turn))
            elif isinstance(step, Repair) and not stage.lacking(step.all_needs):
                repairs.setdefault(head.chapter, []).append(DrawnTask("repair", *where))
    order = {name: number for number, name in enumerate(library.ids)}
    drawn = [_spread(questions, QUESTIONS, chance), _spread(repairs, REPAIRS, chance)]
    return [task for part in drawn for task in sorted(part, key=lambda one: order[one.lesson])]


def _lacks(stage: TeachingStage, lesson: Lesson, question: Question) -> bool:
    return bool(stage.lacking(target_of(lesson, question).all_needs))


def _spread(
    by_unit: dict[str, list[DrawnTask]], count: int, chance: random.Random
) -> Sequence[DrawnTask]:
    """Draw tasks from each unit in turn; from a lesson at most one while others are left."""
    piles = [_mix(tasks, chance) for tasks in by_unit.values()]
    chance.shuffle(piles)
    drawn: list[DrawnTask] = []
    while len(drawn) < count and any(piles):
        for pile in piles:
            if pile and len(drawn) < count:
                drawn.append(pile.pop(0))
    return drawn


def _mix(tasks: Sequence[DrawnTask], chance: random.Random) -> list[DrawnTask]:
    """Return tasks in random order, the first of each lesson before the second."""
    mixed = chance.sample(tasks, len(tasks))
    seen: dict[str, int] = {}
    turns = []
    for task in mixed:
        turns.append(seen.get(task.lesson, 0))
        seen[task.lesson] = turns[-1] + 1
    return [task for _, task in sorted(zip(turns, mixed, strict=True), key=lambda pair: pair[0])]


def take(stage: TeachingStage, library: Library, seed: int) -> CourseResult:
    """Ask the questions, and have the programs repaired; raises LessonLeft if the student leaves.

    Without a prompt, nothing can be repaired, and only questions are asked.
    """
    stage = copy.copy(stage)
    stage.records = None
    stage.screen.wait("drawing the questions …")
    tasks = draw(library, seed, stage)
    if stage.prompt is None:
        tasks = [task for task in tasks if task.kind == "question"]
    judged: list[tuple[DrawnTask, bool]] = []
    for number, task in enumerate(tasks, 1):
        lesson = library.find(task.lesson)
        stage.show([styled(f"{task.unit}: {lesson.title}", "italic"), ()])
        stop = LessonStop(lesson, stage, task.step, f"test {number}/{len(tasks)}")
        does = _is_answered if task.kind == "question" else _is_repaired
        try:
            is_right = does(stage, stop, lesson, task)
            judged.append((task, is_right))
            if is_right or task.kind == "question":
                with suppress(GoToStep):
                    stop.read(CONTINUE)
        except GoToStep:
            judged.append((task, False))
            stage.say("This task is left open; it counts as not right.")
        except UNANSWERED as problem:
            stage.say(f"This run does not show the answer, so it does not count: {problem}.")
        stage.show([()])
    return CourseResult(
        seed, tuple(task for task, _ in judged), tuple(is_right for _, is_right in judged)
    )


def _is_answered(stage: TeachingStage, stop: LessonStop, lesson: Lesson, task: DrawnTask) -> bool:
    """Return whether the guess was right; raises UNANSWERED if the run does not show this."""
    asked, is_varied = recall_question(lesson, task.step, task.turn)
    questions = LessonQuestions(asked, stage, stop, CodePresenter(stage), is_varied=is_varied)
    questions.ask(task.step)
    result = stage.await_result(target_of(asked, question_at(asked, task.step)))
    question_at(asked, task.step).answers("", result, str)
    questions.answer(task.step, result)
    return bool(questions.is_right(task.step, result))


def _is_repaired(stage: TeachingStage, stop: LessonStop, lesson: Lesson, task: DrawnTask) -> bool:
    repair = lesson.steps[task.step]
    assert isinstance(repair, Repair)
    assert stage.prompt is not None
    show_broken(stage, lesson, repair)
    return mend(stage, stop, repair, stage.prompt, f"test-{lesson.id}")


# The result, as text and as a row.


def result_block(result: CourseResult, width: int) -> Block:
    """Return the result by unit, and what to read again."""
    right, whole = sum(result.are_right), len(result.tasks)
    block: Block = [styled(f"{right} of {whole} right (seed {result.seed})", "bold"), ()]
    for unit, counts in result.by_unit().items():
        block.append(styled(f"  {counts.right} of {counts.of}  {unit}", ""))
    if wrong := result.wrong_lessons():
        words = f"To take again: {', '.join(wrong)}."
        block += [(), *wrapped(styled(words, ""), width)]
    return block


def last_page(
    result: CourseResult, guesses: Sequence[GuessRecord], library: Library, command: str, width: int
) -> Block:
    """Return the last page: what the student can do, what was wrong most, what to read.

    `guesses` are those of the whole course; `command` starts the next exercise, or is empty.
    """
    able = [unit for unit, one in result.by_unit().items() if one.right == one.of]
    wrong = Counter(
        guess.lesson for guess in guesses if guess.kind == "guess" and guess.is_right is False
    )
    most = [name for name, _ in wrong.most_common(_MOST_WRONG)]
    texts = []
    if able:
        texts.append(f"What you can do now: {', '.join(able)}. All your answers there were right.")
    if most:
        counts = (f"{name} ({counted(wrong[name], 'time')})" for name in most)
        texts.append(f"Wrong most often in the course: {', '.join(counts)}.")
    again = dict.fromkeys((*result.wrong_lessons(), *most))
    sources = dict.fromkeys(
        source for name in again if name in library.ids for source in library.find(name).read_on[:1]
    )
    if sources:
        texts.append(f"To read: {'; '.join([*sources][:_MOST_SOURCES])}.")
    texts.append("To build next:" if command else "You have built all programs of the course.")
    page = [row for text in texts for row in wrapped(styled(text, ""), width)]
    return [*page, styled(f"  {command}", "bold")] if command else page


def result_text(result: CourseResult, suffix: str) -> str:
    """Return the result for a file whose name ends in `suffix`: .csv, or text."""
    if suffix == ".csv":
        return _table(result)
    return plain_block(result_block(result, _WIDTH)) + "\n"


def _table(result: CourseResult) -> str:
    """Return a head and one row: the seed, the sum, and a column for each unit."""
    units = result.by_unit()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["seed", "right", "of", *units])
    counts = [f"{one.right} of {one.of}" for one in units.values()]
    writer.writerow([result.seed, sum(result.are_right), len(result.tasks), *counts])
    return text.getvalue()
