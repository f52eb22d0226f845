"""Whether the texts before a lesson's first question give its answer away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.course.lesson.lesson import Lesson, Question, plain_text, texts_of

_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset(
    (
        *("a", "all", "an", "and", "are", "as", "at", "by", "for", "from", "has", "have", "in"),
        *(
            "is",
            "it",
            "its",
            "no",
            "not",
            "of",
            "on",
            "one",
            "or",
            "own",
            "s",
            "same",
            "so",
            "than",
        ),
        *("that", "the", "their", "them", "then", "there", "they", "this", "to", "was", "with"),
    )
)
_ENDINGS = ("ies", "ing", "ed", "es", "s", "e")
_SHORTEST = 3
_MOST_PART = 0.5
"""The part of an answer's own words that may be in the texts."""
_NUMBERS = {"two": "2", "three": "3", "four": "4", "five": "5", "once": "1", "twice": "2"}


def words_given_away(lesson: Lesson, about: str, right: int) -> Sequence[str]:
    """Return the words of the first question's right choice that the texts before it state.

    `about` is the lesson's line on the map. Only words count that tell a choice from the others,
    and that are not in the question. Nothing is given away if the texts state at most half of them,
    or as much of another choice.
    """
    number, question = next(
        (number, step) for number, step in enumerate(lesson.steps, 1) if isinstance(step, Question)
    )
    texts = [text.text for text in texts_of(lesson) if _is_before(text.step, text.part, number)]
    known, asked = _stems(" ".join([*texts, about])), _stems(question.question)
    choices = [_stems(choice.text) - asked for choice in question.choices]
    shares = list[float]()
    for index, choice in enumerate(choices):
        own = choice.difference(*(c for other, c in enumerate(choices) if other != index))
        shares.append(len(own & known) / len(own) if own else 0)
        if index == right:
            stated = sorted(own & known)
    others = [share for index, share in enumerate(shares) if index != right]
    return stated if shares[right] > max(_MOST_PART, *others) else ()


def _is_before(step: int, part: str, number: int) -> bool:
    return part == "title" if step == 0 else step < number


def _stems(text: str) -> set[str]:
    """Return the words of a text without their endings."""
    words = _WORD.findall(plain_text(text).casefold())
    return {_stem(_NUMBERS.get(word, word)) for word in words if word not in _SMALL}


def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST), "")
    return word.removesuffix(ending)
