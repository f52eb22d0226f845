"""`simpsh doctor --class N`: response times for N students who work at once on this machine.

Each student is a simpsh on its own terminal. All start at the same time and type the same line. The
time until each exits is measured; it includes the start of the shell.
"""

from __future__ import annotations

import os
import time
from functools import partial

from simpsh.base.own_program import INTERPRETER
from simpsh.kernel.descriptors import write_all
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.signals import set_defaults
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.own_directory import own_directory
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.worker import in_own_process

PARTS = (
    ("a prompt", "", 5),
    ("a command", "/bin/true", 6),
    ("an exploration", "explore sh -c '/bin/echo a & wait'", 10),
    ("a lesson's steps", "lesson run rule-1 --plain --auto", 15),
)
"""A student's action, the typed text, and the time limit in seconds for the last student."""


def class_lines(students: int) -> tuple[list[str], bool]:
    """Return the report, and whether all times are within the limits.

    Raises OSError if there are too few processes or terminals (EAGAIN, EMFILE …), or WorkerLate.
    """
    lines = [f"{'':18}{'alone':>9}{f'{students} at once: half':>22}{'all':>9}{'budget':>9}"]
    holds = True
    for what, typed, budget in PARTS:
        (alone,), times = (
            in_own_process(partial(_times, typed, count), 300) for count in (1, students)
        )
        half, last = times[(students - 1) // 2], times[-1]
        mark = "✓" if last <= budget else "✗"
        holds &= last <= budget
        times_of_all = f"{half:20.2f} s{last:7.2f} s{budget:7} s"
        lines.append(f"{mark} {what:16}{alone:7.2f} s{times_of_all}")
    return lines, holds


def _times(typed: str, students: int) -> list[float]:
    """Return the number of seconds until each student exits, fastest first."""
    times: list[float] = []
    with own_directory("simpsh-class-") as home:
        begin = time.monotonic()
        for _ in range(students):
            terminal = OwnTerminal()
            write_all(terminal.master, f" {typed} >/dev/null 2>&1\r exit\r".encode())
            if fork() == 0:  # in the child
                try:
                    terminal.take()
                    set_defaults()
                    execve(INTERPRETER[0], [*INTERPRETER, "--no-rc"], {**os.environ, "HOME": home})
                finally:
                    exit_now(1)
        while len(times) < students:
            waitpid(-1)
            times.append(time.monotonic() - begin)
    return times
