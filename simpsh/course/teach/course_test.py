"""The test at the end of the course: fifteen varied questions and three repairs, drawn by a seed.

The questions come from all units and are varied, as when they are repeated. Answers are not stored.
The result, by unit, is shown, and stored for the list of lessons.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from simpsh.base.record import Record
from simpsh.course.lesson.lesson import Lesson, Question, target_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.teach.lesson_questions import CONTINUE, UNANSWERED, LessonStop, ask_again
from simpsh.course.teach.student_progress import UnitResult
from simpsh.course.teach.student_task import mend, show_broken
from simpsh.course.teach.teaching_stage import GoToStep, TeachingStage
from simpsh.view.styled_text import Block, styled, wrapped

QUESTIONS, REPAIRS = 15, 3
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
    """The result of a student."""

    seed: int
    tasks: tuple[DrawnTask, ...]
    are_right: tuple[bool, ...]

    def by_unit(self) -> dict[str, UnitResult]:
        """Return the numbers of right answers and of all tasks, by unit."""
        whole = Counter(task.unit for task in self.tasks)
        pairs = zip(self.tasks, self.are_right, strict=True)
        right = Counter(task.unit for task, is_right in pairs if is_right)
        return {unit: UnitResult(right[unit], count) for unit, count in whole.items()}

    def lines(self, width: int) -> Block:
        """Return the result by unit, and the lessons to take again."""
        right, whole = sum(self.are_right), len(self.tasks)
        block: Block = [styled(f"{right} of {whole} right (seed {self.seed})", "bold"), ()]
        for unit, counts in self.by_unit().items():
            block.append(styled(f"  {counts.right} of {counts.of}  {unit}", ""))
        pairs = zip(self.tasks, self.are_right, strict=True)
        wrong = dict.fromkeys(task.lesson for task, is_right in pairs if not is_right)
        words = f"To take again: {', '.join(wrong)}." if wrong else "Nothing to take again."
        return [*block, (), *wrapped(styled(words, ""), width)]


def draw(library: Library, seed: int, stage: TeachingStage) -> list[DrawnTask]:
    """Return the tasks of the test with this seed, questions first, in the order of the course.

    Only what this machine can show is drawn. Each unit gets about the same number.
    """
    chance = random.Random(seed)
    questions: list[DrawnTask] = []
    repairs: list[DrawnTask] = []
    for head in library.heads()[0]:
        if head.kind != "core":
            continue
        lesson = library.find(head.id)
        for index, step in enumerate(lesson.steps):
            where = head.chapter, head.id, index
            if isinstance(step, Question) and not _lacks(stage, lesson, step):
                turn = chance.randrange(1, _TURNS + 1)
                questions.append(DrawnTask("question", *where, turn))
            elif isinstance(step, Repair) and not stage.lacking(step.all_needs):
                repairs.append(DrawnTask("repair", *where))
    order = {name: number for number, name in enumerate(library.ids)}
    drawn = [_spread(questions, QUESTIONS, chance), _spread(repairs, REPAIRS, chance)]
    return [task for part in drawn for task in sorted(part, key=lambda one: order[one.lesson])]


def _lacks(stage: TeachingStage, lesson: Lesson, question: Question) -> bool:
    return bool(stage.lacking(target_of(lesson, question).all_needs))


def _spread(tasks: Sequence[DrawnTask], count: int, chance: random.Random) -> list[DrawnTask]:
    """Draw tasks from each unit in turn; of a lesson at most one while others are left."""
    drawn = chance.sample(tasks, len(tasks))
    # Sorting is stable: each unit takes turns, and in a unit each lesson.
    for field in ("lesson", "unit"):
        turns: Counter[str] = Counter()
        numbered = []
        for task in drawn:
            name = getattr(task, field)
            numbered.append((turns[name], task))
            turns[name] += 1
        drawn = [task for _, task in sorted(numbered, key=lambda pair: pair[0])]
    return drawn[:count]


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
        stop = LessonStop(lesson, stage, task.step, f"test {number}/{len(tasks)}")
        try:
            if task.kind == "question":
                is_right = bool(ask_again(stage, stop, lesson, task.step, task.turn))
            else:
                is_right = _is_repaired(stage, stop, lesson, task)
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


def _is_repaired(stage: TeachingStage, stop: LessonStop, lesson: Lesson, task: DrawnTask) -> bool:
    repair = lesson.steps[task.step]
    assert isinstance(repair, Repair)
    assert stage.prompt is not None
    show_broken(stage, repair)
    return mend(stage, stop, repair, stage.prompt, f"test-{lesson.id}")
