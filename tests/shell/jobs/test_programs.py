"""Common terminal programs: run, suspend, resume, quit."""

from __future__ import annotations

import pytest

from tests.harness.process import group_members
from tests.harness.sh import PYTHON
from tests.support.needed_programs import require

FRESH = r"^>>\n?(status [^\n]*)?\Z"


@pytest.fixture
def prompt(start):
    """A prompt on an ordinary screen; its programs do not read settings of this machine."""
    return start(rows=24, columns=80, LESS="", LESSHISTFILE="-", MANPAGER="less", PAGER="less")


def suspend(prompt, group):
    """Press ^Z once the program waits for a key; before that, it could miss its handler's flag."""
    # Formatters that have finished end in the meantime: "-".
    prompt.wait_states(group_members(group, zombies=False), "S-ZX")
    seen = len(prompt.terminal.raw)
    prompt.key("C-z")
    prompt.terminal.wait_raw(rb"Stopped \(SIG(TSTP|STOP)\)", after=seen)
    # A pager that man starts is not a child of the shell: it may restore the screen after the
    # prompt.
    prompt.wait_states(group_members(group, zombies=False), "T-ZX")
    prompt.wait_until(prompt.owns_the_terminal, "the shell did not take the terminal back")
    prompt.send("echo back\r")
    prompt.wait(r"^back\n" + FRESH.removeprefix("^"))
    assert group != prompt.pid


def resume(prompt, drawn):
    """Run `fg` and wait for the output `drawn`, because the program may flush earlier input."""
    seen = len(prompt.terminal.raw)
    prompt.send("fg\r")
    prompt.wait_until(lambda: not prompt.owns_the_terminal(), "fg gave no terminal")
    prompt.terminal.wait_raw(drawn, after=seen)


def test_vi_is_suspended_and_resumed(prompt, tmp_path):
    require("vi")
    (tmp_path / "file").write_text("first line\n")
    prompt.send("vi -u NONE file\r")
    prompt.wait(r"\Afirst line\n~")
    group = prompt.terminal.foreground_pgid()
    prompt.send("A and")
    prompt.wait(r"\Afirst line and\n~")
    prompt.key("escape")
    suspend(prompt, group)
    assert prompt.run("echo on") == "on"
    resume(prompt, rb"first line and")
    prompt.wait(r"\Afirst line and\n~")
    prompt.send("A more\x1b:wq\r")
    prompt.wait(FRESH)
    assert (tmp_path / "file").read_text() == "first line and more\n"


@pytest.mark.parametrize(
    ("programs", "line", "first", "again"),
    [
        (["less"], "seq 1000 | less", r"\A1\n(.*\n)*23\n:\Z", rb"\n23"),
        (["man", "groff"], "man ./page.1", r"^NAME\n +page - a page", rb"a page"),
    ],
    ids=["less behind a pipe", "man"],
)
def test_a_pager_is_suspended_and_resumed(prompt, tmp_path, programs, line, first, again):
    for program in programs:
        require(program)
    (tmp_path / "page.1").write_text(".TH PAGE 1\n.SH NAME\npage \\- a page\n" + ".br\nline\n" * 60)
    prompt.send(f"{line}\r")
    prompt.wait(first)
    suspend(prompt, prompt.terminal.foreground_pgid())
    resume(prompt, again)
    prompt.wait(first)
    prompt.send("q")
    prompt.wait(FRESH)


def test_a_password_is_read_without_echo_even_after_a_stop(prompt):
    program = "import getpass; print(len(getpass.getpass()))"
    prompt.send(f'{PYTHON} -c "{program}"\r')
    prompt.wait(r"^Password:\Z")
    group = prompt.terminal.foreground_pgid()
    prompt.send("sec")
    suspend(prompt, group)
    assert prompt.run("echo on") == "on"
    resume(prompt, rb"")
    prompt.send("secret\r")
    prompt.wait(r"^6\n" + FRESH)
    assert "secret" not in prompt.screen()


def test_a_terminal_recorder_with_its_own_shell(prompt):
    require("script")
    prompt.send("env PS1='in$ ' SHELL=/bin/sh script -q /dev/null\r")
    prompt.wait(r"^in\$\Z")
    prompt.send("echo inside\r")
    prompt.wait(r"^inside\nin\$\Z")
    # In raw mode ^Z is an ordinary key: it goes to the inner shell.
    prompt.begin_below("sleep 100", "sleep")
    prompt.key("C-c")
    prompt.wait(r"\^C\nin\$\Z")
    prompt.send("exit\r")
    prompt.wait(FRESH)
