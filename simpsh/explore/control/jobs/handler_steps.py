"""A handler is followed instruction by instruction, to learn what memory it uses.

What its own frame holds does not matter, nor what the dynamic linker and the C library keep for
themselves. A piece of it, from one call to the next, is followed once for each state that it begins
in: from the same state it does the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from simpsh.base.signal_names import SIGTRAP
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.jobs.handler_uses import give_up, image_of, learn
from simpsh.explore.control.memory.handler_knowledge import HandlerKnowledge
from simpsh.explore.control.memory.remembered_state import remembered
from simpsh.explore.control.run_state import RunState
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.memory_operands import MemoryOperand, operands_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from simpsh.kernel.machine.watchpoints import MOST_WATCHED, is_use, watch
from simpsh.process import proc
from simpsh.process.proc import MemoryRegion

_WORD, _MOST_STEPS = 8, 20_000
_IS_LINKER, _IS_C_LIBRARY = re.compile(r".*/ld[-.][^/]*"), re.compile(r".*/libc[-.][^/]*")
# As far below its stack pointer as one instruction reaches, which makes room by that (aarch64).
_OWN_BELOW = 1024
# jmp *%r11, br x16: how the linker goes on to the function that it has found, and nowhere else.
_JUMP = {"x86_64": b"\x41\xff\xe3", "aarch64": b"\x00\x02\x1f\xd6"}.get(ARCHITECTURE, b"")
_LEAST_ADDRESS, _WRITE, _MOST_WRITTEN, _POINTERS = 4096, NUMBERS["write"], 4096, 4


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
    known, image = run.knowledge.handlers, image_of(process)
    linker = _Linker(process, known, _linker(regions))
    place = _counter(pid)
    while known.are_followed:
        process.steps_followed += 1
        # Most steps need nothing but the place that the kernel reports with each.
        is_known = place in linker.code or (image, place) in known.plain_code
        if not is_known and _look(run, process, regions):
            break
        if process.steps_followed > _MOST_STEPS:
            give_up(run)
        place, status = linker.step(place, signal)
        signal = 0
        if status is not None:
            return status, 0
    return None, signal


class _Linker:
    """Steps over the dynamic linker, which looks up a function that is called for the first time.

    That takes a thousand instructions. The first time they are made one by one; from then on the
    process runs to the last of them, the jump to the function.
    """

    def __init__(self, process: HeldProcess, known: HandlerKnowledge, code: range) -> None:
        self._process = process
        self._known = known
        self.code = code
        """Where the linker's code lies."""
        self._entry = 0
        """Where it was entered last; 0 if that was not seen: a stop may come in the midst of it."""
        self._before = 0
        """The place of the last step; 0 before the first."""

    def step(self, place: int, signal: int) -> tuple[int, ptrace.Status | None]:
        """Let the process, which stands at a place, make a step; return where it is then.

        Returns:
            A stop that is no step's, too: it is to be answered.

        Raises:
            ProcessLookupError: the process was killed.
        """
        process, pid = self._process, self._process.pid
        end = self._end_from(place)
        if end and watch(pid, process.watched, end):
            ptrace.cont(pid, signal)
        else:
            end = 0
            ptrace.single_step(pid, signal)
        status = ptrace.next_status(pid)
        if status is None:
            raise ProcessLookupError
        if end and os.WIFSTOPPED(status.word):
            watch(pid, process.watched)
        if status.word >> 8 != SIGTRAP:
            return 0, status
        code, place = ptrace.trap_report(pid)
        if code != ptrace.TRAP_TRACE:
            place = _counter(pid)
        if end and place == end and code == ptrace.TRAP_HWBKPT:
            self._before = end
        elif code <= 0 or (process.watched and is_use(pid, code)):
            return 0, status
        return place, None

    def _end_from(self, place: int) -> int:
        """Return where the linker will jump to a function, if it is in it and that is known."""
        if place in self.code and self._before not in self.code:
            self._entry = place if self._before else 0
        elif place not in self.code and self._before in self.code:
            self._note_end(self._before)
        self._before = place
        if place not in self.code or len(self._process.watched) >= MOST_WATCHED:
            return 0
        end = self._known.linker_ends.get((self._process.image, self._entry), 0)
        return end if end != place else 0

    def _note_end(self, place: int) -> None:
        """Remember from where the linker was left, if that is its jump to a function."""
        if self._entry and ptrace.read_memory(self._process.pid, place, len(_JUMP)) == _JUMP:
            self._known.linker_ends[self._process.image, self._entry] = place


def _counter(pid: int) -> int:
    return registers.getregs(pid)[PROGRAM_COUNTER]


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
    # Only threads change what the C library keeps for a thread.
    head = registers.library_part_of_thread(process.pid, values)
    found: dict[int, bool] = {}
    for one in operands:
        if one.address in frame or one.address in head:
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
