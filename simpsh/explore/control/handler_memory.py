"""Whether a handler uses memory of the code that it interrupts.

Handlers run at system calls only. If a handler uses memory that the interrupted code may use, too,
it may have other effects in the middle of computing. So while a handler runs:

- The program's writable pages are closed, and those of the C library cannot be written. A use of
  them raises SIGSEGV. They are open during the handler's calls.
- Its third argument is an address where nothing can be mapped, so that a use of the saved context
  raises SIGSEGV, too. The run then begins again, with the true address.
- The memory that cannot be closed is compared before and after the handler: the interrupted stack
  with the saved context, and the memory of the thread, such as errno.

The first use of each kind is recorded. Jump tables, which the dynamic linker fills, do not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from simpsh.base.record import changed
from simpsh.base.signal_names import SIGSEGV
from simpsh.explore.control.handler_state import READ_ONLY, Guard, Part
from simpsh.explore.control.held_process import (
    HeldProcess,
    SystemCall,
    make_own_call,
    no_signals,
    one_instruction,
)
from simpsh.explore.control.run_state import RunState
from simpsh.explore.objects.call_classes import PIDS, TAKES
from simpsh.explore.objects.handler_use import Used
from simpsh.explore.objects.signal_operations import signals_of
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER, getregs
from simpsh.process import proc
from simpsh.process.proc import HeldMemory, MemoryRegion

if TYPE_CHECKING:
    from simpsh.trace.source.call_stack import MappedFile

_IS_C_LIBRARY = re.compile(r".*/libc[-.][^/]*")
_IS_LINKER = re.compile(r".*/ld(-linux|64)?[-.][^/]*")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CLOSED, _OPEN = 0, 3
_NO_CONTEXT = range(0xB4D0, 0xB4D0 + 4096)
"""The addresses that a handler gets for its context: below 64 KiB nothing can be mapped."""
_LARGEST_FRAME = 16384
# The beginning of a thread's own data: ids, lists, cancellation; only the C library uses it.
_THREAD_HEAD = 0x310
_WORD = 4
_JUMP_TABLES = (".got", ".got.plt")
_SAFE = frozenset(
    (
        *("fork", "_Fork", "__libc_fork", "vfork", "signal", "bsd_signal", "sigaction", "raise"),
        *("sleep", "posix_spawn", "siglongjmp", "longjmp", "_longjmp", "__longjmp_chk"),
    )
)
"""Functions that a handler may call, although they change data of the C library itself."""


_FAULT = 1 << (SIGSEGV - 1)


def _close(process: HeldProcess, guard: Guard) -> None:
    """Close the pages, unless a call has just returned that will be repeated."""
    if guard.is_closed or guard.stays_open or not guard.parts:
        return
    if registers.will_restart(getregs(process.pid)):
        return
    with no_signals(process.pid):
        for part in guard.parts:
            _protect(process, part, part.protection)
    mask = ptrace.getsigmask(process.pid)
    if mask & _FAULT:
        # The kernel would reset the disposition of a blocked signal.
        ptrace.setsigmask(process.pid, mask & ~_FAULT)
    guard.close(blocks_fault=bool(mask & _FAULT))


def _open(process: HeldProcess, guard: Guard) -> None:
    if not guard.is_closed:
        return
    with no_signals(process.pid):
        for part in guard.parts:
            _protect(process, part, _OPEN)
    if guard.blocks_fault:
        ptrace.setsigmask(process.pid, ptrace.getsigmask(process.pid) | _FAULT)
    guard.open()


def _protect(process: HeldProcess, part: Part, protection: int) -> None:
    make_own_call(process, "mprotect", (part.first, part.end - part.first, protection))


# -- the beginning ---------------------------------------------------------------------------------


def begin_guard(run: RunState, process: HeldProcess) -> None:
    """Begin to watch the handler whose first instruction a process is about to make."""
    frame = process.handling.frames[-1]
    values = getregs(process.pid)
    stack, regions = values[STACK_POINTER], proc.memory_regions(process.pid)
    who = changed(frame.guard.who, handler=_function_at(process, values[PROGRAM_COUNTER]))
    known = run.knowledge.handlers.uses.get(who, {})
    thread = _thread_pages(values, regions)
    alternate = _alternate_stack(process, stack) if stack not in process.image.stack else range(0)
    # Its lowest page may hold variables, too; a stack grows down from the other end.
    own = range(-(-alternate.start // _PAGE) * _PAGE, -(-alternate.stop // _PAGE) * _PAGE)
    parts = _closable(run, process, regions, (thread, own), uses=known.keys())
    before: list[tuple[int, bytes, Used]] = []
    if Used.CONTEXT not in known:
        end = min(max(frame.stack, stack), stack + _LARGEST_FRAME)
        end = stack + _LARGEST_FRAME // 8 if alternate else end
        before.append((stack, ptrace.read_memory(process.pid, stack, end - stack), Used.CONTEXT))
    if Used.MEMORY not in known:
        above = min(process.image.stack.stop, frame.stack + _LARGEST_FRAME) - frame.stack
        data = ptrace.read_memory(process.pid, frame.stack, above)
        before.append((frame.stack, data, Used.MEMORY))
    if Used.THREAD not in known and thread:
        data = ptrace.read_memory(process.pid, thread.start, len(thread))
        before.append((thread.start, data, Used.THREAD))
    third = registers.HANDLER_CONTEXT if Used.CONTEXT not in known else None
    if third is not None:
        values[third] = _NO_CONTEXT.start
        registers.setregs(process.pid, values)
    frame.guard.begin(who, stack, parts, tuple(before), hides_context=third is not None)


def close_guard(process: HeldProcess) -> None:
    """Close the pages before a handler's own code continues, unless a signal comes first."""
    pending = process.signals.pending
    if not pending or signals_of(ptrace.getsigmask(process.pid)).issuperset(pending):
        _close(process, process.handling.frames[-1].guard)


def _thread_pages(values: list[int], regions: tuple[MemoryRegion, ...]) -> range:
    """Return the pages with the memory of the thread; empty if the machine does not show them."""
    address = values[registers.THREAD] if registers.THREAD else 0
    region = next((part for part in regions if part.first <= address < part.end), None)
    if region is None or region.permissions[:2] != "rw":
        return range(0)
    page = address & -_PAGE
    return range(max(region.first, page - _PAGE), min(region.end, page + _PAGE))


def _alternate_stack(process: HeldProcess, stack: int) -> range:
    """Return the alternate stack of a handler that has just begun on it."""
    first, size = registers.alternate_stack(process.pid, stack)
    return range(first, first + size)


def _closable(
    run: RunState,
    process: HeldProcess,
    regions: tuple[MemoryRegion, ...],
    spared: tuple[range, ...],
    *,
    uses: Iterable[Used],
) -> tuple[Part, ...]:
    """Return the pages to close while a handler runs, except the `spared` ones."""
    parts: list[Part] = []
    name, end = "", 0
    for region in regions:
        # Anonymous memory right behind a file's is the file's, too.
        name = region.name if region.name or region.first != end else name
        end = region.end
        is_private = region.permissions[:2] == "rw" and region.permissions[3] == "p"
        if not is_private or region.name == "[stack]" or _IS_LINKER.fullmatch(name):
            continue
        if region.first in run.knowledge.handlers.of_linker:
            continue
        is_library = _IS_C_LIBRARY.fullmatch(name) is not None
        if (Used.LIBRARY if is_library else Used.MEMORY) in uses:
            continue
        protection = READ_ONLY if is_library else _CLOSED
        for first, last in _without(region.first, region.end, spared):
            if parts and (parts[-1].end, parts[-1].protection) == (first, protection):
                parts[-1] = changed(parts[-1], end=last)
            else:
                parts.append(Part(first, last, protection))
    return tuple(parts) if process.image.after_call else ()


def _without(first: int, end: int, spared: tuple[range, ...]) -> Iterator[tuple[int, int]]:
    for hole in sorted(spared, key=lambda each: each.start):
        if hole and first < hole.stop and hole.start < end:
            if first < hole.start:
                yield first, hole.start
            first = max(first, hole.stop)
    if first < end:
        yield first, end


# -- uses ------------------------------------------------------------------------------------------


def takes_fault(run: RunState, process: HeldProcess) -> bool:
    """Answer the SIGSEGV of a handler that has used closed memory, or its context.

    Return False if SIGSEGV has another cause.
    """
    if not process.handling.frames:
        return False
    guard = process.handling.frames[-1].guard
    address, values = ptrace.trap_report(process.pid)[1], getregs(process.pid)
    if guard.hides_context and address in _NO_CONTEXT:
        _begin_with_context(run, process)
        return True
    part = guard.part_at(address)
    if part is None:
        return False
    _open(process, guard)
    if note_left_handlers(run, process):
        return True
    regions = proc.memory_regions(process.pid)
    is_table = _is_jump_table(process, regions, address)
    code = _file_of(process, values[PROGRAM_COUNTER])
    if is_table:
        with no_signals(process.pid):
            one_instruction(process)
    elif code is not None and _IS_LINKER.fullmatch(code.file.name):
        run.knowledge.handlers.of_linker |= _firsts(regions, part)
        guard.leave_out((part,))
    else:
        _use(run, process, part, address, regions)
    return True


def _use(
    run: RunState, process: HeldProcess, part: Part, address: int, regions: tuple[MemoryRegion, ...]
) -> None:
    """Record that a handler uses a closed part, and leave it open."""
    guard = process.handling.frames[-1].guard
    name = file_at(regions, address)
    function = "" if name.startswith("/") and not part.is_of_library else _function_called(process)
    if part.is_of_library and function in _SAFE:
        guard.stay_open(until_call=True)
    elif part.is_of_library or (function and function not in _SAFE):
        _note(run, process, Used.LIBRARY, function)
        guard.leave_out(each for each in guard.parts if each.is_of_library or each == part)
    else:
        _note(run, process, Used.MEMORY, _variable_at(process, regions, address))
        guard.leave_out(each for each in guard.parts if not each.is_of_library)


def _note(run: RunState, process: HeldProcess, used: Used, variable: str = "") -> None:
    who = process.handling.frames[-1].guard.who
    uses = run.knowledge.handlers.uses.setdefault(who, {})
    if used not in uses:
        uses[used] = changed(who, used=used, variable=variable)


def _begin_with_context(run: RunState, process: HeldProcess) -> None:
    _note(run, process, Used.CONTEXT)
    run.knowledge.must_restart = True


def _note_arguments(run: RunState, process: HeldProcess, call: SystemCall) -> None:
    """Record the closed memory that the arguments of a handler's call point to."""
    guard, regions = process.handling.frames[-1].guard, proc.memory_regions(process.pid)
    for address in call.args[: TAKES.get(call.name, len(call.args))]:
        part = guard.part_at(address)
        if part is not None and not part.is_of_library:
            _note(run, process, Used.MEMORY, _variable_at(process, regions, address))
    # An unused register may still have the address that the handler got for its context, and a pid
    # may be the same number.
    pids, used = PIDS.get(call.name, ()), call.args[: TAKES.get(call.name, 0)]
    addresses = [each for place, each in enumerate(used) if place not in pids]
    if guard.hides_context and any(address in _NO_CONTEXT for address in addresses):
        _begin_with_context(run, process)


def opens_for_call(run: RunState, process: HeldProcess, call: SystemCall) -> bool:
    """Open the pages of a handler that is about to make a call, if they are closed.

    Return whether they were closed: the process will then make the call again.
    """
    guard = process.handling.frames[-1].guard
    guard.stay_open(until_call=False)
    if not guard.is_closed:
        return False
    _note_arguments(run, process, call)
    registers.repeat_call(process.pid, call.number)
    with no_signals(process.pid):
        one_instruction(process)  # the end of the skipped call
    _open(process, guard)
    return True


def compare(run: RunState, process: HeldProcess) -> None:
    """Compare memory before and after a handler that is about to return."""
    guard = process.handling.frames[-1].guard
    for address, before, used in guard.before:
        after = ptrace.read_memory(process.pid, address, len(before))
        differ = {
            address + offset
            for offset in range(0, len(before), _WORD)
            if before[offset : offset + _WORD] != after[offset : offset + _WORD]
        }
        if used is Used.CONTEXT:
            differ -= {*registers.mask_in_frame(address)}
        elif used is Used.THREAD:
            thread = getregs(process.pid)[registers.THREAD]
            differ -= {*range(thread, thread + _THREAD_HEAD)}
        if differ:
            _note(run, process, used)


def note_left_handlers(run: RunState, process: HeldProcess) -> bool:
    """Record that a longjmp has left a handler; return whether one has."""
    frames = process.handling.frames
    if not frames or process.handling.begins:
        return False
    frame, own = frames[-1], process.image.stack
    begin = frame.guard.stack
    # On the same stack a handler is below its own frame; calls after a longjmp may be between.
    is_on_same = begin in own and frame.stack in own
    if getregs(process.pid)[STACK_POINTER] <= (
        begin + registers.WORD if is_on_same else frame.stack
    ):
        return False
    _note(run, process, Used.LEAVES)
    _open(process, frames[-1].guard)
    process.handling.leave()
    return True


# -- names -----------------------------------------------------------------------------------------


def file_at(regions: tuple[MemoryRegion, ...], address: int) -> str:
    """Return the file mapped at an address, or right before the anonymous memory at it."""
    name, end = "", 0
    for region in regions:
        if region.name or region.first != end:
            name = region.name
        end = region.end
        if address < end:
            return name if region.first <= address else ""
    return ""


def _firsts(regions: tuple[MemoryRegion, ...], part: Part) -> set[int]:
    return {region.first for region in regions if part.first <= region.first < part.end}


def _file_of(process: HeldProcess, address: int) -> MappedFile | None:
    located = process.image.code.locate(address)
    return None if located is None else located[0]


def _function_at(process: HeldProcess, address: int) -> str:
    located = process.image.code.locate(address)
    return "" if located is None else located[0].file.function_at(located[1])


def _locate_data(
    process: HeldProcess, regions: tuple[MemoryRegion, ...], address: int
) -> tuple[MappedFile, int] | None:
    """Return the file that data belongs to, and the address in it."""
    name = file_at(regions, address)
    parts = (part for part in regions if part.name == name and part.permissions[2] == "x")
    code = next(parts, None) if name.startswith("/") else None
    located = process.image.code.locate(code.first) if code is not None else None
    if code is None or located is None:
        return None
    file, at = located
    return file, at + address - code.first


def _variable_at(process: HeldProcess, regions: tuple[MemoryRegion, ...], address: int) -> str:
    located = _locate_data(process, regions, address)
    return "" if located is None else located[0].file.variable_at(located[1])


def _is_jump_table(process: HeldProcess, regions: tuple[MemoryRegion, ...], address: int) -> bool:
    located = _locate_data(process, regions, address)
    if located is None:
        return False
    file, at = located
    spans = (file.file.headers.sections.get(name) for name in _JUMP_TABLES)
    return any(span and span.address <= at < span.address + span.size for span in spans)


def _function_called(process: HeldProcess) -> str:
    """Return the function of the C library that the handler has called; empty if it is in none."""
    from simpsh.trace.source.call_stack import unwound  # slow to load, and rarely needed

    values = registers.in_dwarf_order(getregs(process.pid))
    name = ""
    with HeldMemory(process.pid) as memory, suppress(LookupError):
        for file, address, _ in unwound(values, memory, process.image.code, is_in_call=False):
            if not _IS_C_LIBRARY.fullmatch(file.file.name):
                break
            name = file.file.function_at(address)
    return name.removeprefix("_IO_")
