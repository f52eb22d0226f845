"""`simpsh --watch`: the shell and its family in two panes of a real tmux; what is left of them."""

import os
import re
import shutil
import signal
import sys
import tempfile

import pytest

from tests.support.document_blocks import shown_in
from tests.support.processes import children_of, kill_and_collect, state_of, wait_until
from tests.support.screen import Terminal
from tests.support.shells import simpsh_command, write_program

[_typed] = shown_in("how-to/watch-while-it-runs.md", "sh", "How to")
[DRAWN] = shown_in("how-to/watch-while-it-runs.md", "text")
WATCH = (*simpsh_command(), *_typed.split()[1:], "--no-rc")
needs_tmux = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")


@pytest.fixture
def variables(tmp_path):
    """Fail a run that leaves temporary files or processes."""
    with tempfile.TemporaryDirectory() as place:
        chosen = {"HOME": str(tmp_path), "TMPDIR": place, "LANG": "C.UTF-8"}
        yield {"PATH": os.environ["PATH"], **chosen}
        assert os.listdir(place) == []
    # The test runner adopts tmux's server and orphans of the shell.
    own = os.getpid()
    wait_until(lambda: {state_of(pid) for pid in children_of(own)} <= {"Z"}, "all have ended")
    kill_and_collect(lambda: children_of(own))


def in_tmux(settings, variables, *command, **size):
    """Run a command in a pane of a new tmux with these settings."""
    home = variables["HOME"]
    with open(f"{home}/tmux.conf", "w") as file:
        file.write(settings)
    tmux = ("tmux", "-u", "-S", f"{home}/socket", "-f", f"{home}/tmux.conf", "new-session")
    return Terminal((*tmux, *command), environment=variables, **size)


@pytest.mark.slow
@needs_tmux
def test_the_family_is_drawn_next_to_the_shell_until_the_shell_ends(variables, tmp_path):
    # The shell is slow to begin: what it does until then, with a child and a pipe, takes no name.
    slow = f'#!/bin/sh\n[ "$1" != set-option ] || sleep 1\nexec {shutil.which("tmux")} "$@"\n'
    write_program(tmp_path / "tmux", slow)
    variables["PATH"] = f"{tmp_path}:{variables['PATH']}"
    with in_tmux("set -g status off\n", variables, *WATCH, rows=40, columns=120) as terminal:
        shell = int(terminal.wait(r"│P0 +(\d+)  S asleep \* simpsh \(this shell\)")[1])
        terminal.send("yes | sleep 100\r")
        for line in filter(None, DRAWN.splitlines()):
            line = re.sub(r"(\\ )+", " +", re.escape(line))
            terminal.wait(re.sub(r"\d{5}", r"\\d+", line))
        terminal.key("C-c")
        terminal.wait(r"│P1 \d+ yes: killed by SIG")
        terminal.send("sh -c 'sleep 0.05 & exec sleep 100' | cat\r")
        terminal.wait(r"│P3.1 +\d+  Z zombie \* +│  └─ ")
        # A zombie holds no end; and the letter of a pipe that is gone is free.
        terminal.shows("ended: status 0; not collected by P3")
        terminal.wait(r"│pipe A ░+ 0 of 65536 bytes  P3 → P4$")
        terminal.key("C-z")
        terminal.wait(r"│P3 +\d+  T stopped +├─ sleep 100")
        terminal.resize(30, 90)
        terminal.send("sh -c 'sleep 100 & sleep .5'; sh -c 'exit 5'\r")
        terminal.wait(r"│P6 \d+ sh -c exit 5: status 5")
        orphan = terminal.wait(r"│P5.1 (\d+) sleep 100: orphaned, adop")[1]
        terminal.send(f"kill -9 %1 {orphan}\r")
        terminal.wait(r"│P3 \d+ sleep 100: killed by SIGKILL")
        terminal.send(f"{sys.executable} -Sc 'import os; os.read(os.pipe()[0], 1)'\r")
        terminal.wait("empty pipe A: waits for itself")
        # The pane and the server end with the shell; the fixture finds what is left.
        os.kill(shell, signal.SIGKILL)
        terminal.wait_exit()


@needs_tmux
def test_inside_tmux_with_settings_of_its_own_the_shell_outlives_the_other_pane(variables):
    odd = "set -g base-index 5\nset -g remain-on-exit on\nset -g default-command false\n"
    variables |= {"TERM": "screen", "NO_COLOR": "1"}
    shell = ("sh", "-c", '"$@"; echo status $?; read line; tmux kill-server', "sh", *WATCH)
    with in_tmux(odd, variables, *shell, columns=100) as terminal:
        pid = terminal.wait(r"│P0 +(\d+)  S asleep")[1]
        assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m[^\x1b]*P0", terminal.raw)
        terminal.send(f"kill $(pgrep -f 'watch .*{pid}$')\r")
        terminal.send("until stty size | grep ' 100'; do :; done; exit 3\r")
        terminal.wait(r"(?s)\A[^│]*^status 3$[^│]*\Z")
        terminal.send("\r")
        terminal.wait_exit()


def test_without_tmux_one_line_says_what_to_type_in_a_second_terminal(variables, tmp_path):
    variables["PATH"] = str(tmp_path)
    with Terminal(WATCH, environment=variables, columns=200) as terminal:
        how = terminal.wait(r"tmux is not installed; in a second terminal, type: (.*)$")[1].split()
        with Terminal(how, environment=variables) as second:
            second.wait(r"^P0 +\d+  S asleep \* simpsh \(this shell\)")
            terminal.send("(exit 4)\r")
            second.wait(r"^P1 \d+ (a copy of P0|.*simpsh.*): status 4")
            # A ^D that comes before the prompt does, the terminal keeps for nobody.
            terminal.wait_prompt()
            terminal.key("C-d")
            assert second.wait_exit() == 0
        assert terminal.wait_exit() == 4
