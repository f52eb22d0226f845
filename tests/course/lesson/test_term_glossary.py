"""The glossary finds terms in all their forms; each course can add terms."""

import re

import pytest

import lessons.glossary
from simpsh.base.errors import UsageProblem
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.term_glossary import Glossary, terms_in
from tests.course.lesson_files import library

SMALL = Glossary({"copy-on-write": "C. fork(2)", "reap": "collect", "collect": "W. wait(2)"})


def test_a_term_is_found_in_its_forms():
    for word, term in (
        ("collect", "collect"),
        ("Collected", "collect"),
        ("collects()", "collect"),
        ("reaping", "collect"),
        ("copy on write", "copy-on-write"),
        ("copy-on-writes", "copy-on-write"),
    ):
        assert SMALL.find(word).term == term
        assert word in SMALL
    with pytest.raises(UsageProblem):
        SMALL.find("xyz")
    assert "xyz" not in SMALL
    # A synonym has no entry of its own.
    assert [entry.term for entry in SMALL.entries()] == ["collect", "copy-on-write"]
    assert SMALL.names_of("reap") == ["collect", "reap"]


def test_only_emphasis_marks_a_term():
    text = "**two** *open file\ndescriptions*; `a*b*c`, 3 * 4 * 5"
    assert terms_in(text) == ["open file descriptions"]


def test_a_folder_can_add_terms(tmp_path):
    (tmp_path / "glossary.py").write_text('TERMS = {"quux": "A thing of our course."}\n')
    assert library(tmp_path).glossary().find("quuxes").text == "A thing of our course."


def test_the_glossary_of_the_course_is_in_order_and_its_page_lists_each_term():
    terms = lessons.glossary.TERMS
    assert list(terms) == sorted(terms, key=str.casefold)
    assert [term for term, text in terms.items() if text not in terms and ". " not in text] == []
    page = Library().glossary().page()
    assert re.findall(r"^- \*\*(.+?)\*\*: ", page, re.MULTILINE) == list(terms)
