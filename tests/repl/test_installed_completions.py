"""Options and subcommands of programs, from other shells' completions and from --help."""

from __future__ import annotations

import os
import shutil

import pytest

from simpsh.repl.installed_completions import installed_names

FISH = """complete -c zz -l quiet -d 'say little'
complete -c zz -n __fish_use_subcommand -f -a add -d 'add a file'"""
BASH = """_zz() { COMPREPLY=($(compgen -W '--quiet --all add' -- "${COMP_WORDS[COMP_CWORD]}")); }
complete -F _zz zz"""
HELP = """#!/bin/sh
mkdir asked$1 || exit
test $1 = add && echo 'usage: zz add [--all]' ||
printf '%s\\n' Commands: '  add  Add a file' '  -q, --quiet   say little'
echo more >file"""


@pytest.fixture
def asks(tmp_path, monkeypatch):
    """Ask what continues a line of the program zz, which nothing but a test's folder knows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "zz").write_text(HELP)
    changed(1)
    folders = {name: str(tmp_path) for name in ("HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS")}
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    return lambda *words: installed_names(("zz", *words[:-1]), words[-1], {**folders, **path})


def changed(time, mode=0o755):
    os.chmod("zz", mode)
    # What has just changed is not kept.
    os.utime("zz", (time, time))


OF_SHELLS = {
    "fish": ("fish/completions", "zz.fish", FISH, "say little", "add a file"),
    "bash": ("bash-completion/completions", "zz", BASH, "", ""),
}


@pytest.mark.parametrize("shell", [*filter(shutil.which, OF_SHELLS)])
def test_another_shells_completion_is_asked(asks, shell):
    folder, name, text, option, subcommand = OF_SHELLS[shell]
    os.makedirs(folder)
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)
    assert asks("--q") == [("--quiet", option)]
    assert asks("ad") == [("add", subcommand)]
    # Nothing that is typed is evaluated.
    assert asks("$(touch evaluated)", "--q") == []
    assert not os.path.exists("evaluated")


@pytest.mark.skipif(os.geteuid() != 0, reason="only a program of root is asked")
def test_a_program_of_the_system_is_asked_for_help_once(asks):
    # Asked again it fails to make its directory.
    for _ in range(2):
        assert asks("--q") == [("--quiet", "say little")]
        assert asks("ad") == [("add", "Add a file")]
        assert asks("add", "--a") == [("--all", "")]
    assert os.path.getsize("file") == 0, "it may write nothing"
    # After a change it is asked again; one that another may change is never asked.
    changed(2)
    assert asks("--q") == []
    changed(3, 0o777)
    os.rmdir("asked--help")
    assert asks("--q") == []
