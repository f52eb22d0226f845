"""Asking a question: a letter or a free answer from a student, hands from a class, nothing at all.

A guess may be left out, which costs nothing. What was answered is kept until the run has spoken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course.answering import is_right, right_answer
from simpsh.course.live import Votes, hands_in
from simpsh.course.screen.answers import LETTERS, choice_answers, free_answers
from simpsh.course.screen.styled import styled
from simpsh.course.steps import Ask, Predict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.course.scene import Result
    from simpsh.course.screen.answers import Answer
    from simpsh.course.stage import Stage
    from simpsh.course.steps import Question

    Stop = Callable[[str], str]
    """Shows a prompt with the step's number, carries out `:commands`, returns what was typed."""

_LETTERS_PLEASE = "one of the letters, please; or Enter if you have no guess"
_HANDS_PLEASE = "as many numbers as there are choices, please: 9 14 5 1"


@dataclass(slots=True)
class Guess:
    """What was answered before the run."""

    said: str = ""
    """The letter's place as text, or what was typed; empty for no guess."""
    choice: int | None = None
    votes: Votes | None = None


def pose(stage: Stage, question: Question, stop: Stop, asked: str) -> Guess:
    """Show the question itself and wait for an answer; with nobody there, only show it.

    Args:
        stage: where.
        question: whose choices are shown.
        stop: shows a prompt, and returns what was typed.
        asked: its words, with the lines that they speak of.
    """
    width = stage.screen.width
    stage.show(stage.form.text(asked, width))
    if isinstance(question, Predict):
        stage.show(stage.form.choices(question.choices, width))
    if stage.mode == "auto":
        stage.show([()])
        return Guess()
    if stage.mode == "live":
        return _hands(stage, question, stop)
    return _choice(stage, question, stop) if isinstance(question, Predict) else _line(stop)


def _choice(stage: Stage, question: Predict, stop: Stop) -> Guess:
    letters = LETTERS[: len(question.choices)]
    prompt = f"your guess ({letters[0]}–{letters[-1]}, Enter if you have none): "
    while True:
        typed = stop(prompt).strip().lower().rstrip(".)")
        if not typed:
            return Guess()
        if len(typed) == 1 and typed in letters:
            return Guess(typed, letters.index(typed))
        stage.show([styled(_LETTERS_PLEASE, "dim")])


def _line(stop: Stop) -> Guess:
    return Guess(stop("your answer (Enter if you have none): ").strip())


def _hands(stage: Stage, question: Question, stop: Stop) -> Guess:
    """Count hands; once they are shown, a second vote after the discussion."""
    if isinstance(question, Ask):
        stop("what do you think?  Enter: reveal ")
        return Guess()
    votes = Votes()
    count = len(question.choices)
    first = f"hands for {' '.join(LETTERS[:count])}, or Enter to reveal: "
    again = "discuss; hands once more, or Enter to reveal: "
    for prompt in (first, again):
        hands = _one_vote(stage, count, stop, prompt)
        if hands is None:
            break
        votes.rounds.append(hands)
        if prompt is first:
            stage.show(stage.form.bars(votes.bars(count), stage.screen.width), [()])
    return Guess(votes=votes if votes.rounds else None)


def _one_vote(stage: Stage, count: int, stop: Stop, prompt: str) -> list[int] | None:
    while True:
        typed = stop(prompt).strip()
        if not typed:
            return None
        hands = hands_in(typed, count)
        if hands is not None:
            return hands
        stage.show([styled(_HANDS_PLEASE, "dim")])


def answers(
    question: Question, guess: Guess, result: Result, fill: Callable[[str], str]
) -> list[Answer]:
    """Return what is to be said about a guess, once the run has spoken.

    Raises:
        AuthorFault: not exactly one choice is true of the run.
        Unknown: this machine cannot tell.
        NotThere: the run has nothing of the kind.
    """
    if isinstance(question, Ask):
        return free_answers(question, right_answer(question, result), guess.said, fill)
    chosen = question.choices[guess.choice] if guess.choice is not None else None
    return choice_answers(question.right(result), chosen, fill)


def surprised(question: Question, guess: Guess, result: Result) -> bool:
    """Tell whether it was otherwise than guessed; no guess is no surprise."""
    if not guess.said:
        return False
    if isinstance(question, Ask):
        return not is_right(guess.said, right_answer(question, result))
    chosen = question.choices[guess.choice] if guess.choice is not None else None
    return chosen is not question.right(result)


def longest_answers(
    question: Question,
    result: Result,
    fill: Callable[[str], str],
    height: Callable[[Sequence[Answer]], int],
) -> list[Answer]:
    """Return the tallest of all answers that a guess could lead to."""
    if isinstance(question, Ask):
        guesses = [Guess(str(near)) for near in question.near] + [Guess("?"), Guess()]
    else:
        guesses = [Guess(LETTERS[n], n) for n in range(len(question.choices))] + [Guess()]
    return max((answers(question, guess, result, fill) for guess in guesses), key=height)
