"""A run ends with a line about the programs that it lacked, and the command to install them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.inner_pytest import run_inner_pytest
from tests.support.needed_programs import PACKAGES, command_for
from tests.support.shells import PROJECT

LACKING = """
from tests.support import needed_programs
from tests.support.c_programs import compile_c
needed_programs.shutil.which = {"strace": "/bin/strace"}.get

@pytest.mark.needs("tmux")
def test_with_a_mark(): assert False
def test_with_a_helper(): compile_c("a.c", "a")
def test_with_a_helper_of_the_browser(one_tab): assert False
def test_in_part(): assert not needed_programs.is_installed("zsh")
@pytest.mark.needs("strace")
def test_of_an_installed_program(): assert needed_programs.path_of("strace") == "/bin/strace"
"""


def test_a_run_ends_with_what_was_not_tested_and_the_command(tmp_path):
    for options in ((), ("-n", "2")):
        status, output = run_inner_pytest(tmp_path, LACKING, *options)
        assert status == 0, output
        assert "2 passed, 3 skipped" in output
        assert (
            "3 tests skipped, 1 tested in part: programs are missing. "
            "Install them: apt install chromium gcc tmux zsh\n"
        ) in output


def test_the_commands_name_packages_and_what_is_in_none():
    command = command_for(["cc", "ps", "axe-core", "gcc"])
    assert command == "apt install gcc procps; npm install --no-save axe-core"


def test_the_programs_of_the_ci_are_in_the_table():
    needed = re.findall(r"^need (\S+) (\S+)$", Path(PROJECT, ".ci/run").read_text(), re.MULTILINE)
    assert len(needed) > 10
    assert {*needed} <= {*PACKAGES.items()}
