"""SIMPSH_PATIENCE gives a slow machine more time; an invalid value changes nothing."""

import os
import subprocess
import sys

import pytest

from simpsh.base.patience import patience
from simpsh.cli.explore_command import ExploreCommand
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS


@pytest.mark.parametrize(
    ("text", "factor"),
    [("8", 8.0), ("1.5", 1.5), ("0", 1.0), ("nan", 1.0), ("x", 1.0), ("999", 1.0)],
)
def test_the_variable_makes_limits_longer(monkeypatch, text, factor):
    monkeypatch.setenv("SIMPSH_PATIENCE", text)
    assert patience() == factor


def test_exploring_on_a_slow_machine_has_a_longer_budget_unless_one_is_named(monkeypatch):
    monkeypatch.setenv("SIMPSH_PATIENCE", "5")
    assert ExploreCommand.read(["ls"]).budget_seconds == 5 * DEFAULT_BUDGET_SECONDS
    assert ExploreCommand.read(["--budget", "3", "ls"]).budget_seconds == 3


def test_an_explorer_on_a_slow_machine_lets_a_program_compute_for_longer():
    code = "from simpsh.explore.flags import COMPUTES; print(COMPUTES)"
    environment = {**os.environ, "SIMPSH_PATIENCE": "20"}
    output = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert output.split()[4] == "40"
