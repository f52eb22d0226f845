"""A reader finds a file in two steps: the map of each folder is true."""

import ast
import re
import tomllib

from tests.house.source_tree import HOUSE, ROOT, entries, folders_below, shown


def map_of(folder):
    """Return the names in the lines `name – what it holds` of a folder's `__init__.py`."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    named = re.findall(r"^([\w./]+(?:, [\w./]+)*) – ", text, re.MULTILINE)
    return [name.rstrip("/") for names in named for name in names.split(", ")]


def test_each_init_file_is_the_map_of_its_folder():
    wrong = []
    for folder in folders_below(HOUSE):
        if not (folder / "__init__.py").exists():
            continue
        named, files = map_of(folder), {path.name for path in entries(folder)}
        there = {path.stem for path in entries(folder) if path.suffix == ".py"} - {"__init__"}
        there |= {path.name for path in entries(folder) if path.is_dir() and entries(path)}
        wrong += [f"{shown(folder)}: {name} is not named" for name in sorted(there - {*named})]
        nowhere = sorted({*named} - there - files)
        wrong += [f"{shown(folder)}: {name} does not exist" for name in nowhere]
    assert not wrong, "the map is `name – what it holds`, a line for each:\n  " + "\n  ".join(wrong)


def test_the_drawing_in_architecture_has_the_rooms_in_the_order_of_the_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [one["layers"] for one in config["contracts"] if one.get("containers") == ["simpsh"]]
    drawing = (ROOT / "docs/ARCHITECTURE.md").read_text().partition("    The door")[2]
    drawn = re.findall(r"^.{17}(\w+)  ", "    The door" + drawing.partition("\n\n")[0], re.M)
    assert ["__main__", *drawn] == layers
