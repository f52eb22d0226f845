"""An interpreter's start lies outside the exploration.

Before the first statement of its program, Python, Perl or a shell may read the clock and random
numbers and look for a terminal; Python 3.11 even reads the clock whenever it takes a lock. What
that is, is found out: the interpreter is run once with an empty program (/dev/null; Python's only
sleeps, for which it reads the clock as well), and every such call is noted with the place in the
interpreter's code that it comes from. Calls from these places raise no flag. `time.time()`,
`$SECONDS` or `rand` come from other places and do, and a program in C has no such allowance: what
it reads before its first fork may decide what happens after it.

What an interpreter remembers of its start (Perl's $^T, the seed of bash's $RANDOM) is the same in
every run, since the cage answers clock and random numbers, but for what it makes of its pid.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from simpsh.explore.call_site import CallSite, call_site
from simpsh.explore.program import Program
from simpsh.explore.restart import Restart
from simpsh.trace import proc_files
from simpsh.trace.starting import find_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.cage import Cage
    from simpsh.explore.caged import Caged
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.run import Run

Interpreter = tuple[str, ...]
"""How an interpreter was called: its file and its options."""
StartUp = set[tuple[str, CallSite]]
"""What an interpreter does by itself, in a flag's words, and where in its code."""

_INTERPRETERS = re.compile(
    r"(python|perl|ruby|lua|tclsh|php|node|(da|ba|z|k|mk|pdk|ya|a)?sh|[gmn]?awk|busybox)[\d.]*$"
)
# Options without an argument, and none that means a program (-c, -e, -m).
_PLAIN_OPTION = re.compile(r"-[A-Zabdf-ln-z]+$")
_WITH_ARGUMENT = ("-W", "-X")
_MOST_STEPS = 400


def recognize(run: Run, process: Caged) -> None:
    """Note which interpreter a process has just executed, if it is one.

    One that has not been measured yet makes the run begin again.
    """
    process.interpreter = _interpreter(run, process)
    if process.interpreter is None:
        return
    start_ups = run.knowledge.start_ups
    if run.knowledge.is_measuring:
        start_ups.setdefault(process.interpreter, set())
    elif start_ups.setdefault(process.interpreter, None) is None:
        run.knowledge.must_restart = True


def is_of_start_up(run: Run, process: Caged, what: str) -> bool:
    """Tell whether a call that would be flagged belongs to the interpreter itself."""
    if process.interpreter is None:
        return False
    knowledge = run.knowledge
    known = knowledge.start_ups.get(process.interpreter)
    if known is None:
        # Before it is measured, nothing can be said; the run will begin again.
        return True
    place = what, call_site(process, knowledge.call_sites)
    if knowledge.is_measuring:
        known.add(place)
    return place in known


def measure(knowledge: Knowledge, run_alone: Callable[[Knowledge], Cage]) -> None:
    """Run each interpreter that was met, and is not known yet, with an empty program."""
    for interpreter, known in knowledge.start_ups.items():
        if known is None:
            knowledge.start_ups[interpreter] = _measured(knowledge, interpreter, run_alone)


def _measured(
    knowledge: Knowledge, interpreter: Interpreter, run_alone: Callable[[Knowledge], Cage]
) -> StartUp:
    argv = (*interpreter, "/dev/null")
    if os.path.basename(interpreter[0]).startswith("python"):
        # A sleep reads the clock, too, and takes no time here.
        argv = (*interpreter, "-c", "import time; time.sleep(0.001)")
    program = Program(argv, interpreter[0], "", environment=knowledge.program.environment)
    with type(knowledge)(program) as own:
        own.is_measuring = True
        is_done = False
        while not is_done:
            try:
                with run_alone(own) as cage:
                    while (choices := cage.enabled()) and len(cage.schedule) < _MOST_STEPS:
                        cage.step(choices[0])
                is_done = True
            except Restart:
                # A shell catches SIGCHLD: more is visible.
                continue
        return set().union(*filter(None, own.start_ups.values()))


def _interpreter(run: Run, process: Caged) -> Interpreter | None:
    executable = proc_files.executable(process.pid)
    if _INTERPRETERS.match(os.path.basename(executable)) is None:
        return None
    argv = proc_files.argv(process.pid)
    path = executable
    if argv:
        # By the name it was called with: Python finds its libraries by that.
        environment = run.knowledge.program.environment or os.environ
        path = find_program(argv[0].removeprefix("-"), environment) or executable
        if not path.startswith("/") or os.path.realpath(path) != executable:
            path = executable
    options = []
    for word in argv[1:]:
        if _PLAIN_OPTION.match(word) is None or word in _WITH_ARGUMENT:
            break
        options.append(word)
    return (path, *options)
