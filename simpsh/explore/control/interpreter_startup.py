"""The calls that an interpreter itself makes, which raise no flags.

Before the first statement of its program, Python, Perl or a shell may read the clock and random
numbers, and its locks and sleeps may read the clock later. It gets constants, and other_values.py
finds out whether the program depends on them. An interpreter also looks for a terminal and reads
/proc; this raises no flag before its first fork. A C program has no such exemption.

Python makes some 1,600 calls before it opens its program, bash a hundred. There is no other process
that could notice them. In all but the first run, calls that only read do not stop, nor does the
clock that Python's locks read. When the interpreter opens its program, a second filter is
installed, and these calls stop from then on.

A student may call a shell `ash`. So a name counts only in the system's program directories. Users
install Python in other places: it also counts if its library is next to it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache

from simpsh.base.process_names import FIRST
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.process import proc
from simpsh.trace import tracee_proc

# python3.14t has no global interpreter lock, python3.14d is a debug build.
_PYTHON = re.compile(r"python[\d.]*[td]?$")
_OPENS_PLAINLY = re.compile(rf"{_PYTHON.pattern}|(da|ba|z|k|mk|pdk|ya|a)?sh[\d.]*$")
"""The interpreters that open their program without O_CLOEXEC, unlike libraries and locales."""
_INTERPRETERS = re.compile(
    rf"{_OPENS_PLAINLY.pattern}|(perl|ruby|lua|tclsh|php|node|[gmn]?awk|busybox)[\d.]*$"
)
_INSTALLED = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/store/", "/gnu/store/")
# Options without an argument, except those that give a program (-c, -e, -m).
_PLAIN_OPTION = re.compile(r"-(?![WX]$)[A-Zabdf-ln-z]+$")


def recognize(knowledge: Knowledge, process: HeldProcess) -> None:
    """Record whether a process has just executed an interpreter, and the program's script."""
    executable, argv = process.image.file, proc.argv(process.pid) or ("",)
    if not is_interpreter(executable, argv[0]):
        return
    process.image.is_interpreter = knowledge.has_interpreter = True
    if knowledge.script is None and process.name == FIRST and not process.life.has_executed:
        word = next((word for word in argv[1:] if not _PLAIN_OPTION.match(word)), "")
        is_known = _OPENS_PLAINLY.match(os.path.basename(executable))
        knowledge.script = word if is_known and not word.startswith("-") else ""


def is_interpreter(executable: str, called: str = "") -> bool:
    """Return whether an executable is an interpreter, not just a file named like one.

    `executable` is a path without symbolic links; `called` is the name in argv.
    """
    directory, name = os.path.split(executable)
    if name.startswith("busybox") and called:
        # The name selects the program that busybox runs.
        name = os.path.basename(called).removeprefix("-")
    if _INTERPRETERS.match(name) is None:
        return False
    if executable.startswith(_INSTALLED):
        return True
    library = os.path.join(os.path.dirname(directory), "lib")
    return bool(_PYTHON.match(name)) and any(map(_PYTHON.match, _entries(library)))


@lru_cache(maxsize=16)
def _entries(directory: str) -> tuple[str, ...]:
    with suppress(OSError):
        return tuple(os.listdir(directory))
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
