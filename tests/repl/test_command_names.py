"""Suggestions for a name that was not found."""

from __future__ import annotations

from simpsh.repl.command_names import Spelling, nearest
from simpsh.shell.state import State


def test_the_nearest_and_most_usual_name_comes_first():
    assert nearest("gerp", ["gerb", "grep", "gasp", "sort"]) == ["grep", "gerb"]
    assert nearest("pyhtonn", ["python"]) == ["python"]
    assert nearest("caat", ["dog", "coat", "cut"]) == ["coat"]
    assert nearest("abcd", ["abxy"]) == nearest("nosuch", ["touch"]) == []
    assert nearest("lls", ["llc", "ls", "lld", "mls"])[0] == "ls"
    assert nearest("gti", ["gtf", "git", "gtk"])[0] == "git"


def test_a_name_that_is_not_found_is_explained(tmp_path):
    state = State({"PATH": "/wrong", "HOME": "/h"})
    for name, hint in {
        "$": "leave out the prompt sign $, and type the rest",
        "%1": "fg %1 continues a job; jobs lists them",
        "ll": "did you mean ls -l? alias ll='ls -l' defines it",
        "cd..": "did you mean cd ..?",
        "cat": "it is /usr/bin/cat, but PATH is '/wrong'; type PATH=/usr/bin:/bin:$PATH",
        **dict.fromkeys(("", "x", "./gerp", "a/b", "zzzzzzzz")),
    }.items():
        assert Spelling(state).hint(name) == hint
    (tmp_path / "mycommand").write_text("")
    (tmp_path / "mycommand").chmod(0o755)
    (tmp_path / "notthisone").write_text("")
    (tmp_path / "notthisone").chmod(0o644)
    state.assign("PATH", f"{tmp_path}:/proc/nonexistent")
    spelling = Spelling(state)
    assert spelling.hint("exprot") == "did you mean export?"
    assert spelling.hint("mycomand") == "did you mean mycommand?"
    assert spelling.hint("notthisoen") is None
