"""Performing a step and showing it: picture or table, the answer, the facts, who was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import asking
from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.screen.styled import styled
from simpsh.course.screen.text import labelled, marked, wrapped
from simpsh.course.sections import QUESTIONS, RUNNING, base_of, listing_of, questions_before
from simpsh.course.showing import (
    facts_block,
    judged,
    left_block,
    main_block,
    problem_block,
    show_block,
)
from simpsh.course.steps import Explore, Predict, Say, Try
from simpsh.course.walking import runs_of
from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from simpsh.course.scene import Result
    from simpsh.course.steps import Question, Running, Show
    from simpsh.course.teacher import Teacher

GO_ON = "Enter: go on "


def run(teacher: Teacher, number: int, step: Running) -> None:
    """Run a step's demonstration; show what happened, then why."""
    stage = teacher.stage
    questions = questions_before(teacher.lesson, number)
    if not questions:
        is_new = listing_of(step).text not in teacher.read
        if is_new:
            teacher.code(step)
        # Where nothing has been shown since the last stop, there is nothing to stop for.
        if is_new or (number and isinstance(teacher.lesson.steps[number - 1], Say)):
            teacher.stop("Enter: run it ")
    if isinstance(base_of(step), Explore):
        stage.screen.wait("trying every order …")
    try:
        result = stage.perform(step)
    except SimpshError as problem:
        _unshown(teacher, f"{problem}", [step])
        teacher.stop(GO_ON)
        return
    teacher.results[step.id] = result
    shown = teacher.last = judged(stage, step, result, teacher.marks(listing_of(step)))
    problems = problem_block(stage, result)
    left = left_block(stage, shown)
    tail = sum(_answer_rows(teacher, one, result) for one in questions)
    rows = stage.rows - len(problems) - len(left) - tail - _BLANKS
    # The picture comes first: facts are unfolded only into what it leaves.
    block = main_block(stage, shown, rows - bool(shown.facts))
    stage.show(problems, [()] if problems else [], block, [()] if block else [])
    _answers(teacher, questions, result)
    facts = facts_block(stage, shown, rows - len(block), is_all=not block)
    stage.show(facts, left)
    if left and stage.mode == "auto":
        stage.show([()])
    teacher.stop(GO_ON)


_BLANKS = 3
"""The blank lines above and below a picture, and the prompt."""


def _answers(teacher: Teacher, questions: list[int], result: Result) -> None:
    """Answer the questions that this run answers; a class is asked for the reason first."""
    stage = teacher.stage
    for number in questions:
        question = _question(teacher, number)
        if stage.mode == "live":
            _bars(teacher, number, question, result)
            teacher.stop("who can say why?  Enter: one answer ")
        teacher.answer(number, question, result)
        _remember_surprise(teacher, number, question, result)


def _question(teacher: Teacher, number: int) -> Question:
    step = teacher.lesson.steps[number]
    assert isinstance(step, QUESTIONS)
    return step


def _bars(teacher: Teacher, number: int, question: Question, result: Result) -> None:
    guess = teacher.guesses.get(number, asking.Guess())
    if guess.votes is None or not isinstance(question, Predict):
        return
    try:
        right = question.choices.index(question.right(result))
    except (SimpshError, Unknown):
        right = None
    bars = guess.votes.bars(len(question.choices), right)
    teacher.stage.show(teacher.stage.form.bars(bars, teacher.width), [()])


def _remember_surprise(teacher: Teacher, number: int, question: Question, result: Result) -> None:
    from simpsh.course.progress import Surprise

    progress = teacher.stage.progress
    if progress is None or teacher.stage.mode != "study" or not teacher.is_keeping:
        return
    try:
        was_surprised = asking.surprised(
            question, teacher.guesses.get(number, asking.Guess()), result
        )
    except (SimpshError, Unknown, NotThere):
        return
    if was_surprised:
        progress.remember_surprise(Surprise(teacher.lesson.id, question.question))


def _answer_rows(teacher: Teacher, number: int, result: Result) -> int:
    """Return how many lines the answer may take, at worst, on the picture's own screen."""
    stage, question = teacher.stage, _question(teacher, number)
    if stage.mode == "live":
        votes = teacher.guesses.get(number, asking.Guess()).votes
        count = len(question.choices) if isinstance(question, Predict) else 0
        return (count * len(votes.rounds) + 1) if votes is not None else 0
    form, width = stage.form, teacher.width
    try:
        longest = asking.longest_answers(
            question,
            result,
            lambda text: teacher.fill(question, text),
            lambda answers: len(form.answer(answers, width)),
        )
    except (SimpshError, Unknown, NotThere):
        return 3
    return len(form.answer(longest, width)) + 1


def show(teacher: Teacher, number: int, step: Show) -> None:
    """Look once more at an earlier run, and answer the question before it."""
    stage = teacher.stage
    questions = questions_before(teacher.lesson, number)
    target = runs_of(teacher.lesson)[step.of] if step.of else None
    if target is None:
        stage.show(stage.form.text(teacher.fill(step, step.text), teacher.width), [()])
        teacher.stop(GO_ON)
        return
    try:
        result = teacher.result_of(target)
    except SimpshError as problem:
        _unshown(teacher, f"{problem}", [])
        teacher.stop(GO_ON)
        return
    shown = teacher.last = judged(stage, target, result)
    text = stage.form.text(teacher.fill(step, step.text), teacher.width) if step.text else []
    tail = sum(_answer_rows(teacher, one, result) for one in questions)
    block = show_block(stage, step, shown, stage.rows - tail - len(text) - _BLANKS - 1)
    stage.show(block, [()] if block else [])
    _answers(teacher, questions, result)
    if text:
        stage.show(text, [()])
    teacher.stop(GO_ON)


def tell_unshown(teacher: Teacher, place: int, after: int, reason: str) -> None:
    """Say of a section what this machine cannot show, and what it would have shown."""
    steps = teacher.lesson.steps[place:after]
    teacher.at = after - 1
    for step in steps:
        if isinstance(step, Say):
            text = teacher.fill(step, step.text)
            teacher.stage.show(teacher.stage.form.text(text, teacher.width), [()])
    _unshown(teacher, reason, [step for step in steps if isinstance(step, RUNNING)])
    for step in steps:
        if isinstance(step, Try):
            task = f"It would have been tried: {step.task}"
            teacher.stage.show(teacher.stage.form.text(task, teacher.width), [()])
    teacher.stop(GO_ON)


def _unshown(teacher: Teacher, reason: str, steps: list[Running]) -> None:
    stage = teacher.stage
    words = f"Not shown here: {reason.rstrip('.')}."
    stage.show(wrapped(styled(words, "bold"), min(76, teacher.width)), [()])
    claims = [claim for step in steps for claim in step.claims]
    if claims:
        stage.show([styled("It would have shown:", "")])
        for claim in claims:
            stage.show(labelled("–", marked(claim.sentence), 2, min(76, teacher.width)))
        stage.show([()])
