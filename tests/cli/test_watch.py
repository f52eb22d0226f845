"""`simpsh watch PID`: the family of a shell, drawn in a second terminal until the shell ends."""

import re
import signal
import sys

from tests.harness.process import send
from tests.harness.sh import simpsh_command
from tests.spec.documents import shown_in

[DRAWN] = shown_in("how-to/trace-a-program.md", "text")


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
    shell.wait_prompt()
    shell.send("sh -c 'sleep 0.05 & exec sleep 100' | cat\r")
    terminal.wait(r"^P3.1 +\d+  Z zombie \* +│  └─ ")
    terminal.shows("ended: status 0; not collected by P3")
    shell.key("C-z")
    terminal.wait(r"^P3 +\d+  T stopped +├─ sleep 100")
    terminal.resize(30, 45)
    shell.wait_prompt()
    shell.send(f"{sys.executable} -Sc 'import os; os.read(os.pipe()[0], 1)'\r")
    terminal.wait(r"reads the pipe \[\d+\], which is em")
    terminal.resize(6, 45)
    terminal.wait(r"^\+ 3 more\nq ends$")
    send(shell.pid, signal.SIGKILL)
    assert terminal.wait_exit() == 0


def test_the_key_q_ends_it_and_leaves_the_terminal_as_it_was(start_shell):
    shell = start_shell("--no-rc")
    shell.wait_prompt()
    watch = f"{' '.join(simpsh_command())} watch $PPID"
    shell.send(f"sh -c 'stty -g >before; {watch}; stty -g | cmp - before; echo $?'\r")
    shell.wait(r"^q ends$")
    shell.send("q")
    shell.wait(r"^0$")
