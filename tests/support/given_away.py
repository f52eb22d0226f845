"""Whether the texts before a lesson's first question give its answer away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson import Question, plain_text, target_of, texts_of
from simpsh.course.lesson.lesson_library import Library

_WORD = re.compile(r"[a-z0-9]+")
_SMALL = re.compile(
    "a|all|an|and|are|as|at|by|for|from|has|have|in|is|it|its|no|not|of|on|one|or|own|s|same|so|"
    "than|that|the|their|them|then|there|they|this|to|was|with"
)
_ENDINGS = ("ies", "ing", "ed", "es", "s", "e")
_SHORTEST = 3
_MOST_PART = 0.5
"""The part of an answer's own words that may be in the texts."""
_NUMBERS = {"two": "2", "three": "3", "four": "4", "five": "5", "once": "1", "twice": "2"}


def words_given_away(check: LessonCheck) -> Sequence[str]:
    """Return the words of the first question's right choice that the texts before it state.

    The lesson's line on the map counts as such a text. Only words count that tell a choice from the
    others, and that are not in the question. Nothing is given away if the texts state at most half
    of them, or as much of another choice.
    """
    lesson = check.lesson
    number, question = next(
        (number, step) for number, step in enumerate(lesson.steps, 1) if isinstance(step, Question)
    )
    target = target_of(lesson, question)
    if target.id not in check.results or not question.choices:
        return ()
    right = question.right_index(check.results[target.id])
    about = next(head.about for head in Library(()).heads()[0] if head.id == lesson.id)
    texts = [text.text for text in texts_of(lesson) if _is_before(text.step, text.part, number)]
    known, asked = _stems(" ".join([*texts, about])), _stems(question.question)
    choices = [_stems(choice.text) - asked for choice in question.choices]
    stated, shares = list[list[str]](), list[float]()
    for index, choice in enumerate(choices):
        own = choice.difference(*(c for other, c in enumerate(choices) if other != index))
        stated.append(sorted(own & known))
        shares.append(len(own & known) / len(own) if own else 0)
    others = [share for index, share in enumerate(shares) if index != right]
    return stated[right] if shares[right] > max(_MOST_PART, *others) else ()


def _is_before(step: int, part: str, number: int) -> bool:
    return part == "title" if step == 0 else step < number


def _stems(text: str) -> set[str]:
    """Return the words of a text without their endings."""
    words = _WORD.findall(plain_text(text).casefold())
    return {_stem(_NUMBERS.get(word, word)) for word in words if not _SMALL.fullmatch(word)}


def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST), "")
    return word.removesuffix(ending)
