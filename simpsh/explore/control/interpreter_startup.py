"""The start of an interpreter is left out of account: which of its calls it makes by itself.

Before the first statement of its program, Python, Perl or a shell may read the clock and random
numbers and look for a terminal. To find these calls, the interpreter is run once with an empty
program (/dev/null; a Python program sleeps, takes locks and forks). Every such call is noted with
its place in the interpreter's code. Calls from these places raise no flag. `time.time()`,
`$SECONDS` and `rand` come from other places and raise one. A program in C has no such allowance:
the values that it reads before its first fork may decide what happens later. Values that an
interpreter keeps from its start (Perl's $^T, the seed of bash's $RANDOM) are the same in every run,
except for those that it derives from its pid.

Python's start makes some 1,600 calls before it opens its program; no other process is there to see
them. In all but the first run those that only read do not stop, and nor does the clock that its
locks read. A filter that is added when the program is opened lets them stop from then on.

A student may call a shell `ash`. So a name counts only where the system keeps its programs. People
install Python for themselves: it also counts if its library is next to it.

A place is the two functions above the C library that have called one another. The frames are
followed as for source lines, by what compilers write down for every function, also in a stripped
file. Functions by which several parts of Python read the clock are left out, and those that take a
lock, which read it in Python 3.11, count as one place.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from simpsh.base.process_names import FIRST
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.program_knowledge import CallSite, Knowledge
from simpsh.explore.flags import Flag
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.registers import (
    PROGRAM_COUNTER,
    STACK_POINTER,
    WORD,
    getregs,
    in_dwarf_order,
)
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process import proc
from simpsh.process.proc import HeldMemory
from simpsh.trace import tracee_proc

if TYPE_CHECKING:
    from simpsh.trace.source.call_stack import MappedFile

Interpreter = tuple[str, ...]
"""How an interpreter was called: its file and its options."""
StartUp = set[tuple[Flag, CallSite]]
"""The flags of an interpreter's own calls, and their places in its code."""
# python3.14t has no global lock, python3.14d is built for debugging.
_PYTHON = r"python[\d.]*[td]?$"
_IS_PYTHON = re.compile(_PYTHON)
_INTERPRETERS = re.compile(
    rf"{_PYTHON}|"
    r"(perl|ruby|lua|tclsh|php|node|(da|ba|z|k|mk|pdk|ya|a)?sh|[gmn]?awk|busybox)[\d.]*$"
)
_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/store/", "/gnu/store/")
# Options without an argument, and none that means a program (-c, -e, -m).
_PLAIN_OPTION = re.compile(r"-[A-Zabdf-ln-z]+$")
_WITH_ARGUMENT = ("-W", "-X")


def recognize(knowledge: Knowledge, process: HeldProcess) -> None:
    """Note which interpreter a process has just executed, if it is one.

    One that has not been measured yet makes the run begin again. Stacks of 32 bits are not read: no
    call is left out of account there.
    """
    interpreter = _interpreter(knowledge, process) if WORD == 8 else None
    process.image.recognize(interpreter)
    if interpreter is None:
        return
    if knowledge.script is None and process.name == FIRST and not process.life.has_executed:
        [word] = proc.argv(process.pid)[len(interpreter) :][:1] or [""]
        is_python = _IS_PYTHON.match(os.path.basename(interpreter[0]))
        knowledge.script = word if is_python and not word.startswith("-") else ""
    start_ups = knowledge.start_ups
    if knowledge.is_measuring:
        start_ups.setdefault(interpreter, set())
    elif start_ups.setdefault(interpreter, None) is None:
        knowledge.must_restart = True


def is_of_start_up(knowledge: Knowledge, process: HeldProcess, what: Flag) -> bool:
    """Return whether a call that would be flagged belongs to the interpreter itself."""
    if process.image.interpreter is None:
        return False
    known = knowledge.start_ups.get(process.image.interpreter)
    if known is None:
        # Before it is measured, nothing can be said; the run will begin again.
        return True
    place = what, call_site(process, knowledge.call_sites)
    if knowledge.is_measuring:
        known.add(place)
    elif place in known:
        name = os.path.basename(process.image.interpreter[0])
        knowledge.independent_of.add(f"what {name} itself asks of the system")
    return place in known


def is_interpreter(executable: str, called: str = "") -> bool:
    """Return whether a file, by its real path, is an interpreter, not just called like one."""
    directory, name = os.path.split(executable)
    if name.startswith("busybox") and called:
        # It is each of its programs. `rm` must never get the empty program to run: /dev/null.
        name = os.path.basename(called).removeprefix("-")
    if _INTERPRETERS.match(name) is None:
        return False
    if executable.startswith(_INSTALLED):
        return True
    library = os.path.join(os.path.dirname(directory), "lib")
    return _IS_PYTHON.match(name) is not None and any(map(_IS_PYTHON.match, _entries(library)))


@lru_cache(maxsize=16)
def _entries(directory: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(directory))
    except OSError:
        return ()


def opens_program(knowledge: Knowledge, process: HeldProcess) -> bool:
    """Return whether a starting process is held at the call that opens its program."""
    if process.call not in ("open", "openat"):
        return False
    given = tracee_proc.string_at(process.pid, process.args[process.call == "openat"])
    script = knowledge.script or ""
    if os.path.basename(given) != os.path.basename(script):
        return False
    here = proc.link(process.pid, "cwd")
    opened, own = (os.path.realpath(os.path.join(here, path)) for path in (given, script))
    return opened == own


def _interpreter(knowledge: Knowledge, process: HeldProcess) -> Interpreter | None:
    executable, argv = proc.link(process.pid, "exe"), proc.argv(process.pid)
    if not is_interpreter(executable, argv[0] if argv else ""):
        return None
    path = executable
    if argv:
        # By the name it was called with: Python finds its libraries by that.
        environment = knowledge.program.environment or os.environ
        path = file_to_execute(argv[0].removeprefix("-"), environment) or executable
        if not path.startswith("/") or os.path.realpath(path) != executable:
            path = executable
    options = []
    for word in argv[1:]:
        if _PLAIN_OPTION.match(word) is None or word in _WITH_ARGUMENT:
            break
        options.append(word)
    return (path, *options)


_STACK_BYTES = 1024
_OF_THE_C_LIBRARY = re.compile(r"(libc|ld-linux|libpthread)[-.]")
_LOCKS = ("PyThread_acquire_lock", "PyThread_acquire_lock_timed")
_CLOCKS = (
    *("_PyTime_GetMonotonicClock", "_PyTime_GetMonotonicClockWithInfo", "_PyTime_GetSystemClock"),
    *("_PyTime_GetSystemClockWithInfo", "PyTime_Monotonic", "PyTime_MonotonicRaw", "PyTime_Time"),
)
_CALLERS = 2


def call_site(process: HeldProcess, known: dict[tuple[object, ...], CallSite]) -> CallSite:
    """Return the functions from which a held process makes its call.

    `known` are the answers so far, by the top of the stack, which is the same in every run.
    """
    from simpsh.trace.source.call_stack import frames

    values = getregs(process.pid)
    data = ptrace.read_memory(process.pid, values[STACK_POINTER], _STACK_BYTES)
    key = process.image.interpreter, values[PROGRAM_COUNTER], data
    if key not in known:
        with HeldMemory(process.pid) as memory:
            stack = frames(in_dwarf_order(values), memory, process.image.code, is_in_call=True)
            callers = islice((frame for frame in stack if not _is_library(frame[0])), _CALLERS)
            known[key] = _site(list(callers))
    return known[key]


def _is_library(file: MappedFile) -> bool:
    return _OF_THE_C_LIBRARY.match(os.path.basename(file.file.name)) is not None


def _site(callers: list[tuple[MappedFile, int]]) -> CallSite:
    if any(_is_in_one_of(_LOCKS, *caller) for caller in callers):
        return ((_LOCKS[0], 0),)
    own = [caller for caller in callers if not _is_in_one_of(_CLOCKS, *caller)]
    return tuple((file.file.name, file.rules.function_at(address)) for file, address in own)


def _is_in_one_of(functions: tuple[str, ...], file: MappedFile, address: int) -> bool:
    bounds = (file.file.functions.get(function, (0, 0)) for function in functions)
    return any(first <= address < end for first, end in bounds)
