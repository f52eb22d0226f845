"""The limits of the house: who adds takes away.

Three of them are above what the house is to have: 80,000 lines, 48,000 lines of tests, and 900
functions that are named once. They say what was reached, so that nothing grows meanwhile. Whoever
takes away lowers them.
"""

from __future__ import annotations

import ast

import pytest

from tests.house.sizes import (
    files_that_name,
    lines_below,
    local_names,
    measure,
    private_functions_named_once,
    wildcards_over_kinds,
)
from tests.house.source_tree import TESTS

MOST_LINES = 89_600
MOST_MODULES = 400
MOST_TEST_LINES = 58_900
MOST_NAMED_ONCE = 965
MOST_FILES_OF_A_KIND = 3


@pytest.fixture(scope="module")
def sizes():
    return measure()


def test_the_program_has_not_outgrown_its_limits(sizes):
    assert sizes.lines <= MOST_LINES
    assert sizes.modules <= MOST_MODULES
    assert lines_below(TESTS) <= MOST_TEST_LINES


def test_functions_are_whole(sizes):
    assert len(sizes.named_once) <= MOST_NAMED_ONCE, "\n".join(sizes.named_once)


def test_a_match_over_kinds_names_each_kind(sizes):
    assert sizes.wildcards == []


@pytest.mark.parametrize("kind", ["NotShown", "Compare", "SetPgid"])
def test_a_kind_is_known_in_few_files(kind):
    files = files_that_name(kind)
    assert 1 <= len(files) <= MOST_FILES_OF_A_KIND, files


def test_no_variable_is_named_one():
    assert local_names("one") == []


MADE = """
def _once(value):
    match value:
        case Fork():
            return 1
        case _:
            return _twice() + _twice()

def _twice():
    match 1:
        case int():
            pass
        case _:
            pass

print(_once(1))
"""


def test_what_is_counted():
    tree = ast.parse(MADE)
    assert [*private_functions_named_once(tree)] == ["_once"]
    assert [*wildcards_over_kinds(tree)] == [6]
