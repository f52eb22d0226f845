"""What happens while the user types: jobs, signals, traps, being stopped oneself."""

from __future__ import annotations

import os
import re
import signal
import termios

import pytest

from tests.repl.leaving import exit_status
from tests.support.processes import children_of, state_of, wait_for_state
from tests.support.shells import simpsh_words


def test_end_of_file_warns_once_of_jobs_that_are_left(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    os.kill(pid, signal.SIGSTOP)
    terminal.wait(r"^>>\nstatus 0: success · 1 stopped · \S+\Z")
    terminal.key("C-d")
    terminal.wait(
        r"^simpsh: there are stopped jobs; leave again to hang them up:\n"
        r"\[1\]\+  Stopped .*\n>>$"
    )
    terminal.key("C-d")
    assert exit_status(terminal) == 0


def test_what_happens_to_jobs_is_told_above_the_line_being_typed(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    os.kill(pid, signal.SIGSTOP)
    terminal.wait(
        r"^\[1\]\+  Stopped \(SIGSTOP\)  *sleep 100\n>>\nstatus 0: success · 1 stopped · \S+\Z"
    )
    os.kill(pid, signal.SIGCONT)
    terminal.wait(r"^\[1\]\+  Running  *sleep 100 &\n>>\nstatus 0: success · 1 running · \S+\Z")
    terminal.send("echo half")
    terminal.wait(r"^>> echo half$")
    os.kill(pid, signal.SIGTERM)
    terminal.wait(
        r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>> echo half\nstatus 0: success · \S+\Z"
    )
    terminal.send(" done\r")
    terminal.wait(r"^>> echo half done\nhalf done\n>>$")


def test_every_one_of_many_jobs_is_reported(start):
    terminal = start(rows=60)
    for number in range(1, 21):
        terminal.send("sleep 100 &\r")
        terminal.wait(rf"^\[{number}\]  \d+\n>>$")
    terminal.send("echo half")
    terminal.wait(r"^>> echo half\nstatus 0: success · 20 running · \S+\Z")
    for pid in children_of(terminal.pid):
        os.kill(pid, signal.SIGTERM)
    terminal.wait(r"^>> echo half\nstatus 0: success · \S+\Z")
    for number in range(1, 21):
        terminal.wait_raw(rb"\[%d\].  Terminated \(SIGTERM\)" % number)


@pytest.mark.slow
def test_a_storm_of_interrupts_leaves_the_prompt_alive_and_no_traceback(start):
    terminal = start()
    for round_number in range(40):
        terminal.send("\x03" * (round_number % 5) + "echo x\r" + "\x03" * 3)
    terminal.send("\x03\x15echo over\r")
    terminal.wait(r"^over\n>>$")
    assert b"Traceback" not in terminal.raw
    assert b"Exception" not in terminal.raw


def test_the_prompt_comes_back_after_the_shell_itself_was_stopped(start):
    terminal = start()
    terminal.send("echo half")
    terminal.wait(r"^>> echo half$")
    os.kill(terminal.pid, signal.SIGSTOP)
    terminal.wait_until(lambda: state_of(terminal.pid) == "T", "it never stopped")
    # The shell above would set the modes that it likes.
    modes = terminal.modes()
    modes[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(terminal._master, termios.TCSANOW, modes)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait(r"^>> echo half\n>> echo half\nstatus 0: success · \S+\Z")
    assert not terminal.is_canonical()
    terminal.send(" more\r")
    terminal.wait(r"^half more\n>>$")


def test_a_shell_that_is_continued_in_the_background_waits_for_the_terminal(start_shell):
    terminal = start_shell(program=("bash", "--norc", "-i"), environment={"PS1": "bash: "})
    terminal.wait(r"^bash:\Z")
    terminal.send(f"PS1='>> ' {simpsh_words()}\r")
    terminal.wait(r"^>>$")
    [inner] = children_of(terminal.pid)
    terminal.send("half")
    terminal.wait(r"^>> half$")
    os.kill(inner, signal.SIGSTOP)
    terminal.wait(r"^bash:\Z")
    terminal.send("bg\r")
    terminal.wait(r"^\[1\]\+ .*simpsh.*&\n(.*\n)*bash:\Z")
    wait_for_state(inner, "T")
    terminal.send("echo alive\r")
    terminal.wait(r"^alive\n(.*\n)*bash:\Z")
    terminal.send("fg\r")
    terminal.wait(r"^>> half\nstatus 0: success · \S+\Z")
    terminal.send("\x15exit\r")
    terminal.wait(r"^bash:\Z")


def test_signals_and_traps_while_a_line_is_typed(start):
    terminal = start()
    # A trap runs at once, and the line stays.
    terminal.send("trap 'echo trapped' USR1\r")
    terminal.wait(r"^>> trap 'echo trapped' USR1\n>>$")
    terminal.send("echo half\x1b[D")
    terminal.wait(r"^>> echo half$")
    os.kill(terminal.pid, signal.SIGUSR1)
    terminal.wait(r"^trapped\n>> echo half$")
    terminal.send("X\r")
    terminal.wait(r"^halXf\n>>$")
    # An interrupt from elsewhere clears the line, too.
    terminal.send("some text")
    terminal.wait(r"^>> some text$")
    os.kill(terminal.pid, signal.SIGINT)
    terminal.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted \(F1: why\?\) · \S+\Z")
    # Where it has a trap, the trap runs.
    terminal.send("trap 'echo caught' INT\r")
    terminal.wait(r"^>> trap 'echo caught' INT\n>>$")
    terminal.send("half\x03")
    terminal.wait(r"^>> half\^C\ncaught\n>>$")
    terminal.send("cat\r")
    terminal.foreground_is("cat")


def test_the_end_of_a_job_runs_the_trap_for_children(start, tmp_path):
    terminal = start()
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    # Not a program: its own end would be trapped in turn.
    terminal.send("trap 'pwd >trapped' CHLD\r")
    terminal.wait(r"^>> trap 'pwd >trapped' CHLD\n>>$")
    terminal.send("half")
    terminal.wait(r"^>> half$")
    assert not os.path.exists(f"{tmp_path}/trapped")
    os.kill(pid, signal.SIGTERM)
    terminal.wait_until(lambda: os.path.exists(f"{tmp_path}/trapped"), "the trap never ran")
    terminal.wait(r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>> half$")


def test_the_prompts_own_calls_are_not_narrated(start_shell):
    terminal = start_shell("-vv", columns=120)
    terminal.wait(r"^>>$")
    seen = len(terminal.raw)
    terminal.send("cd /\r")
    terminal.wait(r"^\[\d+\] chdir\(\"/\"\) = 0\n>>$")
    told = re.findall(rb"\[\d+\] (?:\x1b\[0m)?(\w+)\(", bytes(terminal.raw[seen:]))
    assert told == [b"chdir"]


def test_a_hang_up_ends_the_shell(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    terminal.wait(r"^\[1\]  (\d+)\n>>$")
    terminal.hang_up()
    assert exit_status(terminal) == -signal.SIGHUP
