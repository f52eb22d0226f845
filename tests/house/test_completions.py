"""Tab in bash, zsh and fish: the real shells, on terminals, with the documented set-up."""

import os
import sys

import pytest

from tests.harness.terminal import Terminal
from tests.support.needed_programs import require

PROMPT = "ready>"
STARTS = {
    "bash": (
        ("bash", "--noprofile", "--rcfile", "{home}/rc"),
        "PS1='ready>'; . <(simpsh completions bash)",
    ),
    "zsh": (
        ("zsh", "-i"),
        "PS1='ready>'; unsetopt prompt_sp; autoload -Uz compinit; compinit -u -d {home}/dump\n"
        ". <(simpsh completions zsh)",
    ),
    "fish": (
        ("fish", "--init-command", "source {home}/rc"),
        "set -g fish_greeting; function fish_prompt; printf 'ready>'; end\n"
        "set -g fish_autosuggestion_enabled 0; function fish_title; end\n"
        "simpsh completions fish | source",
    ),
}


@pytest.fixture(params=STARTS)
def shell(request, tmp_path):
    """A shell at its prompt, with simpsh's completions: its name, and its terminal."""
    require(request.param)
    command, settings = STARTS[request.param]
    settings = settings.format(home=tmp_path)
    (tmp_path / "rc").write_text(settings + "\n")
    (tmp_path / ".zshrc").write_text(settings + "\n")
    work = tmp_path / "work"
    work.mkdir()
    (work / "first.jsonl").touch()
    (work / "other.txt").touch()
    variables = {
        "HOME": f"{tmp_path}",
        "ZDOTDIR": f"{tmp_path}",
        "XDG_CONFIG_HOME": f"{tmp_path}/config",
        "XDG_DATA_HOME": f"{tmp_path}/data",
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
    }
    argv = [word.format(home=tmp_path) for word in command]
    with Terminal(argv, environment=variables, directory=work, columns=110) as terminal:
        terminal.wait(rf"^{PROMPT}")
        yield request.param, terminal
        terminal.send("\x15exit\r")
        terminal.wait_exit()


def test_one_tab_completes_names_files_and_commands(shell):
    _, terminal = shell
    for typed, completed in {
        "simpsh expl": "simpsh explore ",
        "simpsh trace --rec": "simpsh trace --record ",
        "simpsh lesson exercise start two-c": "simpsh lesson exercise start two-children ",
        "simpsh trace show fir": "simpsh trace show first.jsonl",
        "simpsh step ./oth": "simpsh step ./oth",
        "simpsh trace mkfif": "simpsh trace mkfifo ",
        "simpsh trace --plain cat oth": "simpsh trace --plain cat other.txt",
    }.items():
        terminal.send(f"{typed}\t")
        if completed != typed:
            terminal.wait(rf"^{PROMPT}{completed.rstrip()}")
        terminal.send("\x15")
        terminal.wait(rf"^{PROMPT}\Z")


def test_descriptions_are_shown_where_the_shell_has_room_for_them(shell):
    name, terminal = shell
    terminal.send("simpsh lesson exercise \t" + "\t" * (name == "bash"))
    for child in ("list", "start", "check", "hint", "solution"):
        terminal.wait(rf"\b{child}\b")
    if name != "bash":
        terminal.wait("Shows the next hint")
