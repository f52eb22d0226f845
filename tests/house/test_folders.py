"""A reader finds any concept in two steps: maps are true, names are unique."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict

import pytest

from tests.house.source_tree import HOUSE, ROOT, TESTS, entries, folders_below, modules_below, shown

ROLES = {"__init__.py", "__main__.py", "conftest.py"}
"""Files that every folder may have, because their role is the same everywhere."""

NOT_A_ROOM = {"support", "bench", "dash", "lessons", "house", "promises"}
"""Folders of tests that do not correspond to a folder of simpsh/."""


def is_collection(folder):
    """Return whether a folder holds data alone: help pages, or programs that tests run.

    Its files are of one kind and each is found by its name, so their number is not limited.
    """
    if folder.name == "programs":
        return True
    return not any(path.is_dir() or path.suffix == ".py" for path in entries(folder))


@pytest.mark.parametrize("root", [HOUSE, TESTS], ids=shown)
def test_no_base_name_of_a_module_or_a_test_file_occurs_twice(root):
    places = defaultdict(list)
    for path in modules_below(root):
        if path.name not in ROLES and not (root == TESTS and is_collection(path.parent)):
            places[path.name].append(shown(path))
    twice = [", ".join(paths) for paths in places.values() if len(paths) > 1]
    assert not twice, "say what each holds:\n  " + "\n  ".join(twice)


def map_of(folder):
    """Return the names in the lines `name – what it holds` of a folder's `__init__.py`."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    names = []
    for line in text.splitlines():
        if named := re.match(r"([\w./]+(?:, [\w./]+)*) – ", line):
            names += [name.rstrip("/") for name in named.group(1).split(", ")]
    return names


def test_each_init_file_is_the_map_of_its_folder():
    wrong = []
    for folder in folders_below(HOUSE):
        if not (folder / "__init__.py").exists():
            continue
        named = map_of(folder)
        there = {path.stem for path in entries(folder) if path.suffix == ".py"} - {"__init__"}
        there |= {path.name for path in entries(folder) if path.is_dir() and entries(path)}
        files = {path.name for path in entries(folder)}
        wrong += [f"{shown(folder)}: {name} is not named" for name in sorted(there - set(named))]
        wrong += [
            f"{shown(folder)}: {name} does not exist"
            for name in sorted(set(named) - there)
            if name not in files
        ]
        wrong += [
            f"{shown(folder)}: {name} is named twice"
            for name in sorted({name for name in named if named.count(name) > 1})
        ]
    assert not wrong, "the map is `name – what it holds`, a line for each:\n  " + "\n  ".join(wrong)


def test_the_drawing_in_architecture_has_the_rooms_in_the_order_of_the_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [one["layers"] for one in config["contracts"] if one.get("containers") == ["simpsh"]]
    drawing = (ROOT / "docs/ARCHITECTURE.md").read_text().partition("    The door")[2]
    drawn = re.findall(r"^.{17}(\w+)  ", "    The door" + drawing.partition("\n\n")[0], re.M)
    assert ["__main__", *drawn] == layers


def test_each_folder_of_tests_has_the_name_of_a_room():
    strange = []
    for folder in folders_below(TESTS):
        inside = folder.relative_to(TESTS)
        if not inside.parts or inside.parts[0] in NOT_A_ROOM:
            continue
        if any(folder.glob("test_*.py")) and not (HOUSE / inside).is_dir():
            strange.append(f"{shown(folder)}: there is no {shown(HOUSE / inside)}")
    assert not strange, "\n  ".join(["folders of tests bear a room's name:", *strange])


def test_every_exception_is_still_there():
    assert [name for name in NOT_A_ROOM if not (TESTS / name).is_dir()] == []
