"""A sourced file runs as a script: `echo`, `test` etc. are built-ins in it."""

import pytest

FILE = """
[ a = a ] && echo "$(type echo)" >inside
called() { type echo >called; }
printf 'a\\tb\\n' | cat >piped
"""


def content(directory, name):
    return (directory / name).read_text().partition(";")[0].strip()


@pytest.mark.parametrize("line", [". ./f", "source ./f", "eval '. ./f'", "g() { . ./f; }; g"])
def test_a_sourced_file_runs_the_builtins(line, terminal, tmp_path):
    (tmp_path / "f").write_text(FILE)
    terminal.send(f"{line}\r")
    terminal.wait_prompt()
    terminal.send("called; type echo >typed; echo ready\r")
    terminal.wait("^ready$")
    terminal.wait_prompt()
    assert content(tmp_path, "inside") == "echo is a shell builtin"
    assert content(tmp_path, "called") == "echo is a shell builtin"
    assert content(tmp_path, "typed").endswith("/echo")
    assert (tmp_path / "piped").read_text() == "a\tb\n"
    terminal.send("h() { type echo >own; }; h; verbose 1; . ./f; verbose 0; echo end\r")
    terminal.wait("^end$")
    terminal.wait_prompt()
    assert content(tmp_path, "own").endswith("/echo")
    assert content(tmp_path, "inside").endswith("/echo")


def test_a_file_that_fails_leaves_the_prompt_as_it_was(terminal, tmp_path):
    (tmp_path / "f").write_text("return 3\n")
    (tmp_path / "mistake").write_text("echo a; )\n")
    (tmp_path / "unset").write_text("echo ${x?none}\n")
    terminal.send(". ./f; . ./absent; . ./mistake\r")
    terminal.wait_prompt()
    terminal.send(". ./unset\r")
    terminal.wait_prompt()
    terminal.send("type echo >typed; echo ready\r")
    terminal.wait("^ready$")
    assert content(tmp_path, "typed").endswith("/echo")
