"""The terminal after a job: its modes, and programs and shells that use it themselves."""

import shlex
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.harness.process import children_of, group_members, group_of, send, state_of
from tests.harness.sh import simpsh_words
from tests.shell.jobs.prompt import FRESH
from tests.support.needed_programs import require

STOPPED = r"Stopped \(SIGSTOP\).*\n>>$"

RAW = shlex.join([sys.executable, str(Path(__file__).with_name("raw_mode.py"))])


@pytest.fixture
def prompt(start):
    """A prompt on a wide screen; programs do not read settings of this machine."""
    return start(columns=200, LESS="", LESSHISTFILE="-", MANPAGER="less", PAGER="less")


def modes_of_a_command(prompt):
    """Return the modes of the terminal at the start of a program."""
    prompt.begin("cat", "cat")
    modes = prompt.terminal.modes()
    prompt.end("C-d")
    return modes


def begin_raw(prompt, command=RAW):
    prompt.send(command + "\r")
    prompt.wait(r"^raw$")
    return prompt.terminal.modes()


def test_the_modes_are_restored_after_a_raw_program_was_killed_or_stopped(prompt):
    before = modes_of_a_command(prompt)
    for command in (RAW, f"{RAW} | cat", f"({RAW})"):
        prompt.fresh()
        assert not begin_raw(prompt, command)[3] & (termios.ICANON | termios.ECHO)
        prompt.send("k")
        prompt.wait(f"^{FRESH}")
        assert modes_of_a_command(prompt) == before
    for number, message in (
        (signal.SIGTERM, r"^Terminated \(SIGTERM\)\n>>$"),
        (signal.SIGSTOP, STOPPED),
    ):
        prompt.fresh()
        begin_raw(prompt)
        send(prompt.children()[0], number)
        prompt.wait(message)
        assert modes_of_a_command(prompt) == before
    # The end of a background job does not change them either.
    send(prompt.children()[0], signal.SIGKILL)
    prompt.wait(r"Killed \(SIGKILL\).*\n>>$")
    assert modes_of_a_command(prompt) == before
    # A program that exits leaves no raw modes either.
    prompt.fresh()
    begin_raw(prompt)
    prompt.send("q")
    prompt.wait(f"^{FRESH}")
    assert modes_of_a_command(prompt) == before


def test_fg_restores_the_raw_modes_of_a_stopped_program_for_that_program_alone(prompt):
    before = modes_of_a_command(prompt)
    raw = begin_raw(prompt)
    for _ in range(2):
        prompt.send("s")
        prompt.wait(STOPPED)
        assert modes_of_a_command(prompt) == before
        seen = len(prompt.terminal.raw)
        prompt.send("fg\r")
        prompt.terminal.wait_raw(rb"\nstill raw", after=seen)
        assert prompt.terminal.modes() == raw
    prompt.send("k")
    prompt.wait(f"^{FRESH}")
    assert modes_of_a_command(prompt) == before


def test_a_stopped_program_that_bg_continued_gets_its_modes_in_fg(prompt):
    raw = begin_raw(prompt)
    prompt.send("s")
    prompt.wait(STOPPED)
    # In the background its next read stops it again.
    prompt.run("bg")
    prompt.wait(r"Stopped \(SIGTTIN\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait_until(lambda: prompt.terminal.modes() == raw, "not its modes")
    prompt.send("r")
    prompt.wait(r"^status 0.*\Z")


def test_changes_by_stty_persist(prompt):
    prompt.run("stty -echo intr ^X")
    modes = modes_of_a_command(prompt)
    assert not modes[3] & termios.ECHO
    assert modes[6][termios.VINTR] == b"\x18"
    # The new interrupt character ends jobs.
    prompt.begin("sleep 100", "sleep")
    prompt.end("C-x")
    assert prompt.status() == 130
    for line in ("stty -echo | cat", "{ stty -echo; true; }"):
        prompt.run("stty echo intr ^C")
        assert modes_of_a_command(prompt)[3] & termios.ECHO
        prompt.run(line)
        assert not modes_of_a_command(prompt)[3] & termios.ECHO, line


def test_only_stty_itself_leaves_a_terminal_that_is_hard_to_use(prompt):
    # A program that sets modes for itself may end between two calls of stty.
    before = modes_of_a_command(prompt)
    for line in ("sh -c 'stty -echo -icanon'", "(stty -echo)"):
        prompt.run(line)
        assert modes_of_a_command(prompt) == before, line
    prompt.run("python3 -c 'import os; os.set_blocking(0, False)'")
    assert prompt.run("python3 -c 'import os; print(os.get_blocking(0))'") == "True"
    # Harmless modes are kept, as in bash.
    prompt.run("sh -c 'stty -ixon'")
    assert not modes_of_a_command(prompt)[0] & termios.IXON
    for line in ("f() { stty -echo; }; f", "eval 'stty -echo'", "command stty -echo"):
        prompt.fresh()
        prompt.run("stty echo")
        assert prompt.run(line) == ""
        assert not modes_of_a_command(prompt)[3] & termios.ECHO, line


def test_a_program_that_asks_for_a_password_in_the_background_works_in_the_foreground(prompt):
    ask = f"{sys.executable} -c 'import getpass; print(len(getpass.getpass()))'"
    before = modes_of_a_command(prompt)
    for command in (ask, f"({ask}; true)"):
        prompt.fresh()
        prompt.run(f"{command} &")
        prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
        prompt.send("fg\r")
        prompt.wait(r"^Password:")
        # The user's modes, without echo: the kernel edits the line.
        prompt.wait_until(prompt.terminal.is_canonical, "the modes are not those of a program")
        assert not prompt.terminal.modes()[3] & termios.ECHO
        prompt.send("four\x7fr\r")
        prompt.wait(r"^4\n>>$")
        assert modes_of_a_command(prompt) == before
    prompt.fresh()
    prompt.run(f"{ask} &")
    prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait(r"^Password:")
    prompt.wait_until(prompt.terminal.is_canonical, "the modes are not those of a program")
    prompt.end("C-c")
    assert prompt.status() == 130
    # A program that reads key by key gets the modes that it sets.
    prompt.run(f"{RAW} &")
    prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait(r"^raw$")
    assert not prompt.terminal.modes()[3] & (termios.ICANON | termios.ISIG)
    prompt.send("q")
    prompt.wait(f"^{FRESH}")
    assert modes_of_a_command(prompt) == before


# -- programs of the terminal: they run, are suspended and resumed, and quit -----------------------


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
    prompt.wait(rf"^back\n{FRESH}")
    assert group != prompt.pid


def resume(prompt, drawn):
    """Run `fg` and wait for the output `drawn`, because the program may flush earlier input."""
    seen = len(prompt.terminal.raw)
    prompt.send("fg\r")
    prompt.wait_until(lambda: not prompt.owns_the_terminal(), "fg gave no terminal")
    prompt.terminal.wait_raw(drawn, after=seen)


@pytest.mark.parametrize(
    ("programs", "line", "first", "again"),
    [
        (["less"], "seq 1000 | less", r"\A1\n(.*\n)*79\n:\Z", rb"\n79"),
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
    prompt.wait(f"^{FRESH}")


# -- nested shells: each takes the terminal and gives it back to its parent ------------------------

SIMPSH = simpsh_words()
INNER = {"simpsh": (f"PS1='in> ' {SIMPSH}", "in>"), "bash": ("PS1='in$ ' bash --norc -i", "in\\$")}


@pytest.fixture(params=["simpsh", "bash"])
def inner(request, prompt):
    """Start a shell inside simpsh; `inner` is a pattern of its prompt."""
    line, looks = INNER[request.param]
    prompt.send(line + "\r")
    prompt.wait(f"^{looks}{FRESH.removeprefix('>>')}")
    return looks + FRESH.removeprefix(">>")


def test_an_inner_shell_is_a_job_whose_jobs_have_their_own_groups(prompt, inner):
    shell = prompt.children()[0]
    assert prompt.terminal.foreground_pgid() == shell
    group = prompt.begin("sleep 100 | sleep 101", "sleep")
    assert group not in (shell, prompt.pid)
    prompt.wait_members(group, ["sleep", "sleep"])
    assert {group_of(pid) for pid in children_of(shell)} == {group}
    prompt.key("C-c")
    # In some runs bash prints one more newline.
    prompt.wait(r"\^C\n\n?" + inner)
    assert prompt.terminal.foreground_pgid() == shell
    # ^Z stops the inner shell's job only.
    sleep = prompt.begin("sleep 100", "sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped.*sleep 100\n" + inner)
    assert state_of(sleep) == "T"
    prompt.wait_states([shell], "S")
    assert prompt.terminal.foreground_pgid() == shell
    prompt.send("fg\r")
    prompt.foreground_is("sleep")
    # The key discards output that has not been read yet; see NOFLSH in termios(3).
    prompt.wait(r"^sleep 100$")
    prompt.key("C-c")
    prompt.wait(r"sleep 100\n\^C\n\n?" + inner)
    # After a stop from outside, fg continues it.
    send(shell, signal.SIGSTOP)
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)(.*\n)+>>\n?(status [^\n]*)?\Z")
    assert prompt.owns_the_terminal()
    assert prompt.run("echo on") == "on"
    prompt.send("fg\r")
    prompt.terminal.wait_foreground(shell)
    prompt.send("echo inner\r")
    prompt.wait(r"^inner\n" + inner)
    prompt.send("exit\r")
    prompt.terminal.wait_foreground(prompt.pid)
    assert prompt.run("echo over").endswith("over")
