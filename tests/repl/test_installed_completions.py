"""Options and subcommands of programs, from other shells' completions and from --help."""

from __future__ import annotations

import os
import shutil

import pytest

from simpsh.repl.command_names import ProgramNames
from simpsh.repl.completion import completion
from simpsh.repl.installed_completions import installed_names
from simpsh.shell.state import State

FISH = """\
complete -c zz -s q -l quiet -d 'say little'
complete -c zz -n __fish_use_subcommand -f -a add -d 'add a file'
"""
BASH = """\
_zz() { COMPREPLY=( $(compgen -W '--quiet --query add' -- "${COMP_WORDS[COMP_CWORD]}") ); }
complete -F _zz zz
"""
HELP = """\
#!/bin/sh
mkdir "$HOME/asked$1$2" || exit 1
case $1 in
add) echo 'usage: zz add [--all]' ;;
*) printf '%s\\n' Commands: '  add  Add a file' '  -q, --quiet   say little' >"$HOME/out"
   printf '%s\\n' Commands: '  add  Add a file' '  -q, --quiet   say little' ;;
esac
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Home, data and the only directory of PATH that is not the system's; it has a program zz."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "zz").write_text(HELP)
    (tmp_path / "zz").chmod(0o755)
    # What has just changed is not kept.
    os.utime(tmp_path / "zz", (1, 1))
    return tmp_path


@pytest.fixture
def variables(folder):
    return {
        "PATH": f"{folder}:/usr/bin:/bin",
        "HOME": str(folder),
        "XDG_DATA_DIRS": str(folder),
        "XDG_DATA_HOME": str(folder / "none"),
    }


def shown(line, variables):
    state = State(variables)
    state.exported.update(variables)
    return [(it.text, it.description) for it in completion(line, state, ProgramNames()).candidates]


@pytest.mark.parametrize(
    ("shell", "file", "text", "about"),
    [
        ("fish", "fish/vendor_completions.d/zz.fish", FISH, ("say little", "add a file")),
        ("bash", "bash-completion/completions/zz", BASH, ("", "")),
    ],
)
def test_another_shells_completions_are_asked(folder, variables, shell, file, text, about):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(text)
    (folder / "a file").touch()
    assert shown("zz --qui", variables) == [("--quiet ", about[0])]
    assert shown("zz ad", variables) == [("add ", about[1])]
    # Files are completed as ever; nothing that is typed is evaluated.
    assert shown("zz a\\ ", variables) == [("a\\ file ", "")]
    assert installed_names(("zz", "$(touch evaluated)"), "--q", variables) == []
    assert "evaluated" not in os.listdir(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a program of root is asked")
def test_a_program_of_the_system_is_asked_for_help_once(folder, variables):
    # It may write no file: what it wrote until then counts.
    assert installed_names(("zz",), "--q", variables) == []
    (folder / "zz").write_text(HELP.replace('>"$HOME/out"', ">/dev/null"))
    os.utime(folder / "zz", (2, 2))
    (folder / "asked--help").rmdir()
    for _ in range(2):
        assert shown("zz --q", variables) == [("--quiet ", "say little")]
        assert shown("zz ad", variables) == [("add ", "Add a file")]
        assert shown("zz add --a", variables) == [("--all ", "")]
    assert {"asked--help", "askedadd--help"} < {*os.listdir(folder)}
    # Asked again it would fail to make its directory; after a change it is asked again.
    os.utime(folder / "zz", (3, 3))
    assert shown("zz --q", variables) == []
    # Of what another may change, or what hangs, nothing is known.
    (folder / "zz").chmod(0o777)
    assert installed_names(("zz",), "-", variables) == []


@pytest.mark.parametrize(
    ("line", "texts"),
    [("cd -", ["-L", "-P", "-e"]), ("umask -", ["-S "]), ("command -", ["-p", "-v"])],
)
def test_a_builtins_usage_tells_its_options(variables, line, texts):
    assert [text for text, _ in shown(line, variables)] == texts
