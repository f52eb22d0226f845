"""Each channel that the explorer follows is needed by a lesson, an exercise or a program."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from simpsh.explore import control, model
from simpsh.explore.model.kernel_state import Operation
from tests.house.source_tree import ROOT

DOCUMENT = ROOT / "docs/exploring.md"
COMMON = {
    "OnObject",
    "MemoryOperation",
    "ProgramAccess",
    "GivesUp",
    "GivesUpAtOnce",
    "Quiet",
    "FileOperation",
    "FutexOperation",
    "Unnoticed",
}
"""What several operations have in common."""


def rows():
    text = DOCUMENT.read_text()
    table = text.partition("## What is followed, and who needs it")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def kinds(base):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_each_operation_that_is_followed_is_in_the_table_once():
    for wing in (model, control):
        for module in pkgutil.iter_modules(wing.__path__, wing.__name__ + "."):
            importlib.import_module(module.name)
    followed = {kind.__name__ for kind in kinds(Operation) if kind.__name__[0] != "_"} - COMMON
    listed = [name for _, operations, _ in rows() for name in re.findall(r"`(\w+)`", operations)]
    assert sorted(listed) == sorted(followed)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].replace(" ", "-"))
def test_who_is_named_is_there_and_uses_it(row):
    path, word = re.search(r"`((?:lessons|tests)/[^`]+)`.*: `([^`]+)`$", row[2]).groups()
    assert word in (ROOT / path).read_text()
