"""Predict and Ask: questions that the next run answers, with choices or with a free answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from simpsh.course.claims.claim import Result, holds, value
from simpsh.course.claims.demonstration import Edit
from simpsh.course.claims.observation import quoted
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
from simpsh.view.styled_text import Piece, line, marked, styled

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


_ANOTHER = "?"
"""Represents any wrong answer without a remark of its own."""


class Ask(Question):
    """A question whose answer, a number or a line, is computed from the run."""

    question: str
    answer: str
    """The expression whose value is the answer."""
    because: str
    near: Mapping[object, str] = {}
    """Common wrong answers, each with the reason why it is wrong."""
    part: str | None = None
    hint: str = ""
    """The text of `:hint`: where to look or what to consider, not the answer."""

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "question", self.question
        yield "because", self.because
        yield from (("near", reason) for reason in self.near.values())
        yield "hint", self.hint

    @property
    def takes_number(self) -> bool:
        """Whether the answer is a number; then all the common wrong answers are numbers, too."""
        return bool(self.near) and all(is_number(str(near)) for near in self.near)

    def right_answer(self, result: Result) -> str:
        """Return the answer of a run, as a student would type it; raises NotThere, Unknown."""
        return as_typed(value(self.answer, result))

    def right_words(self, result: Result) -> str:
        answer = self.right_answer(result)
        if self.near and is_number(answer) is not self.takes_number:
            raise AuthorFault(
                f"{answer} is right: all answers in near are numbers, too, or none is"
            )
        for near in self.near:
            if is_same_answer(str(near), answer):
                raise AuthorFault(f"{near} is given as a near miss, and is the right answer")
        return answer

    def guesses(self) -> Sequence[str]:
        return [*map(str, self.near), _ANOTHER, ""]

    def words_of(self, guess: str) -> str:
        return guess

    def is_right(self, guess: str, result: Result) -> bool:
        return is_same_answer(guess, self.right_answer(result))

    def answers(self, guess: str, result: Result, fill: Fill) -> list[Answer]:
        right = self.right_answer(result)
        because = Answer("because", marked(sentence(fill(self.because))))
        if guess and is_same_answer(guess, right):
            return [Answer("you said", line(Piece(right, "bold"), SO_IT_WAS)), because]
        answers = [Answer("it was", styled(right, "bold")), because]
        if not guess:
            return answers
        you_said = Answer("you said", styled(guess, ""))
        for near, reason in self.near.items():
            if is_same_answer(guess, as_typed(near)):
                return [you_said, *answers, Answer("but", marked(sentence(fill(reason))))]
        return [you_said, *answers]

    def feedback(self, result: Result, fill: Fill) -> Iterator[tuple[str, str, list[Answer]]]:
        yield "none", "", self.answers("", result, fill)
        right = self.right_answer(result)
        yield f"={right}", "right", self.answers(right, result, fill)
        for near in map(as_typed, self.near):
            yield f"={near}", "other", self.answers(near, result, fill)
        yield "other", "other", self.answers("", result, fill)


def is_same_answer(typed: str, answer: str) -> bool:
    """Return whether a typed answer is right; surrounding blanks are ignored.

    >>> is_same_answer(" 8 ", "8"), is_same_answer("08", "8"), is_same_answer("a  b", "a b")
    (True, True, True)
    """

    def normal(text: str) -> str:
        words = " ".join(text.split()).strip("“”\"'")
        return str(int(words)) if words.isascii() and words.isdigit() else words

    return normal(typed) == normal(answer)


def is_number(text: str) -> bool:
    """Return whether a typed answer is a whole number."""
    return re.fullmatch(r"-?[0-9]+", text) is not None


def as_typed(value: object) -> str:
    """Return a value as a student would type it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, set | frozenset):
        # Quote the members of a set of outputs: leading and trailing blanks matter.
        return ", ".join(sorted(quoted(str(member)) for member in value))
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).strip()
