"""What docs/style-of-texts.md asks of a text and a machine can see: short sentences, no riddles.

Code spans are not read, nor lines that are set as they are. Everything else is prose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.lesson.lesson import Lesson, texts_of
from simpsh.course.lesson.term_glossary import Glossary, terms_in

LONGEST = 30
"""The most words of a sentence."""

REFUSED = {
    "nobody": "no process, no reade",
    "somebody": "another process, a reade",
    "whoeve": "the process that, each process that",
    "whom": "a sentence of its own",
    "hence": "so",
    "thereby": "so",
    "it would if": "With MAP_SHARED the parent would …",
    "so it would": "With MAP_SHARED the parent would …",
    "some books": "the source, or “A common statement is: …”",
    "many books": "the source, or “A common statement is: …”",
    "behind": "after, in the background",
    "of its own accord": "by itself",
    "comes of": "happens, follows from",
    "for want of": "because there is no …",
    "so many": "the number, or “that number of”",
}
"""What a text does not say, and what it says instead."""

_REFUSED = re.compile(rf"\b(?:{'|'.join(REFUSED)})\b", re.IGNORECASE)
_BARE_WOULD = re.compile(r"^it would\b(?!.*\b(?:if|unless|with|without)\b)", re.IGNORECASE)
"""A sentence that says what would be so, and not when."""
_CODE = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.?!…])[)”\"*]*\s+(?=[^a-z\s])|(?<=[\w)][.])(?<!e\.g\.)(?<!i\.e\.)\s+")
_WORD = re.compile(r"[^\W_]")


def prose(text: str) -> list[str]:
    """Return the paragraphs of a text without its code: a span becomes the word CODE."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [row for row in paragraph.split("\n") if not row.startswith("    ")]
        paragraphs.append(_CODE.sub("CODE", " ".join(" ".join(lines).split())))
    return [paragraph for paragraph in paragraphs if paragraph]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, its code left out.

    >>> sentences("The child ends. `wait()` returns: the parent goes on.")
    ['The child ends.', 'CODE returns: the parent goes on.']
    """
    return [sentence for paragraph in prose(text) for sentence in _END.split(paragraph)]


def length(sentence: str) -> int:
    """Return how many words a sentence has.

    >>> length("Two processes – parent and child – share it.")
    7
    """
    return sum(bool(_WORD.search(word)) for word in sentence.split())


def long_sentences(text: str) -> Iterator[str]:
    """Yield what is wrong with the lengths of a text's sentences."""
    for sentence in sentences(text):
        words = length(sentence)
        if words > LONGEST:
            yield f"a sentence of {words} words, {LONGEST} are the limit: “{sentence}”"


def refused_words(text: str) -> Iterator[str]:
    """Yield the words of a text that it does not say, each with what it says instead."""
    for sentence in sentences(text):
        for match in _REFUSED.finditer(sentence):
            word = match.group().lower()
            yield f"“{word}” (better: {REFUSED[word]}) in “{sentence}”"
        if _BARE_WOULD.match(sentence):
            yield f"“it would” without saying when in “{sentence}”"


def unknown_terms(text: str, glossary: Collection[str] | Glossary) -> Iterator[str]:
    """Yield the terms of a text that the glossary does not have."""
    for term in terms_in(text):
        if term not in glossary:
            yield f"“{term}” is marked as a term and has no entry in glossary.py"


LONG, REFUSALS, UNKNOWN = f"sentences over {LONGEST} words", "refused words", "terms without entry"


@dataclass(frozen=True, slots=True)
class LessonTexts:
    """How the texts of a lesson are written."""

    longest: int
    """The words of its longest sentence."""
    faults: Mapping[str, Sequence[str]]
    """By kind, LONG, REFUSALS and UNKNOWN: `step 3, because: …`."""


def lesson_texts(lesson: Lesson, glossary: Glossary) -> LessonTexts:
    """Read all texts of a lesson."""
    faults: dict[str, list[str]] = {LONG: [], REFUSALS: [], UNKNOWN: []}
    longest = 0
    for text in texts_of(lesson):
        where = f"step {text.step}, {text.part}" if text.step else text.part
        longest = max([longest, *map(length, sentences(text.text))])
        faults[LONG] += [f"{where}: {fault}" for fault in long_sentences(text.text)]
        faults[REFUSALS] += [f"{where}: {fault}" for fault in refused_words(text.text)]
        faults[UNKNOWN] += [f"{where}: {fault}" for fault in unknown_terms(text.text, glossary)]
    return LessonTexts(longest, faults)


def texts_lines(texts: Sequence[LessonTexts]) -> Iterator[str]:
    """Yield how the texts of several lessons are written, in one line."""
    if texts:
        counts = (
            f"{kind} {sum(len(text.faults[kind]) for text in texts)}"
            for kind in (LONG, REFUSALS, UNKNOWN)
        )
        longest = counted(max(text.longest for text in texts), "word")
        yield f"texts: {'; '.join((f'longest sentence {longest}', *counts))}"
