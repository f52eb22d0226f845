"""Similar names."""

from __future__ import annotations

from simpsh.repl.command_names import nearest


def test_the_nearest_and_most_usual_name_comes_first():
    assert nearest("gerp", ["gerb", "grep", "gasp", "sort"]) == ["grep", "gerb"]
    assert nearest("pyhtonn", ["python"]) == ["python"]
    assert nearest("caat", ["dog", "coat", "cut"]) == ["coat"]
    assert nearest("abcd", ["abxy"]) == nearest("nosuch", ["touch"]) == []
    assert nearest("lls", ["llc", "ls", "lld", "mls"])[0] == "ls"
    assert nearest("gti", ["gtf", "git", "gtk"])[0] == "git"
