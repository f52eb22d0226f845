"""Tab in bash, zsh and fish: the real shells, on terminals, with what is documented for them."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from simpsh.cli.argument_completion import answer_lines
from simpsh.cli.command_line import SUBCOMMANDS, parse_shell_args
from simpsh.cli.own_options import OPTIONS
from tests.support.screen import Terminal

WHAT_FITS = parse_shell_args([]).what_fits
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
    """A shell at its prompt, which knows how simpsh completes; its name, and its terminal."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
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


def answered(*words):
    return list(answer_lines(words, WHAT_FITS))


def test_what_is_answered_is_a_name_and_what_it_is():
    names = [line.partition("\t")[0] for line in answered("")]
    assert sorted(names) == ["", *sorted(SUBCOMMANDS)]
    assert answered("--vers") == ["--version\t"]
    assert answered("--eng") == [f"--engine\t{OPTIONS['--engine ENGINE']}"]
    assert answered("-v", "") == ["\tfiles\t"]
    assert answered("script", "x") == ["\tfiles\t"]
    assert answered("trace", "show", "") == ["\tfiles\t.jsonl"]
    assert answered("trace", "ls", "-") == ["\tcommand\t1"]
    assert answered("step", "--plain", "l") == ["\tcommand\t2"]
    [line] = answered("lesson", "exercise", "start", "two-c")
    assert line.startswith("two-children\tTwo children, collected")
