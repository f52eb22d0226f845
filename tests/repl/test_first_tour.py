"""The tour is offered once, at the first prompt of a user, and F1 shows it."""

from __future__ import annotations

import os
import re

import pytest

from simpsh.shell.builtins.builtin_registry import is_builtin
from tests.support.shells import run_command, simpsh_command

OFFER = r"\Asimpsh 1\.0 – [^\n]*\n>>\nNew here\? F1 shows a tour of ten lines; [^\n]*"


@pytest.fixture
def new_user(start_shell, tmp_path):
    """Start simpsh in the same home each time; at the first start its user is new."""

    def start(**keywords):
        environment = {"XDG_STATE_HOME": f"{tmp_path}/state", **keywords.pop("environment", {})}
        return start_shell(is_new=True, environment=environment, **keywords)

    return start


def test_the_tour_has_ten_lines_and_is_shown_above_the_prompt(new_user):
    terminal = new_user()
    terminal.wait(OFFER)
    terminal.key("f1")
    shown = terminal.wait(r"^  ls \| wc -l  .*\n(  .*\n){8}  lesson  .*\n>>\nstatus 0").group()
    assert len(shown.splitlines()) == 12
    assert max(map(len, shown.splitlines())) <= 80
    terminal.key("f1")
    terminal.wait(r"^kernel  \$\? is 0: the last command succeeded$")


def test_any_other_key_begins_a_line_and_the_offer_is_not_repeated(new_user, tmp_path):
    terminal = new_user()
    terminal.wait(OFFER)
    terminal.run("nosuchcommand")
    assert "New here" not in terminal.screen()
    terminal.key("f1")
    terminal.wait(r"^kernel  execve\(\"nosuchcommand\"\) = -1 ENOENT")
    again = new_user()
    again.wait(r"\Asimpsh 1\.0 – [^\n]*\n>>$")
    # The tour is not offered to a user with a history either.
    os.unlink(tmp_path / "state" / "simpsh" / "tour")
    new_user().wait(r"\Asimpsh 1\.0 – [^\n]*\n>>$")


def test_it_is_not_offered_on_a_dumb_terminal_or_if_nothing_can_be_saved(new_user, tmp_path):
    new_user(environment={"TERM": "dumb"}).wait(r"\Asimpsh 1\.0 – [^\n]*\n>>$")
    assert not os.path.exists(tmp_path / "state")
    (tmp_path / "state").write_text("a file in its place")
    new_user().wait(r"\Asimpsh 1\.0 – [^\n]*\nsimpsh: history:([^\n]*\n)+>>$")


@pytest.mark.parametrize("options", [["-c", "true"], ["-i", "--no-rc"]])
def test_a_script_is_offered_nothing(tmp_path, options):
    environment = os.environ | {"XDG_STATE_HOME": f"{tmp_path}/state"}
    done = run_command([*simpsh_command(), *options], cwd=tmp_path, env=environment, input="true\n")
    assert not re.search("tour", done.stdout + done.stderr)
    assert not os.path.exists(tmp_path / "state" / "simpsh" / "tour")


def test_the_commands_in_the_first_lines_of_help_work(start_shell):
    overview = run_command([*simpsh_command(), "help"]).stdout.splitlines()
    terminal = start_shell("--no-rc", rows=120, columns=100)
    terminal.wait_prompt()
    typed = []
    for line in overview[2:6]:
        for words in re.split(r"\s{2,}|, ", line):
            name = words.partition(" ")[0]
            # Stepping takes the whole screen.
            if name in ("ls", "sleep") or (is_builtin(name) and name != "step"):
                terminal.run(words)
                typed.append(words)
    assert len(typed) == 10
    assert not re.search(r"^simpsh: ", terminal.screen(), re.MULTILINE)
    terminal.run("verbose 0; kill %1")
