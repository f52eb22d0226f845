"""Texts of lessons have short sentences, and each line of the map asks."""

import re

from simpsh.course.lesson.lesson import texts_of
from simpsh.course.lesson.lesson_library import Library

LONGEST = 30
"""The maximum number of words in a sentence."""

_CODE = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.?!…])[)”\"*]*\s+(?=[^a-z\s])|(?<=[\w)][.])(?<!e\.g\.)(?<!i\.e\.)\s+")
_WORD = re.compile(r"[^\W_]")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without its preformatted lines; a code span is one word."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        rows = [row for row in paragraph.split("\n") if not row.startswith("    ")]
        found += _END.split(_CODE.sub("CODE", " ".join(" ".join(rows).split())))
    return found


def words_in(sentence: str) -> int:
    # A dash between blanks is not a word.
    return sum(bool(_WORD.search(word)) for word in sentence.split())


def test_no_text_of_the_course_has_a_long_sentence():
    lessons, _ = Library(()).all()
    for lesson in lessons:
        for text in texts_of(lesson):
            long = [one for one in sentences(text.text) if words_in(one) > LONGEST]
            assert long == [], f"{lesson.id}, step {text.step}, {text.part}"
