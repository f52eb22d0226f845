"""Ask: a question with a free answer that is computed from a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from simpsh.course.claims.claim import Result, value
from simpsh.course.claims.observation import quoted
from simpsh.course.lesson.lesson import AuthorFault, Fill, Question, sentence
from simpsh.course.screen.answer_lines import SO_IT_WAS, Answer
from simpsh.view.styled_text import Piece, line, marked, styled

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
