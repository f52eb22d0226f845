"""Wrong rules in copies of the package: the known set of a program refutes each of them."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import simpsh
from simpsh.base.patience import patience
from tests.explore.oracle.known import KNOWN
from tests.explore.search.test_known_sets import PROGRAMS

RULES = tomllib.loads((PROGRAMS.parent / "oracle" / "wrong_rules.toml").read_text())["rule"]
# The copy's answer: its own path, the outputs, and whether they are all.
ASK = """
import json, sys
import simpsh
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
limits = ExplorationLimits(budget_seconds=float(sys.argv[2]), natives=5)
result = explore(program_of(sys.argv[3:], directory=sys.argv[1]), limits)
outputs = [one.text + " [deadlock]" * bool(one.deadlock) for one in result.outcomes]
print(json.dumps([simpsh.__file__, outputs, result.has_every_order]))
"""
pytestmark = [
    pytest.mark.long("one search of a program for each wrong rule"),
    pytest.mark.timeout(120 * patience()),
]


def is_known_set(name, package, compiled, directory):
    """Return whether a copy of the package finds the known set of a program, and says it is all."""
    known = next(one for one in KNOWN if one.program == name)
    directory.joinpath("data").write_text("ab")
    words = compiled(f"programs/{name}"), *known.arguments
    answer = subprocess.run(
        (sys.executable, "-P", "-c", ASK, directory, str(30 * patience()), *words),
        env={"PYTHONPATH": str(package.parent), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    path, outputs, is_complete = json.loads(answer)
    assert Path(path).parent == package
    return is_complete and set(outputs) == known.outputs


@pytest.fixture
def package(tmp_path):
    """Copy the package, without the bytecode of its modules."""
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(Path(simpsh.__file__).parent, tmp_path / "copy/simpsh", ignore=ignored)


@pytest.fixture
def workplace(tmp_path):
    directory = tmp_path / "workplace"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("name", sorted({rule["program"] for rule in RULES}))
def test_a_copy_without_a_change_finds_the_known_set(name, package, compiled, workplace):
    assert is_known_set(name, package, compiled, workplace)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"].replace(" ", "-"))
def test_the_known_set_refutes_a_wrong_rule(rule, package, compiled, workplace):
    file = package / "explore" / rule["file"]
    text = file.read_text()
    assert text.count(rule["right"]) == 1
    file.write_text(text.replace(rule["right"], rule["wrong"]))
    assert not is_known_set(rule["program"], package, compiled, workplace)
