"""The memory that handlers use is found, and watched while the program computes.

A handler and the code that it interrupts only matter to each other where both use the same memory,
and one of them changes it. A handler may be noticed between two such uses, so its process is held
there. Its own uses are found by following it instruction by instruction, once for each state that
it begins in; what calls change for it, by comparing the memory before and after. Which instructions
of the other code are followed by another use before the next operation is learned: after these
alone the process is held. What cannot be followed or watched is named.
"""

from __future__ import annotations

import os
import re

from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations.visible_operations import HandlerReturns, Operation
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.kernel.machine.watchpoints import MOST_WATCHED, watch
from simpsh.process import proc

MIDDLE = "has handlers that may run between two uses of the memory that they use"
_WORD, _MOST_BYTES = 8, 1 << 24
# The dynamic linker's own memory counts the functions that were bound; no program reads that.
_IS_LEFT_OUT = re.compile(r"\[v.*\]|.*/ld[-.][^/]*")
# What a function that is not bound yet leads to: endbr64 and push, or bti c and stp x16, x30.
_ENDBR, _PUSH = {
    "aarch64": (b"\x5f\x24\x03\xd5", b"\xf0\x7b\xbf\xa9"),
}.get(ARCHITECTURE, (b"\xf3\x0f\x1e\xfa", b"\x68"))
# Shells that note or put off in their handler of SIGCHLD that a child has ended, until they wait.
_NOTE_ENDS = ("dash", "bash")


def begin_handler(run: RunState, process: HeldProcess, signal: int) -> None:
    """Note, right before a handler runs, what it could change."""
    knowledge = run.knowledge
    if signal not in knowledge.sent or _only_notes_ends(process, signal):
        return
    if process.interpreter is not None or not memory_access.is_known() or not MOST_WATCHED:
        give_up(run)
    elif not knowledge.handlers.are_followed:
        run.flag(MIDDLE)
    process.has_used = process.has_used and bool(process.handlers)
    before = _memory(process.pid) if knowledge.handlers.are_followed else None
    process.handlers += ((_stack_pointer(process), before),)
    process.begins_handler = knowledge.handlers.are_followed


def _only_notes_ends(process: HeldProcess, signal: int) -> bool:
    if process.interpreter is None or signal != SIGCHLD:
        return False
    return os.path.basename(os.path.realpath(process.interpreter[0])) in _NOTE_ENDS


def give_up(run: RunState) -> None:
    """Name that what handlers use cannot be told, and look for it no more."""
    run.knowledge.handlers.are_followed = False
    run.flag(MIDDLE)


def end_handler(run: RunState, process: HeldProcess, operation: Operation) -> None:
    """Learn, when a call has come back by which a handler returns, what this has changed."""
    if not process.handlers or not isinstance(operation, HandlerReturns):
        return
    *others, (_, before) = process.handlers
    process.handlers = tuple(others)
    if not run.knowledge.handlers.are_followed:
        return
    changed = _changed(process.pid, before, _memory(process.pid))
    if changed is None or (
        not process.has_used and any(process.watched.get(one) for one in changed)
    ):
        give_up(run)  # it cannot be told; or this machine's watchpoints do nothing
    else:
        learn(run, process, dict.fromkeys(changed, True))


def learn(run: RunState, process: HeldProcess, used: dict[int, bool]) -> None:
    """Note the words that a handler uses, and whether it may change them."""
    known = run.knowledge.handlers.used.setdefault(image_of(process), {})
    for word, changes in used.items():
        if changes > known.get(word, -1):
            known[word] = changes
            run.knowledge.must_restart = True
    if len(known) > MOST_WATCHED:
        give_up(run)


def note_left_handlers(run: RunState, process: HeldProcess) -> None:
    """Name a handler that was left by a jump: what it has changed is not known."""
    if process.handlers and _stack_pointer(process) > process.handlers[-1][0]:
        process.handlers, process.begins_handler = (), False
        give_up(run)


def watch_memory(run: RunState, process: HeldProcess) -> None:
    """Watch, from now on, what handlers use in this process."""
    if process.watched:
        process.mask = ptrace.getsigmask(process.pid)
    knowledge = run.knowledge
    if not process.caught or not knowledge.handlers.used or knowledge.must_restart:
        return
    words = knowledge.handlers.used.get(image_of(process), {})
    if process.watched == words or len(words) > MOST_WATCHED:
        return
    process.watched, process.mask = dict(words), ptrace.getsigmask(process.pid)
    if not watch(process.pid, words):
        give_up(run)


def is_in_the_middle(run: RunState, process: HeldProcess) -> bool:
    """Return whether another use may follow the one that was reported, before an operation."""
    place = image_of(process), registers.getregs(process.pid)[PROGRAM_COUNTER]
    middles = run.knowledge.handlers.middles
    if process.used_at is not None:
        run.knowledge.must_restart = True
        middles.add(process.used_at)
    process.used_at = None if place in middles else place
    return place in middles


def image_of(process: HeldProcess) -> str:
    """Return the file of the program that a process executes."""
    if not process.image:
        process.image = proc.link(process.pid, "exe")
    return process.image


def _stack_pointer(process: HeldProcess) -> int:
    return registers.getregs(process.pid)[STACK_POINTER]


def _memory(pid: int) -> dict[int, bytes] | None:
    """Return the process's own memory, but for what lies below its stack; None if that is large."""
    regions = [
        one
        for one in proc.memory_regions(pid)
        if one.permissions[1::2] == "wp" and not _IS_LEFT_OUT.fullmatch(one.name)
    ]
    if sum(one.end - one.first for one in regions) > _MOST_BYTES:
        return None
    found = {}
    for one in regions:
        first = one.first
        if one.name == "[stack]":
            first = registers.getregs(pid)[STACK_POINTER] // _WORD * _WORD
        found[first] = proc.memory(pid, first, one.end - first)
    return found


def _changed(
    pid: int, before: dict[int, bytes] | None, after: dict[int, bytes] | None
) -> set[int] | None:
    """Return the words that differ; None if that cannot be told."""
    if before is None or after is None:
        return None
    found = set[int]()
    for first, old in before.items():
        new = after.get(first, b"")
        if len(old) != len(new):
            return None
        if old != new:
            found |= {
                first + place
                for place in range(0, len(old), _WORD)
                if old[place : place + _WORD] != new[place : place + _WORD]
                and not _is_bound(pid, old[place : place + _WORD])
            }
    return found


def _is_bound(pid: int, old: bytes) -> bool:
    """Return whether the dynamic linker has changed a word: a function was called at last.

    It held a place in the program's table (PLT): on x86-64 that pushes the function's number.
    """
    code = ptrace.read_memory(pid, int.from_bytes(old, "little"), len(_ENDBR) + len(_PUSH))
    return code.removeprefix(_ENDBR).startswith(_PUSH)
