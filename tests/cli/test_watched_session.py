"""`simpsh --watch`: the shell and its family in two panes of a real tmux; what is left of them."""

import os
import re
import shutil
import signal
import tempfile

import pytest

from tests.support.processes import children_of, kill_and_collect, state_of, wait_until
from tests.support.screen import Terminal
from tests.support.shells import simpsh_command

WATCH = (*simpsh_command(), "--watch", "--no-rc")
needs_tmux = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")


@pytest.fixture
def variables(tmp_path):
    """What a run leaves in its directory for temporary files, or alive, fails it."""
    with tempfile.TemporaryDirectory() as place:
        chosen = {"HOME": str(tmp_path), "TMPDIR": place, "LANG": "C.UTF-8"}
        yield {"PATH": os.environ["PATH"], **chosen}
        assert os.listdir(place) == []
    # A server of tmux, and what lost its shell, come to the test runner.
    own = os.getpid()
    wait_until(lambda: {state_of(pid) for pid in children_of(own)} <= {"Z"}, "all have ended")
    kill_and_collect(lambda: children_of(own))


def pid_of(terminal, row):
    return int(terminal.wait(rf"│{row}")[1])


@needs_tmux
def test_the_family_is_drawn_beside_the_shell_whose_status_is_that_of_all(variables):
    with Terminal(WATCH, environment=variables, rows=40, columns=120) as terminal:
        terminal.wait(r"│P0 +\d+  S asleep \* simpsh \(this shell\)")
        terminal.send("yes | sleep 100\r")
        terminal.shows("├─ yes", "└─ sleep 100", "full pipe A: waits for P2", "child: waits for P1")
        terminal.shows("pipe A ████████ 65536 of 65536 bytes  P1 → P2")
        terminal.key("C-c")
        terminal.wait(r"│P1 \d+ yes: killed by SIG")
        terminal.send("sh -c 'sleep 0.01 & exec sleep 100'\r")
        terminal.wait(r"│P3.1 +\d+  Z zombie \* +└─ ")
        terminal.shows("ended: status 0; not collected by P3")
        terminal.key("C-z")
        terminal.wait(r"│P3 +\d+  T stopped +└─ sleep 100")
        terminal.resize(30, 90)
        terminal.send("sh -c 'sleep 100 & sleep .5'; sh -c 'exit 5'\r")
        terminal.wait(r"│P5 \d+ sh -c exit 5: status 5")
        orphan = pid_of(terminal, r"P4.1 (\d+) sleep 100: lives on, an orp")
        os.kill(orphan, signal.SIGKILL)
        terminal.send("kill -9 %1; exit 7\r")
        assert terminal.wait_exit() == 7


@needs_tmux
def test_without_its_pane_the_shell_goes_on_and_when_it_is_killed_nothing_is_left(variables):
    with Terminal(WATCH, environment=variables, rows=30, columns=70) as terminal:
        # Too narrow for left and right.
        match = terminal.wait(r"^─+\n.*\n.*\nP0 +(\d+)  S asleep \* simpsh \(this shell\)")
        terminal.send(f"kill $(pgrep -f 'watch .*{match[1]}$')\r")
        terminal.send("until stty size | grep '^30 70'; do :; done\r")
        terminal.wait(r"^30 70")
        os.kill(int(match[1]), signal.SIGKILL)
        assert terminal.wait_exit() == 128 + signal.SIGKILL


@needs_tmux
def test_inside_tmux_the_pane_is_divided_whatever_its_settings_are(variables, tmp_path):
    settings = "set -g base-index 5\nset -g pane-base-index 3\nset -g remain-on-exit on\n"
    settings += "set -g default-command false\n"
    (tmp_path / "odd.conf").write_text(settings)
    tmux = ("tmux", "-S", str(tmp_path / "socket"), "-f", str(tmp_path / "odd.conf"))
    variables["TERM"] = "screen"
    variables["NO_COLOR"] = "1"
    shell = ("sh", "-c", '"$@"; echo status $?; read line; tmux kill-server', "sh", *WATCH)
    with Terminal((*tmux, "new-session", *shell), environment=variables, columns=100) as terminal:
        terminal.wait(r"│P0 +\d+  S asleep")
        assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m[^\x1b]*P0", terminal.raw)
        terminal.send("exit 3\r")
        terminal.wait(r"(?s)\A[^│]*^status 3$[^│]*\Z")
        terminal.send("\r")
        terminal.wait_exit()


def test_without_tmux_one_line_tells_what_to_type_in_a_second_terminal(variables, tmp_path):
    variables["PATH"] = str(tmp_path)
    with Terminal(WATCH, environment=variables, columns=200) as terminal:
        how = terminal.wait(r"tmux is not installed; in a second terminal, type: (.*)$")[1].split()
        with Terminal(how, environment=variables) as second:
            second.wait(r"^P0 +\d+  S asleep \* simpsh \(this shell\)")
            terminal.send("(exit 4)\r")
            second.wait(r"^P1 \d+ simpsh \(a copy\): status 4")
            terminal.key("C-d")
            assert second.wait_exit() == 0
        assert terminal.wait_exit() == 4
