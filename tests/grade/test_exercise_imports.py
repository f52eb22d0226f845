"""An exercise has one front door, as a lesson has."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.grade import exercises
from tests.support.shells import PROJECT

FILES = sorted(Path(PROJECT, "lessons").glob("*/exercises/*/exercise.py"))


def test_every_name_of_the_front_door_is_there_and_no_other():
    for name in exercises.__all__:
        assert getattr(exercises, name) is not None
    assert set(exercises.__all__) <= set(dir(exercises))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        exercises.nothing  # noqa: B018 - looking is what is tried


def test_the_front_door_itself_loads_nothing():
    code = "import sys, simpsh.grade.exercises; print(*(m for m in sys.modules if 'simpsh' in m))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    loaded = {name for name in done.stdout.split() if name.startswith("simpsh")}
    assert loaded == {
        "simpsh",
        "simpsh.grade",
        "simpsh.grade.exercises",
        # A few lines that every start has: an error says which limit of descriptors was met.
        "simpsh.base",
        "simpsh.base.descriptor_limit",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_exercises_enter_by_the_front_door(path):
    modules = [
        node.module for node in ast.walk(ast.parse(path.read_text())) if hasattr(node, "module")
    ]
    ours = {name for name in modules if name.partition(".")[0] == "simpsh"}
    assert ours <= {"simpsh.course", "simpsh.grade.exercises"}
