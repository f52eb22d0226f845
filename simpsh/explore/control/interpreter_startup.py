"""The calls that an interpreter itself makes, which raise no flags.

Before the first statement of its program, Python, Perl or a shell may read the clock and random
numbers and look for a terminal. Its locks and sleeps may read the clock, too. Which calls these are
is measured once for each interpreter (interpreter_calibration). They raise no flag; `time.time()`,
`$SECONDS` and `rand` do. A C program has no such exemption: values that it reads before its
first fork may decide what happens later. Values that an interpreter keeps from its start (Perl's
$^T, the seed of bash's $RANDOM) are the same in every run, except those derived from its pid.

Python makes some 1,600 calls before it opens its program, bash a hundred. There is no other process
that could notice them. In all but the first run, calls that only read do not stop, nor does the
clock that Python's locks read. When the interpreter opens its program, a second filter is
installed, and these calls stop from then on.

A student may call a shell `ash`. So a name counts only in the system's program directories. Users
install Python in other places: it also counts if its library is next to it.

A call site is the innermost functions outside the C library. The frames are unwound as for
source lines, by the unwind tables that compilers also write into stripped files.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from itertools import islice

from simpsh.base.process_names import FIRST
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.interpreter_calibration import (
    LOOKS,
    MARK,
    MOST_FUNCTIONS,
    CallSite,
    has_programs,
)
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.control.remembered_state import private_pages
from simpsh.explore.flags import UNMEASURED, Flag
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

Interpreter = tuple[str, ...]
"""An interpreter's file and its options."""
# python3.14t has no global interpreter lock, python3.14d is a debug build.
_PYTHON = r"python[\d.]*[td]?$"
_IS_PYTHON = re.compile(_PYTHON)
_SHELL = r"(da|ba|z|k|mk|pdk|ya|a)?sh[\d.]*$"
_INTERPRETERS = re.compile(
    rf"{_PYTHON}|{_SHELL}|(perl|ruby|lua|tclsh|php|node|[gmn]?awk|busybox)[\d.]*$"
)
_OPENS_PLAINLY = re.compile(f"{_PYTHON}|{_SHELL}")
"""The interpreters that open their program without O_CLOEXEC, unlike libraries and locales."""
_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/store/", "/gnu/store/")
# Options without an argument, except those that give a program (-c, -e, -m).
_PLAIN_OPTION = re.compile(r"-[A-Zabdf-ln-z]+$")
_WITH_ARGUMENT = ("-W", "-X")


def recognize(knowledge: Knowledge, process: HeldProcess) -> None:
    """Record which interpreter a process has just executed, if any.

    The run begins again if that interpreter has not been measured yet. On 32-bit machines, whose
    stacks are not read, all calls raise flags.
    """
    interpreter = _interpreter(knowledge, process) if WORD == 8 else None
    process.image.recognize(interpreter)
    if interpreter is None:
        return
    knowledge.interpreters.add(os.path.basename(interpreter[0]))
    if knowledge.script is None and process.name == FIRST and not process.life.has_executed:
        [word] = proc.argv(process.pid)[len(interpreter) :][:1] or [""]
        is_known = _OPENS_PLAINLY.match(os.path.basename(interpreter[0]))
        knowledge.script = word if is_known and not word.startswith("-") else ""
    if knowledge.seen_calls is None and knowledge.start_ups.setdefault(interpreter, None) is None:
        knowledge.must_restart = True


def note_mark(knowledge: Knowledge, process: HeldProcess) -> None:
    """Note that a calibration, held at a call, has come to a mark."""
    if knowledge.seen_calls is not None and process.call in LOOKS:
        at = process.args[process.call not in ("access", "stat")]
        if tracee_proc.string_at(process.pid, at) == MARK:
            if not knowledge.seen_calls.marks:
                knowledge.seen_calls.started = private_pages(process.pid)
            knowledge.seen_calls.marks += 1


def is_of_start_up(knowledge: Knowledge, process: HeldProcess, flag: Flag) -> bool:
    """Return whether a call that would be flagged belongs to the interpreter itself."""
    if process.image.interpreter is None:
        return False
    site = call_site(process, knowledge.call_sites)
    if knowledge.seen_calls is not None:
        knowledge.seen_calls.add(flag, site)
        return True
    own = knowledge.start_ups.get(process.image.interpreter)
    if own is None:
        # The interpreter has not been measured yet; the run will begin again.
        return True
    name = os.path.basename(process.image.interpreter[0])
    if not own.is_measured:
        knowledge.flags[UNMEASURED.of(name)] += 1
        return True
    if not own.is_sure:
        knowledge.notes[_NOT_TOLD_APART.format(name)] += 1
    is_own = own.has(flag, site)
    if is_own:
        knowledge.independent_of.add(f"what {name} itself asks of the system")
    return is_own


def is_interpreter(executable: str, called: str = "") -> bool:
    """Return whether an executable is an interpreter, not just a file named like one.

    `executable` is a path without symbolic links; `called` is the name in argv.
    """
    directory, name = os.path.split(executable)
    if name.startswith("busybox") and called:
        # The name selects the program that busybox runs. Never run its `rm` with /dev/null.
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
    """Return whether a starting interpreter is held at the call that opens its program."""
    if process.call not in ("open", "openat"):
        return False
    opened = tracee_proc.string_at(process.pid, process.args[process.call == "openat"])
    script = knowledge.script or ""
    if os.path.basename(opened) != os.path.basename(script):
        return False
    directory = proc.link(process.pid, "cwd")
    paths = (os.path.join(directory, path) for path in (opened, script))
    return len(set(map(os.path.realpath, paths))) == 1


def _interpreter(knowledge: Knowledge, process: HeldProcess) -> Interpreter | None:
    executable, argv = proc.link(process.pid, "exe"), proc.argv(process.pid)
    if not is_interpreter(executable, argv[0] if argv else ""):
        return None
    path = executable
    if argv:
        # Keep the name in argv[0], because Python uses it to find its libraries.
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


_NOT_TOLD_APART = (
    "runs {}: some of its own readings of clocks and random numbers are taken for the program's"
)
_STACK_BYTES = 4096
OF_THE_C_LIBRARY = re.compile(r"(ld|libc|libpthread)[-.]")
"""Matches the beginning of the name of a file of the C library, or of the dynamic linker."""
_CALLERS = 12


def call_site(process: HeldProcess, sites: dict[tuple[object, ...], CallSite]) -> CallSite:
    """Return the functions from which a held process makes its call, as far as they matter.

    `sites` caches the results by the top of the stack, which is the same in every run.
    """
    from simpsh.trace.source.call_stack import frames

    values = getregs(process.pid)
    data = ptrace.read_memory(process.pid, values[STACK_POINTER], _STACK_BYTES)
    key = process.image.interpreter, values[PROGRAM_COUNTER], data
    if key not in sites:
        with HeldMemory(process.pid) as memory:
            stack = frames(in_dwarf_order(values), memory, process.image.code, is_in_call=True)
            callers = (
                (file.file.name, file.rules.function_at(address))
                for file, address in stack
                if not OF_THE_C_LIBRARY.match(os.path.basename(file.file.name))
            )
            # A program asks for something, if only at its marks; so no signature is a whole stack.
            name = os.path.basename((process.image.interpreter or ("",))[0])
            most = MOST_FUNCTIONS if has_programs(name) else _CALLERS
            sites[key] = tuple(islice(callers, most))
    return sites[key]
