"""What you said, what it was, because …, but …: the answer to a question, after the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course.answering import is_right, why_not
from simpsh.course.screen.styled import Piece, line, styled
from simpsh.course.screen.text import labelled, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.course.screen.styled import Block, Line
    from simpsh.course.steps import Ask, Choice

LABEL_WIDTH, WIDTH = 8, 76
LETTERS = "abcdefghij"
_SO_IT_WAS = " – and so it was."


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled line of the verdict: `because`, and the reason."""

    label: str
    text: Line


def choice_answers(
    right: Choice, chosen: Choice | None, fill: Callable[[str], str]
) -> list[Answer]:
    """Answer a guess; nobody's guess is called wrong.

    Args:
        right: the choice that was true of the run.
        chosen: what was guessed; None for no guess.
        fill: puts line numbers into a text.
    """
    because = Answer("because", marked(sentence(fill(right.because))))
    if chosen is right:
        said = line(Piece(right.text, "bold"), _SO_IT_WAS)
        return [Answer("you said", said), because]
    found = [Answer("it was", styled(right.text, "bold")), because]
    if chosen is None:
        return found
    but = Answer("but", marked(sentence(fill(chosen.because))))
    return [Answer("you said", marked(chosen.text)), *found, but]


def free_answers(step: Ask, was: str, said: str, fill: Callable[[str], str]) -> list[Answer]:
    """Answer a number or line that was typed; `said` is empty for none."""
    because = Answer("because", marked(sentence(fill(step.because))))
    if said and is_right(said, was):
        return [Answer("you said", line(Piece(was, "bold"), _SO_IT_WAS)), because]
    found = [Answer("it was", styled(was, "bold")), because]
    if not said:
        return found
    near = why_not(step, said)
    but = [Answer("but", marked(sentence(fill(near))))] if near else []
    return [Answer("you said", styled(said, "")), *found, *but]


def sentence(text: str) -> str:
    """Let a text begin with a capital where it begins with a line's number.

    >>> sentence("line 18 reads"), sentence("x is copied")
    ('Line 18 reads', 'x is copied')
    """
    return text[:1].upper() + text[1:] if text.startswith("line ") else text


def answer_lines(answers: Sequence[Answer], width: int) -> Block:
    """Set the parts of an answer under each other, labels at the left."""
    return [
        row
        for answer in answers
        for row in labelled(answer.label, answer.text, LABEL_WIDTH, min(width, WIDTH))
    ]


def choice_lines(choices: Sequence[Choice], width: int) -> Block:
    """Set the choices with their letters."""
    return [
        row
        for letter, choice in zip(LETTERS, choices, strict=False)
        for row in labelled(letter, marked(choice.text), 3, width, "bold")
    ]
