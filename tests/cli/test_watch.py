"""`simpsh watch PID`: the family of a shell, drawn in a second terminal until the shell ends."""

import os
import re
import signal
import sys

import pytest

from tests.support.document_blocks import shown_in
from tests.support.shells import simpsh_command

[DRAWN] = shown_in("how-to/watch-while-it-runs.md", "text")


@pytest.mark.slow
def test_the_family_is_drawn_while_it_runs_until_its_first_process_ends(start_shell):
    shell = start_shell("--no-rc")
    shell.wait_prompt()
    watch = (*simpsh_command(), "watch", str(shell.pid))
    terminal = start_shell(program=watch, rows=40, columns=60)
    terminal.wait(r"^P0 +\d+  S asleep \* simpsh --no-rc")
    shell.send("yes | sleep 100\r")
    for line in filter(None, DRAWN.splitlines()):
        line = re.sub(r"(\\ )+", " +", re.escape(line))
        terminal.wait(re.sub(r"\d{5}", r"\\d+", line))
    shell.key("C-c")
    terminal.wait(r"^P1 \d+ yes: (killed by SIG|ended; status not watched)")
    shell.wait_prompt()
    shell.send("sh -c 'sleep 0.05 & exec sleep 100' | cat\r")
    terminal.wait(r"^P3.1 +\d+  Z zombie \* +│  └─ ")
    # A zombie holds no end; and the letter of a pipe that is gone is free.
    terminal.shows("ended: status 0; not collected by P3")
    terminal.wait(r"^pipe A ░+ 0 of 65536 bytes  P3 → P4$")
    shell.key("C-z")
    terminal.wait(r"^P3 +\d+  T stopped +├─ sleep 100")
    terminal.resize(30, 45)
    shell.wait_prompt()
    shell.send("sh -c 'sleep 100 & sleep .5'\r")
    orphan = terminal.wait(r"^P5.1 (\d+) sleep 100: orphaned, adop")[1]
    shell.wait_prompt()
    shell.send(f"kill -9 %1 {orphan}\r")
    terminal.wait(r"^P3 \d+ sleep 100: (killed by SIGKILL|ended)")
    shell.send(f"{sys.executable} -Sc 'import os; os.read(os.pipe()[0], 1)'\r")
    terminal.wait("empty pipe A: waits for itself")
    os.kill(shell.pid, signal.SIGKILL)
    assert terminal.wait_exit() == 0
