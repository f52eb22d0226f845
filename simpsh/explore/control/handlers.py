"""What signal handlers use, found out by following them, and where one may run because of that.

A handler is followed instruction by instruction, to learn what memory it uses. What its own frame
holds does not matter, nor what the dynamic linker and the C library keep for themselves. A piece
of it, from one call to the next, is followed once for each state that it begins in: from the same
state it does the same.

A handler and the code that it interrupts also meet in what the kernel keeps for their process: its
descriptors, the offsets of its files, its working directory, its umask and the like. Where a
handler uses some of it, one may run between any two calls that use such things, too, though no
other process can notice these calls. What a handler calls is learned from its first run on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from simpsh.base.signal_names import SIGCHLD, SIGTRAP
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.remembered_state import remembered
from simpsh.explore.control.run_state import RunState
from simpsh.explore.model.call_classes import USES_OWN_STATE
from simpsh.explore.model.kernel_state import Operation
from simpsh.explore.model.process_operations import HandlerReturns, OwnCall
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.intel_memory_use import SEGMENT_BASES
from simpsh.kernel.machine.memory_access import MemoryOperand, operands_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.machine.watchpoints import MOST_WATCHED, is_use, watch
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

MIDDLE = "has handlers that may run between two uses of the memory that they use"
if not memory_access.IS_KNOWN:
    MIDDLE += ", which explore follows on x86-64 alone"
_WORD, _MOST_BYTES = 8, 1 << 24
# The dynamic linker's own memory counts the functions that were bound; no program reads that.
_IS_LEFT_OUT = re.compile(r"\[v.*\]|.*/ld[-.][^/]*")
# What a function that is not bound yet leads to: endbr64 and push.
_ENDBR, _PUSH = b"\xf3\x0f\x1e\xfa", b"\x68"
# Shells that note or put off in their handler of SIGCHLD that a child has ended, until they wait.
_NOTE_ENDS = ("dash", "bash")


def begin_handler(run: RunState, process: HeldProcess, signal: int) -> None:
    """Note, right before a handler runs, what it could change."""
    knowledge = run.knowledge
    interpreter = process.interpreter[0] if process.interpreter else ""
    if signal == SIGCHLD and os.path.basename(os.path.realpath(interpreter)) in _NOTE_ENDS:
        return
    if signal not in knowledge.sent:
        return
    if process.interpreter is not None or not memory_access.IS_KNOWN:
        give_up(run)
    elif not knowledge.handlers.are_followed:
        run.flag(MIDDLE)
    process.has_used = process.has_used and bool(process.handlers)
    before = _memory(process.pid) if knowledge.handlers.are_followed else None
    process.handlers += ((_stack_pointer(process), before),)
    process.begins_handler = knowledge.handlers.are_followed


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
        not process.has_used and any(process.watched.get(word) for word in changed)
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
        region
        for region in proc.memory_regions(pid)
        if region.permissions[1::2] == "wp" and not _IS_LEFT_OUT.fullmatch(region.name)
    ]
    if sum(region.end - region.first for region in regions) > _MOST_BYTES:
        return None
    memory = {}
    for region in regions:
        first = region.first
        if region.name == "[stack]":
            first = registers.getregs(pid)[STACK_POINTER] // _WORD * _WORD
        memory[first] = proc.memory(pid, first, region.end - first)
    return memory


def _changed(
    pid: int, before: dict[int, bytes] | None, after: dict[int, bytes] | None
) -> set[int] | None:
    """Return the words that differ; None if that cannot be told."""
    if before is None or after is None:
        return None
    words = set[int]()
    for first, old in before.items():
        new = after.get(first, b"")
        if len(old) != len(new):
            return None
        if old != new:
            words |= {
                first + place
                for place in range(0, len(old), _WORD)
                if old[place : place + _WORD] != new[place : place + _WORD]
                and not _is_bound(pid, old[place : place + _WORD])
            }
    return words


def _is_bound(pid: int, old: bytes) -> bool:
    """Return whether the dynamic linker has changed a word: a function was called at last.

    It held a place in the program's table (PLT): on x86-64 that pushes the function's number.
    """
    code = ptrace.read_memory(pid, int.from_bytes(old, "little"), len(_ENDBR) + len(_PUSH))
    return code.removeprefix(_ENDBR).startswith(_PUSH)


_MOST_STEPS = 20_000
_IS_LINKER, _IS_C_LIBRARY = re.compile(r".*/ld[-.][^/]*"), re.compile(r".*/libc[-.][^/]*")
# What lies below its stack pointer is a function's own.
_RED_ZONE = 128
# The prefix of a thread's segment, and how much at its beginning the C library keeps for itself:
# ids, lists, cancellation. See the ELF specification for thread-local storage.
_THREAD, _THREAD_HEAD = 0x64, 0x310
_LEAST_ADDRESS, _WRITE, _MOST_WRITTEN, _POINTERS = 4096, NUMBERS["write"], 4096, 4


def is_to_follow(run: RunState, process: HeldProcess) -> bool:
    """Return whether a stopped process goes on with a handler's code that was not followed yet."""
    if not process.handlers or not run.knowledge.handlers.are_followed:
        return False
    if process.steps_followed == 0:
        names = {process.pid: process.name for process in run.processes.values()}
        pages, named = run.knowledge.pages, run.names.named
        process.followed_from = remembered(process, pages, names, named)
    return process.followed_from not in run.knowledge.handlers.known_states


def end_following(run: RunState, process: HeldProcess) -> None:
    """Note that a process has come to its next operation."""
    process.in_call = False
    if process.steps_followed:
        process.steps_followed = 0
        if process.followed_from is not None:
            run.knowledge.handlers.known_states.add(process.followed_from)


def follow(run: RunState, process: HeldProcess, signal: int) -> ptrace.Status | None:
    """Let a stopped process go on to its next call, or stop; learn what memory it uses meanwhile.

    The signal, or 0, is given to it on its way. The stop is to be answered; None if it is on its
    way to its call. Raises ProcessLookupError if it was killed.
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
    known, image = run.knowledge.handlers, image_of(process)
    parts = (part for part in regions if part.permissions[2] == "x")
    code = next((part for part in parts if _IS_LINKER.fullmatch(part.name)), None)
    linker = range(code.first, code.end) if code else range(0)
    place = _counter(pid)
    while known.are_followed:
        process.steps_followed += 1
        # Most steps need nothing but the place that the kernel reports with each.
        is_known = place in linker or (image, place) in known.plain_code
        if not is_known and _look(run, process, regions):
            break
        if process.steps_followed > _MOST_STEPS:
            give_up(run)
        place, status = _step(process, signal)
        signal = 0
        if status is not None:
            return status, 0
    return None, signal


def _step(process: HeldProcess, signal: int) -> tuple[int, ptrace.Status | None]:
    """Let a process make one instruction; return where it is then.

    Returns:
        A stop that is no step's, too: it is to be answered.

    Raises:
        ProcessLookupError: it was killed.
    """
    ptrace.single_step(process.pid, signal)
    status = ptrace.next_status(process.pid)
    if status is None:
        raise ProcessLookupError
    if status.word >> 8 != SIGTRAP:
        return 0, status
    code, place = ptrace.trap_report(process.pid)
    if code <= 0 or (process.watched and is_use(process.pid, code)):
        return 0, status
    return place if code == ptrace.TRAP_TRACE else _counter(process.pid), None


def _counter(pid: int) -> int:
    return registers.getregs(pid)[PROGRAM_COUNTER]


def _look(run: RunState, process: HeldProcess, regions: tuple[MemoryRegion, ...]) -> bool:
    """Learn what a process's next instruction uses; return whether it is a call."""
    values = registers.getregs(process.pid)
    place = values[PROGRAM_COUNTER]
    code = ptrace.read_memory(process.pid, place, memory_access.LONGEST_INSTRUCTION)
    is_call = registers.is_call(code)
    operands = operands_of(code, values)
    if is_call:
        # What a call may use that is about to be made: what its arguments point to.
        arguments = [values[place] for place in registers.ARGUMENTS]
        is_write = registers.number_of_call(values) == _WRITE
        count = max(min(arguments[2], _MOST_WRITTEN), 1) if is_write else _WORD
        operands = tuple(
            MemoryOperand(argument, count, writes=False)
            for argument in arguments[:_POINTERS]
            if argument >= _LEAST_ADDRESS
        )
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
    frame = range(values[STACK_POINTER] - _RED_ZONE, process.handlers[-1][0])
    # Only threads change what the C library keeps for a thread.
    head = range(_THREAD_HEAD)
    words: dict[int, bool] = {}
    for operand in operands:
        if operand.address in frame or operand.address - values[SEGMENT_BASES[_THREAD]] in head:
            continue
        region = next((part for part in regions if part.first <= operand.address < part.end), None)
        if region is None or region.permissions[1:4:2] != "wp":
            continue
        # What the C library only reads there is its own affair.
        name = _name_at(regions, operand.address)
        if operand.writes or not _IS_C_LIBRARY.fullmatch(name):
            first = operand.address // _WORD * _WORD
            for word in range(first, operand.address + operand.width, _WORD):
                words[word] = words.get(word, False) or operand.writes
    return words


def _name_at(regions: tuple[MemoryRegion, ...], address: int) -> str:
    """Return what is mapped at an address; of memory behind a file's, that file."""
    name, end = "", 0
    for region in regions:
        if region.name or region.first != end:
            name = region.name
        end = region.end
        if address < end:
            return name if region.first <= address else ""
    return ""


_DESCRIPTORS = frozenset(
    (
        *("close", "close_range", "dup", "dup2", "dup3", "fcntl", "pipe", "pipe2"),
        *("open", "creat", "openat", "openat2"),
    )
)


def call_beside_handlers(
    run: RunState, process: HeldProcess, operation: Operation | None
) -> Operation | None:
    """Return the operation that a call is, where a handler may be noticed right after it, too."""
    if process.call not in USES_OWN_STATE or process.is_exiting:
        return operation
    known = run.knowledge.handlers
    if process.handlers:
        if operation is None:
            run.knowledge.watch(known.own_calls, process.call)
        elif not known.use_descriptors:
            # What others notice is read or written by a descriptor.
            known.use_descriptors = True
            run.knowledge.must_restart |= known.come_beside_descriptors
    if operation is not None or not process.caught & run.knowledge.sent:
        return operation
    is_of_descriptors = process.call in _DESCRIPTORS
    known.come_beside_descriptors |= is_of_descriptors
    is_met = known.own_calls or (known.use_descriptors and is_of_descriptors)
    return OwnCall() if is_met else None
