"""Predict: a question with choices; a run makes exactly one of them true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from simpsh.course.claims.claim import Result, holds
from simpsh.course.claims.demonstration import Edit
from simpsh.course.lesson.lesson import (
    AuthorFault,
    Choice,
    Fill,
    Lesson,
    Question,
    answer_to,
    sentence,
)
from simpsh.course.lesson.lesson_faults import edit_faults, name_faults, proof_faults
from simpsh.course.screen.answer_lines import LETTERS, SO_IT_WAS, Answer
from simpsh.view.styled_text import line, marked

FEWEST_CHOICES = 3
"""With two choices, half of all random guesses would be right."""


class Predict(Question):
    """A question before a run, with choices: exactly one is true of the run that follows."""

    question: str
    choices: tuple[Choice, ...]
    """The choices, in a pseudo-random order that depends only on their texts."""
    part: str | None = None
    """The part of the next run's program that is shown; see Step.part."""
    hint: str = ""
    """The text of `:hint`: where to look or what to consider, not the answer."""
    again: Sequence[Edit] = ()
    """Edits of the run that make another choice true; the question is repeated with them."""
    turn: int = 0
    """How often it was asked before; the order of the choices depends on it."""

    def __init__(
        self,
        question: str,
        *choices: Choice,
        part: str | None = None,
        hint: str = "",
        again: Edit | Sequence[Edit] = (),
        turn: int = 0,
    ) -> None:
        def sort_key(choice: Choice) -> bytes:
            # Not always a Choice: values of other types are reported when the lesson is loaded.
            text = f"{question}\0{getattr(choice, 'text', choice)}"
            return sha256(f"{text}\0{turn}".encode() if turn else text.encode()).digest()

        # The order depends only on the texts, so class and handout agree.
        in_order = tuple(sorted(choices, key=sort_key))
        again = (again,) if isinstance(again, Edit) else again
        super().__init__(question, in_order, part, hint, again, turn)

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "question", self.question
        for choice in self.choices:
            yield "choice", choice.text
            yield "because", choice.because
        yield "hint", self.hint

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if len(self.choices) < 2:
            yield f"a question needs at least two Choices; it has {len(self.choices)}"
        texts = [choice.text for choice in self.choices]
        if len(set(texts)) != len(texts):
            yield "two of its choices have the same text"
        for choice in self.choices:
            yield from proof_faults(answer_to(lesson, self), choice.proof)
            if not choice.because.strip():
                yield (
                    f"the choice “{choice.text}” needs a reason: why it is so, or where it would be"
                )
        target = answer_to(lesson, self)
        if self.again and target is not None:
            for edit in self.again:
                yield from edit_faults(target.demonstration, edit)
                yield from name_faults(target.demonstration, self.question, edit)
        yield from super().faults(lesson)

    def bare_faults(self) -> Iterator[str]:
        if len(self.choices) < FEWEST_CHOICES:
            yield f"it has {len(self.choices)} choices; a third one makes it a question"
        yield from super().bare_faults()

    def right(self, result: Result) -> Choice:
        """Return the choice that is true of a run.

        Raises AuthorFault if not exactly one is true, Unknown if this machine cannot decide.
        """
        true = [choice for choice in self.choices if holds(choice.proof, result)]
        if len(true) == 1:
            return true[0]
        which = ", ".join(f"“{choice.text}”" for choice in true) or "none"
        raise AuthorFault(
            f"exactly one choice must be true of the run, and {len(true)} are ({which}); "
            "change the expressions of the others"
        )

    def right_index(self, result: Result) -> int:
        return self.choices.index(self.right(result))

    def right_words(self, result: Result) -> str:
        return f"“{self.right(result).text}”"

    def guesses(self) -> Sequence[str]:
        return [*LETTERS[: len(self.choices)], ""]

    def words_of(self, guess: str) -> str:
        return self._choice_of(guess).text

    def is_right(self, guess: str, result: Result) -> bool:
        return self._choice_of(guess) is self.right(result)

    def answers(self, guess: str, result: Result, fill: Fill) -> list[Answer]:
        right = self.right(result)
        because = Answer("because", marked(sentence(fill(right.because))))
        right_text = marked(f"**{right.text}**")
        was = Answer("it was", right_text)
        if not guess:
            return [was, because]
        chosen = self._choice_of(guess)
        if chosen is right:
            return [Answer("you said", line(right_text, SO_IT_WAS)), because]
        but = Answer("but", marked(sentence(fill(chosen.because))))
        return [Answer("you said", marked(chosen.text)), was, because, but]

    def feedback(self, result: Result, fill: Fill) -> Iterator[tuple[str, str, list[Answer]]]:
        yield "none", "", self.answers("", result, fill)
        right = self.right_index(result)
        for index in range(len(self.choices)):
            kind = "right" if index == right else "other"
            yield str(index), kind, self.answers(LETTERS[index], result, fill)

    def _choice_of(self, guess: str) -> Choice:
        return self.choices[LETTERS.index(guess)]
