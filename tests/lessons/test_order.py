"""No lesson uses a term, a call or a sign before a unit that teaches it."""

import os
from functools import cache

import pytest

from lessons import ORDER, UNITS
from lessons.glossary import EARLY, TAUGHT
from simpsh.course.lesson.lesson_library import Library
from tests.course.records import Run, Say, Try, lesson
from tests.support.lesson_order import early_terms, terms_by_unit, uses

UNIT_NAMES = tuple(UNITS)


@cache
def taught():
    library = Library()
    return terms_by_unit([library.find(name) for name in ORDER], library.glossary(), TAUGHT)


def early(lesson):
    return {*early_terms(lesson, UNIT_NAMES, taught(), Library().glossary())}


def test_each_lesson_uses_only_what_its_unit_or_an_earlier_one_teaches():
    library = Library()
    found = {name: early(library.find(name)) for name in ORDER}
    unknown = {name: terms - {*EARLY.get(name, ())} for name, terms in found.items()}
    assert not {name: terms for name, terms in unknown.items() if terms}
    unused = {name: {*terms} - found[name] for name, terms in EARLY.items()}
    assert not {name: terms for name, terms in unused.items() if terms}, "no longer used early"


def test_each_term_that_a_unit_teaches_is_in_the_glossary_and_in_a_lesson_of_the_unit():
    library, glossary = Library(), Library().glossary()
    assert {*TAUGHT} <= {*UNITS}
    for unit, terms in TAUGHT.items():
        for term in terms:
            assert term.startswith("`") or term in glossary, term
            names = glossary.names_of(term) if term in glossary else (term,)
            lessons = [library.find(name) for name in UNITS[unit]]
            assert any(uses(lesson, names) for lesson in lessons), f"{unit}: {term}"


def test_a_unit_teaches_each_term_that_a_lesson_uses():
    library, glossary = Library(), Library().glossary()
    known = {term for terms in taught().values() for term in terms}
    rest = {entry.term for entry in glossary.entries()} - known
    lessons = [library.find(name) for name in ORDER]
    used = {term for term in rest if any(uses(one, glossary.names_of(term)) for one in lessons)}
    assert not used


def pipe_of_two() -> None:
    os.pipe()


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([Say("Two *named pipes*.")], {"FIFO", "pipe"}),
        ([Say("A piper.")], set()),
        ([Run(pipe_of_two, id="one")], {"`os.pipe`"}),
        ([Try("Do it.", {"it returns": "returns"}, "?", "ls | wc")], {"` | `"}),
    ],
)
def test_a_term_is_found_by_its_other_names_and_code_in_listings_and_tasks(steps, found):
    assert early(lesson("tried", "Tried", 1, steps, chapter="fork")) == found
