"""A term is found in every form in which it occurs, and each shelf brings terms of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import lessons.glossary
from simpsh.course.lesson.lesson import terms_until, texts_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.term_glossary import Glossary, NoSuchTerm, terms_in
from tests.course.lesson_files import GOOD_CLAIM, library, run_of, write_lesson
from tests.support.shells import PROJECT

SMALL = Glossary({"copy-on-write": "C. fork(2)", "reap": "collect", "collect": "W. wait(2)"})


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("collect", "collect"),
        ("Collected", "collect"),
        ("collects()", "collect"),
        ("reaping", "collect"),
        ("copy on write", "copy-on-write"),
        ("copy-on-writes", "copy-on-write"),
    ],
)
def test_a_term_is_found_in_its_forms(word, term):
    assert SMALL.find(word).term == term
    assert word in SMALL


def test_a_term_that_is_missing_is_told_with_the_nearest():
    with pytest.raises(NoSuchTerm, match=r"^colect: .* no such term; did you mean collect\?$"):
        SMALL.find("colect")
    with pytest.raises(NoSuchTerm, match=r"^xyz: the glossary has no such term$"):
        SMALL.find("xyz")
    assert "xyz" not in SMALL


def test_only_emphasis_marks_a_term():
    assert terms_in("**two** *open file\ndescriptions*; `a*b*c`, 3 * 4 * 5") == [
        "open file descriptions"
    ]


def test_every_text_of_a_lesson_is_found_where_it_is(tmp_path):
    question = """Predict("A *pipe*?", Choice("7", parent.prints("7"), "b"), hint="c")"""
    steps = f"""Say("A *fork*."), {question}, {run_of(GOOD_CLAIM)}"""
    write_lesson(tmp_path, "tried", steps)
    lesson = library(tmp_path).find("tried")
    assert [(one.step, one.part, one.text) for one in texts_of(lesson)] == [
        (0, "title", "A title"),
        (1, "text", "A *fork*."),
        (2, "question", "A *pipe*?"),
        (2, "choice", "7"),
        (2, "because", "b"),
        (2, "hint", "c"),
        (3, "claim", "The parent gets 7."),
        (0, "remember", "A sentence."),
    ]
    assert terms_until(lesson, 0) == ["fork"]
    assert terms_until(lesson, 1) == ["fork", "pipe"]


def test_a_folder_brings_terms_of_its_own(tmp_path):
    (tmp_path / "glossary.py").write_text('TERMS = {"quux": "A thing of our course."}\n')
    assert library(tmp_path).glossary().find("quuxes").text == "A thing of our course."


def test_the_glossary_of_the_course_is_in_order_and_its_page_is_current():
    terms = lessons.glossary.TERMS
    assert list(terms) == sorted(terms, key=str.casefold)
    assert [term for term, text in terms.items() if text not in terms and ". " not in text] == []
    page = Path(PROJECT, "docs", "terms.md").read_text(encoding="utf-8")
    assert page == Library().glossary().page(), "anew: simpsh lesson what -o docs/terms.md"
