"""A handler is followed instruction by instruction, to learn what memory it uses.

What its own frame holds does not matter, nor what the dynamic linker and the C library keep for
themselves. A piece of it, from one call to the next, is followed once for each state that it begins
in: from the same state it does the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from simpsh.base.signal_names import SIGTRAP
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.jobs.handler_uses import give_up, learn
from simpsh.explore.control.memory.remembered_state import remembered
from simpsh.explore.control.run_state import RunState
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.memory_operands import MemoryOperand, operands_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER
from simpsh.kernel.machine.watchpoints import is_use
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_WORD, _MOST_STEPS = 8, 20_000
_IS_LINKER, _IS_C_LIBRARY = re.compile(r".*/ld[-.][^/]*"), re.compile(r".*/libc[-.][^/]*")
# What the C library keeps for a thread begins with this: tcbhead_t, then ids, lists, and whether
# the thread may be cancelled, which newer ones read in each call. Only threads change them.
_HEAD = 0x310
_OWN_BELOW = 256
_LEAST_ADDRESS, _WRITE, _MOST_WRITTEN, _POINTERS = 4096, 1, 4096, 4


def is_to_follow(run: RunState, process: HeldProcess) -> bool:
    """Return whether a stopped process goes on with a handler's code that was not followed yet."""
    if not process.handlers or not run.knowledge.handlers.are_followed:
        return False
    if process.steps_followed == 0:
        names = {one.pid: one.name for one in run.processes.values()}
        pages, named = run.knowledge.pages, run.names.named
        known = remembered(process, pages, names, named, run.memory_files)
        process.followed_from = None if known is None else known.digest
    return process.followed_from not in run.knowledge.handlers.known_states


def end_following(run: RunState, process: HeldProcess) -> None:
    """Note that a process has come to its next operation."""
    process.in_call = False
    if process.steps_followed:
        process.steps_followed = 0
        if process.followed_from is not None:
            run.knowledge.handlers.known_states.add(process.followed_from)


def follow(run: RunState, process: HeldProcess, signal: int) -> ptrace.Status | None:
    """Let a process go on to its next call, or stop, and learn what memory it uses meanwhile.

    Args:
        run: the run.
        process: the process, which is stopped.
        signal: what it is given on its way, or 0.

    Returns:
        The stop, which is to be answered; None if it is on its way to its call.

    Raises:
        ProcessLookupError: it was killed.
    """
    with ptrace.KeptTrap(process.pid):
        status, signal = _follow(run, process, signal)
    if status is None:
        process.in_call = True
        ptrace.cont_to_syscall(process.pid, signal)
    return status


def _follow(run: RunState, process: HeldProcess, signal: int) -> tuple[ptrace.Status | None, int]:
    """Return the stop, or None, and the signal that it was not given yet."""
    pid = process.pid
    regions = proc.memory_regions(pid)
    linker, plain = _linker(regions), run.knowledge.handlers.plain_code
    place = registers.getregs(pid)[PROGRAM_COUNTER]
    while run.knowledge.handlers.are_followed:
        process.steps_followed += 1
        # Most steps need nothing but the place that the kernel reports with each.
        is_known = place in linker or (process.image, place) in plain
        if not is_known and _look(run, process, regions):
            break
        if process.steps_followed > _MOST_STEPS:
            give_up(run)
        ptrace.single_step(pid, signal)
        signal = 0
        status = ptrace.next_status(pid)
        if status is None:
            raise ProcessLookupError
        if status.word >> 8 != SIGTRAP:
            return status, 0
        code, place = ptrace.trap_report(pid)
        if code <= 0 or (process.watched and is_use(pid, code)):
            return status, 0
        if code != ptrace.TRAP_TRACE:
            place = registers.getregs(pid)[PROGRAM_COUNTER]
    return None, signal


def _linker(regions: tuple[MemoryRegion, ...]) -> range:
    """Return where the code of the dynamic linker lies."""
    for one in regions:
        if one.permissions[2] == "x" and _IS_LINKER.fullmatch(one.name):
            return range(one.first, one.end)
    return range(0)


def _look(run: RunState, process: HeldProcess, regions: tuple[MemoryRegion, ...]) -> bool:
    """Learn what a process's next instruction uses; return whether it is a call."""
    values = registers.getregs(process.pid)
    place = values[PROGRAM_COUNTER]
    code = ptrace.read_memory(process.pid, place, memory_access.LONGEST_INSTRUCTION)
    is_call = registers.is_call(code)
    operands = tuple(_given(values)) if is_call else operands_of(code, values)
    if operands is None:
        give_up(run)
    elif operands:
        learn(run, process, _that_matter(process, regions, values, operands))
    elif not is_call:
        run.knowledge.handlers.plain_code.add((process.image, place))
    return is_call


def _that_matter(
    process: HeldProcess,
    regions: tuple[MemoryRegion, ...],
    values: list[int],
    operands: Iterable[MemoryOperand],
) -> dict[int, bool]:
    """Return the words that the program, too, may use and change; and whether they are changed."""
    frame = range(values[STACK_POINTER] - _OWN_BELOW, process.handlers[-1][0])
    head = registers.thread_pointer(values)
    found: dict[int, bool] = {}
    for one in operands:
        if one.address in frame or one.address in range(head, head + _HEAD):
            continue
        if _matters(regions, one):
            first = one.address // _WORD * _WORD
            for word in range(first, one.address + one.width, _WORD):
                found[word] = found.get(word, False) or one.writes
    return found


def _given(values: list[int]) -> Iterator[MemoryOperand]:
    """Yield what a call may use that is about to be made: what its arguments point to."""
    arguments = [values[place] for place in registers.ARGUMENTS]
    count = _WORD
    if registers.number_of_call(values) == _WRITE:
        count = min(arguments[2], _MOST_WRITTEN)
    for argument in arguments[:_POINTERS]:
        if argument >= _LEAST_ADDRESS:
            yield MemoryOperand(argument, max(count, 1), writes=False)


def _name_at(regions: tuple[MemoryRegion, ...], address: int) -> str:
    """Return what is mapped at an address; of memory behind a file's, that file."""
    name, end = "", 0
    for one in regions:
        if one.name or one.first != end:
            name = one.name
        end = one.end
        if address < end:
            return name if one.first <= address else ""
    return ""


def _matters(regions: tuple[MemoryRegion, ...], operand: MemoryOperand) -> bool:
    """Return whether the program, too, may use and change this place."""
    region = next((one for one in regions if one.first <= operand.address < one.end), None)
    if region is None or region.permissions[1:4:2] != "wp":
        return False
    # What the C library only reads there is its own affair.
    name = _name_at(regions, operand.address)
    return operand.writes or not _IS_C_LIBRARY.fullmatch(name)
