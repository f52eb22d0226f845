"""Events while the user types, and the event loop of the prompt."""

import os
import resource
import signal
import socket
import termios
from contextlib import suppress

from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process.proc import numbers
from simpsh.repl.prompt_event_loop import new_loop
from tests.harness.process import children_of, send, state_of, wait_for_state
from tests.harness.sh import simpsh_words


def test_the_prompt_returns_after_the_shell_itself_was_stopped(start):
    terminal = start()
    terminal.send("echo half")
    terminal.wait(r"^>> echo half$")
    send(terminal.pid, signal.SIGSTOP)
    terminal.wait_until(lambda: state_of(terminal.pid) == "T", "it never stopped")
    # The parent shell would set its own modes.
    modes = terminal.modes()
    modes[3] |= termios.ICANON | termios.ECHO
    terminal.set_modes(modes)
    send(terminal.pid, signal.SIGCONT)
    terminal.wait(r"^>> echo half\n>> echo half\nstatus 0 · \S+\Z")
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
    send(inner, signal.SIGSTOP)
    terminal.wait(r"^bash:\Z")
    terminal.send("bg\r")
    terminal.wait(r"^\[1\]\+ [^&]*simpsh[^&]*&\n(.*\n)*bash:\Z")
    wait_for_state(inner, "T")
    terminal.send("echo alive\r")
    terminal.wait(r"^alive\n(.*\n)*bash:\Z")
    terminal.send("fg\r")
    terminal.wait(r"^>> half\nstatus 0 · \S+\Z")
    terminal.send("\x15exit\r")
    terminal.wait(r"^bash:\Z")


def test_signals_and_traps_while_a_line_is_typed(start, tmp_path):
    terminal = start()
    # A trap runs immediately, and the line stays.
    terminal.send("trap 'echo trapped' USR1\r")
    terminal.wait(r"^>> trap 'echo trapped' USR1\n>>$")
    terminal.send("echo half\x1b[D")
    terminal.wait(r"^>> echo half$")
    send(terminal.pid, signal.SIGUSR1)
    terminal.wait(r"^trapped\n>> echo half$")
    terminal.send("X\r")
    terminal.wait(r"^halXf\n>>$")
    # A trap for SIGINT runs.
    terminal.send("trap 'echo caught' INT\r")
    terminal.wait(r"^>> trap 'echo caught' INT\n>>$")
    terminal.send("half\x03")
    terminal.wait(r"^>> half\^C\ncaught\n>>$")
    # The end of a job runs the trap for SIGCHLD.
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    # Do not run a program: its end would run the trap again.
    terminal.send("trap 'pwd >trapped' CHLD\r")
    terminal.wait(r"^>> trap 'pwd >trapped' CHLD\n>>$")
    terminal.send("half")
    terminal.wait(r"^>> half$")
    assert not os.path.exists(f"{tmp_path}/trapped")
    send(pid, signal.SIGTERM)
    terminal.wait_until(lambda: os.path.exists(f"{tmp_path}/trapped"), "the trap never ran")
    terminal.wait(r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>> half$")


def test_the_loop_has_two_high_descriptors_and_occupies_no_others(monkeypatch):
    copied = []
    copy = os.dup
    monkeypatch.setattr(os, "dup", lambda number: (copied.append(number), copy(number))[1])
    usual, before = socket.socketpair, {*numbers("self", "fd")}
    loop = new_loop(list)
    new = {*numbers("self", "fd")} - before
    loop.close()
    assert len([number for number in new if number >= OWN_LOWEST]) == 2
    assert copied == []
    assert socket.socketpair is usual


def test_without_high_descriptors_the_loop_takes_low_ones():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(numbers("self", "fd")) + 5, hard))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for number in taken[-4:]:
            os.close(number)
        new_loop(list).close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in taken[:-4]:
            os.close(number)
