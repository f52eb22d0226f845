"""The memory and calls that signal handlers use, and the points at which a handler may run.

A handler is followed instruction by instruction to learn which memory it uses, directly or in its
calls. Its own frame does not matter, nor do variables of the dynamic linker and the C library.

A handler and the interrupted code also share the state that the kernel keeps for their process:
descriptors, file offsets, the working directory, the umask and the like. If a handler uses such
state, it may also run between any two calls that use it, although no other process can notice these
calls. The calls of a handler are learned from its first run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from simpsh.base.signal_names import SIGALRM, SIGCHLD, SIGTRAP
from simpsh.explore.control.c_streams import (
    EXIT,
    INTACT,
    IS_C_LIBRARY,
    IS_LINKER,
    NONE,
    Streams,
    makes_buffer,
    offsets_of,
    streams_of,
)
from simpsh.explore.control.explored_program import IS_PYTHON
from simpsh.explore.control.held_process import Frame, HeldProcess, kept_trap
from simpsh.explore.control.remembered_state import RED_ZONE
from simpsh.explore.control.run_state import RunState
from simpsh.explore.flags import MIDDLE, WITHIN_LIBRARY
from simpsh.explore.objects.call_classes import TAKES
from simpsh.explore.objects.kernel_state import OWN_STATE, Operation
from simpsh.explore.objects.process_operations import OwnCall, OwnCode, Wait
from simpsh.explore.objects.signal_operations import HandlerReturns, signals_of
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.memory_access import SEGMENT_BASES, MemoryOperand, operands_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER, getregs
from simpsh.kernel.machine.syscall_table import NAMES
from simpsh.kernel.machine.watchpoints import WORD, are_too_many, is_use, used_words, watch
from simpsh.process import proc
from simpsh.process.proc import HeldMemory, MemoryRegion

_ELSEWHERE = "" if memory_access.IS_KNOWN else ", which explore follows on x86-64 alone"
_POINTED = 8
# Shells whose SIGCHLD handler only records that a child has ended, for the shell's next wait.
_NOTE_ENDS = ("dash", "bash")
# Shells whose handlers make no calls, and record each signal in a few words of memory.
_ONLY_NOTE = ("dash",)
_OF_PYTHON = ": one such signal of a Python is followed, no set_wakeup_fd; take others by sigwait"
_BETTER = ": begin the script with #!/bin/dash, whose traps are followed"
# bash's array of trap commands, and its entry for an ignored signal.
_TRAPS, _IGNORED_TRAP = "trap_list", 1


def may_come(run: RunState, process: HeldProcess) -> frozenset[int]:
    """Return the signals whose handlers may run asynchronously in a process.

    SIGCHLD comes from children that are not reaped yet, unless a process sends it by kill.
    """
    knowledge = run.knowledge
    caught = process.signals.caught & knowledge.sent
    if not knowledge.groups_matter:
        caught &= knowledge.aimed.get(process.name, set()) | {SIGCHLD, SIGALRM}
    if run.has_children(process) or knowledge.kills_by_sigchld:
        return caught
    return caught - {SIGCHLD}


def is_python(process: HeldProcess) -> bool:
    """Return whether a process executes an installed Python."""
    return IS_PYTHON.fullmatch(process.image.name) is not None


def noted_signals(process: HeldProcess) -> frozenset[int]:
    """Return the signals whose handlers only record their arrival in the process's memory."""
    # Python's handler records each signal in words that it reads between two bytecode instructions.
    if is_python(process):
        return process.signals.caught
    is_noted = SIGCHLD in process.signals.caught and process.image.name in _ONLY_NOTE
    return frozenset((SIGCHLD,)) if is_noted else frozenset()


_BLANK = bytes(8192)
# The code after a plain call: cmp $-4095, %rax; jae; ret. The jump leads to code that sets errno.
_CHECKS_RESULT = re.compile(
    rb"\x48\x3d[\0\1]\xf0\xff\xff(?:[\x73\x77](.)|\x0f[\x83\x87](....))\xc3", re.DOTALL
)
_SETS_ERRNO = re.compile(rb"\x48\x8b[\x0d\x15](....)\xf7\xd8\x64\x89", re.DOTALL)


def wipe_remains(process: HeldProcess) -> None:
    """Overwrite the leftovers below a held interpreter's stack pointer, and in dead registers.

    No code reads the leftovers of returned functions, but they would make equal histories differ:
    some of them remain in gaps of later functions' frames. Other programs may use a stack as data.
    After a plain call its function returns; the caller then needs nothing below its own stack
    pointer and no caller-saved register. Only string functions, which make no calls, use the
    AVX-512 registers. dash reads errno only after a failed call, and a status only if wait4 found a
    child.
    """
    life = process.life
    if process.image.interpreter is None or (life.was_vforked and not life.has_executed):
        return
    pid, values = process.pid, getregs(process.pid)
    end = values[STACK_POINTER] - RED_ZONE
    begin = values[PROGRAM_COUNTER] - registers.CALL_LENGTH
    code = ptrace.read_memory(pid, begin, registers.CALL_LENGTH + 13)
    plain = _CHECKS_RESULT.match(code, registers.CALL_LENGTH)
    if registers.is_call(code) and registers.NOT_PRESERVED:
        registers.forget_wide_vectors(pid)
    if plain and registers.NOT_PRESERVED:
        end = values[STACK_POINTER]
        count = 0 if isinstance(process.operation, OwnCode) else TAKES.get(process.call, 6)
        for dead in {*registers.NOT_PRESERVED} - {*registers.ARGUMENTS[:count]}:
            values[dead] = 0
        registers.setregs(pid, values)
        target = begin + plain.end() - 1 + _number(plain[1] or plain[2])
        sets = _SETS_ERRNO.match(ptrace.read_memory(pid, target, 12))
        if sets and process.image.name in _ONLY_NOTE:
            offset = _number(ptrace.read_memory(pid, target + 7 + _number(sets[1]), 8))
            ptrace.write_memory(pid, values[registers.THREAD] + offset, _BLANK[:4])
    if values[STACK_POINTER] in process.image.stack:
        first = max(process.image.stack.start, end - len(_BLANK))
        ptrace.write_memory(pid, first, _BLANK[: end - first])
    is_wait = process.call == "wait4" and isinstance(process.operation, Wait)
    if is_wait and process.args[1] in process.image.stack:
        ptrace.write_memory(pid, process.args[1], _BLANK[:4])


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def begin_handler(run: RunState, process: HeldProcess, signal: int) -> None:
    """Record the memory that a handler may change, right before it runs."""
    knowledge = run.knowledge
    name = process.image.name
    is_followed = process.image.interpreter is None or name in _ONLY_NOTE or is_python(process)
    whose = "" if is_followed else f", as those of {name} do{_BETTER * (name == 'bash')}"
    only_notes = False
    if signal == SIGCHLD and name in _NOTE_ENDS:
        if name not in _ONLY_NOTE and _has_trap(process):
            give_up(run, process, whose)
        # If a shell records a child's end in one word, no code reads that word before a wait.
        only_notes = name in _ONLY_NOTE and not knowledge.handlers.ends_are_trapped
        is_looked_at = knowledge.handlers.are_followed and memory_access.IS_KNOWN
        if name not in _ONLY_NOTE or only_notes:
            knowledge.assumed.add(f"{name}'s own handler of SIGCHLD is harmless")
        if name not in _ONLY_NOTE or (only_notes and not is_looked_at):
            return
    if signal not in knowledge.sent:
        return
    if is_python(process):
        knowledge.assumed.add(f"{name}'s own handler only notes signals")
    if not is_followed or not memory_access.IS_KNOWN:
        give_up(run, process, whose)
    elif not knowledge.handlers.are_followed:
        give_up(run, process, _OF_PYTHON * is_python(process))
    used = knowledge.handlers.used.get((process.image.file, signal), {})
    before = {word: ptrace.read_memory(process.pid, word, WORD) for word in used}
    stack, interrupted = getregs(process.pid)[STACK_POINTER], process.handling.stdio_end
    frame = Frame(stack, before, signal, only_notes, interrupted)
    process.handling.enter(frame, is_followed=knowledge.handlers.are_followed)


def _variable_of(pid: int, path: str, name: str) -> range:
    """Return the addresses of a global variable of a process's program; empty if unknown."""
    offsets = offsets_of(path, (name,)).get(name, range(0))
    start = next((part.first for part in proc.memory_regions(pid) if part.name == path), 0)
    return range(start + offsets.start, start + offsets.stop) if offsets and start else range(0)


def _has_trap(process: HeldProcess) -> bool:
    """Return whether a bash has a trap for SIGCHLD, whose commands interrupt bash's own code."""
    traps = _variable_of(process.pid, process.image.file, _TRAPS)
    command = _number(ptrace.read_memory(process.pid, traps.start + SIGCHLD * _POINTED, _POINTED))
    return bool(traps) and command > _IGNORED_TRAP


def give_up(run: RunState, process: HeldProcess, whose: str = "") -> None:
    """Flag that the memory used by handlers is not known, and stop following handlers."""
    run.knowledge.handlers.are_followed = False
    raised = (flag for flag in run.knowledge.flags if flag.is_a(MIDDLE))
    flag = next(raised, MIDDLE.of(_ELSEWHERE + whose))
    run.flag(flag, process)


def end_handler(run: RunState, process: HeldProcess, operation: Operation) -> None:
    """Record that a handler is over if the operation was its rt_sigreturn.

    If the handler has changed a watched word, and no use was reported, watchpoints do not work on
    this machine.
    """
    if not isinstance(operation, HandlerReturns):
        return
    wipe_remains(process)
    if not process.handling.frames:
        return
    _, before, signal, _, end = process.handling.end()
    if end:
        watch(process.pid, process.handling.watched, stop_at=end)
    if is_python(process):
        now = {word: ptrace.read_memory(process.pid, word, WORD) for word in before}
        changed = {word: True for word in before if now[word] != before[word]}
        _learn_words(run, process, signal, changed)
    if run.knowledge.handlers.are_followed and not process.handling.has_used:
        for word in filter(process.handling.watched.get, before):
            if ptrace.read_memory(process.pid, word, WORD) != before[word]:
                give_up(run, process)


def learn(run: RunState, process: HeldProcess, used: dict[int, bool]) -> None:
    """Record the words in `used`, which a handler uses, and whether it may change them."""
    frame = process.handling.frames[-1]
    if frame.only_notes:
        handlers = run.knowledge.handlers
        handlers.notes |= {word for word, changes in used.items() if changes}
        if len(handlers.notes) > 1:
            handlers.ends_are_trapped = run.knowledge.must_restart = True
    elif is_python(process):
        # A word that the handler restores, such as errno, does not matter; see end_handler().
        for word in (word for word, changes in used.items() if changes):
            frame.before.setdefault(word, ptrace.read_memory(process.pid, word, WORD))
    else:
        _learn_words(run, process, frame.signal, used)


def _learn_words(run: RunState, process: HeldProcess, signal: int, used: dict[int, bool]) -> None:
    learned = run.knowledge.handlers.used.setdefault((process.image.file, signal), {})
    for word, changes in used.items():
        if changes > learned.get(word, -1):
            learned[word] = changes
            run.knowledge.must_restart = True
    if are_too_many(_words_used(run, process)):
        give_up(run, process, _OF_PYTHON * is_python(process))


def _words_used(run: RunState, process: HeldProcess) -> dict[int, bool]:
    """Return the words used by handlers that may run, and whether a handler may change them."""
    words: dict[int, bool] = {}
    for signal in may_come(run, process):
        used = run.knowledge.handlers.used.get((process.image.file, signal), {})
        words |= {word: words.get(word, False) or changes for word, changes in used.items()}
    return words


def note_left_handlers(run: RunState, process: HeldProcess) -> None:
    """Stop following handlers if a longjmp has left one: its changes are not known."""
    values = getregs(process.pid) if process.handling.frames else []
    if values and values[STACK_POINTER] > process.handling.frames[-1].stack:
        process.handling.leave()
        give_up(run, process)


def watch_memory(run: RunState, process: HeldProcess) -> None:
    """Set watchpoints on the words that handlers use in this process."""
    handling, knowledge = process.handling, run.knowledge
    if handling.watched:
        handling.watch(handling.watched, ptrace.getsigmask(process.pid))
    if knowledge.must_restart or run.is_alone:  # no other process can send a signal
        return
    if not process.signals.caught or not knowledge.handlers.used:
        return
    words = _words_used(run, process)
    if handling.watched == words:
        return
    handling.end_stdio()
    handling.watch(words, ptrace.getsigmask(process.pid))
    if are_too_many(words) or not watch(process.pid, words):
        give_up(run, process, _OF_PYTHON * is_python(process))


_MOST_STEPS = 20_000
# The prefix of a thread's segment, and the size of the C library's own data at its beginning: ids,
# lists, cancellation. See the ELF specification for thread-local storage.
_THREAD, _THREAD_HEAD = 0x64, 0x310
_LEAST_ADDRESS, _MOST_MOVED, _POINTERS = 4096, 4096, 4
_FILL_MUCH = frozenset(
    (
        *("readv", "pread64", "stat", "lstat", "fstat", "newfstatat", "statx", "readlink"),
        *("readlinkat", "getcwd", "getdents64", "poll", "ppoll", "select", "pselect6", "uname"),
        *("rt_sigaction", "rt_sigtimedwait", "waitid", "setitimer", "clock_gettime"),
        *("gettimeofday", "nanosleep", "clock_nanosleep", "getrusage", "prlimit64", "ioctl"),
        "timer_settime",
    )
)
"""Calls that store more than eight bytes, or read from more than one address."""


def follow(run: RunState, process: HeldProcess, signal: int) -> ptrace.Status | None:
    """Run a stopped process to its next call or stop; learn which memory it uses meanwhile.

    The process first gets the signal, unless it is 0. Return a stop, which must be answered, or
    None if the process continues to its next call. Raises ProcessLookupError if it was killed.
    """
    with kept_trap(process.pid):
        status, signal = _follow(run, process, signal)
    if status is None and process.handling.stdio_end:
        ptrace.cont(process.pid, signal)
    elif status is None:
        process.handling.go_to_call(is_inside=True)
        ptrace.cont_to_syscall(process.pid, signal)
    return status


def _follow(run: RunState, process: HeldProcess, signal: int) -> tuple[ptrace.Status | None, int]:
    """Return the result of follow(), and the signal that the process has not received yet."""
    pid = process.pid
    regions = proc.memory_regions(pid)
    handlers, image = run.knowledge.handlers, process.image.file
    parts = (part for part in regions if part.permissions[2] == "x")
    code = next((part for part in parts if IS_LINKER.fullmatch(part.name)), None)
    linker = range(code.first, code.end) if code else range(0)
    streams = NONE if process.image.interpreter else streams_of(image, regions)
    address = getregs(pid)[PROGRAM_COUNTER]
    for _ in range(_MOST_STEPS):
        if not handlers.are_followed:
            return None, signal
        if address in streams.entries and _begin_stdio(run, process, streams, address):
            return None, signal
        # Most steps need only the address, which the kernel reports with each step.
        is_plain = address in linker or (image, address) in handlers.plain_code
        if not is_plain and _look(run, process, regions):
            return None, signal
        address, status = _step(process, signal)
        signal = 0
        if status is not None:
            return status, 0
    give_up(run, process)
    return None, signal


def _begin_stdio(run: RunState, process: HeldProcess, streams: Streams, address: int) -> bool:
    """Learn what a stdio function shares with the interrupted code, and let it run to its end.

    Returns:
        False if this is not possible; the function is then followed like any other.
    """
    function = streams.entries[address]
    positions, ends = streams.positions(process.pid, function), function == EXIT
    if positions is None or (ends and not streams.ends_plainly):
        return False
    run.knowledge.handlers.positions |= positions.keys()
    learn(run, process, positions)
    if ends:
        process.handling.leave()
        return True
    top = ptrace.read_memory(process.pid, getregs(process.pid)[STACK_POINTER], _POINTED)
    return _let_end(process, _number(top))


def _let_end(process: HeldProcess, end: int) -> bool:
    """Make a process stop at the return address of its stdio function, if that is possible."""
    is_watched = end != 0 and watch(process.pid, process.handling.watched, stop_at=end)
    if is_watched:
        process.handling.begin_stdio(end, ptrace.getsigmask(process.pid))
    return is_watched


def ends_stdio(process: HeldProcess) -> bool:
    """Return whether a process has just returned from a stdio function, and record that."""
    handling = process.handling
    if not handling.stdio_end or getregs(process.pid)[PROGRAM_COUNTER] != handling.stdio_end:
        return False
    handling.end_stdio()
    watch(process.pid, handling.watched)
    return True


def is_within_stdio(run: RunState, process: HeldProcess) -> bool:
    """Return whether a use of watched memory is part of a stdio function.

    A handler runs only after the whole function, when the streams are intact.
    """
    positions = run.knowledge.handlers.positions
    if not used_words(process.pid, process.handling.watched) <= positions:
        return False
    _note_within_stdio(run, process)
    if process.handling.stdio_end or _let_end(process, _caller_of_library(process)):
        return True
    give_up(run, process)
    return False


def _note_within_stdio(run: RunState, process: HeldProcess) -> None:
    """Flag that a handler which uses streams may run while they are being changed.

    This really happens: a function's first write to a page after a fork faults, and a signal may be
    delivered there. An alarm, which goes off seconds later, is assumed not to arrive there.
    """
    signals = may_come(run, process) - signals_of(ptrace.getsigmask(process.pid))
    if signals == {SIGALRM}:
        run.knowledge.assumed.add(INTACT)
    elif signals:
        run.flag(WITHIN_LIBRARY, process)


def _caller_of_library(process: HeldProcess) -> int:
    """Return the address that the C library will return to; 0 if unknown."""
    from simpsh.trace.source.call_stack import unwound

    values = registers.in_dwarf_order(getregs(process.pid))
    with HeldMemory(process.pid) as memory:
        for file, _, address in unwound(values, memory, process.image.code, is_in_call=False):
            if not IS_C_LIBRARY.fullmatch(file.file.name):
                return address
    return 0


def _step(process: HeldProcess, signal: int) -> tuple[int, ptrace.Status | None]:
    """Execute one instruction of a process.

    Returns:
        The program counter after it; and a stop that the step did not cause, which the caller must
        answer, or None.

    Raises ProcessLookupError: the process was killed.
    """
    ptrace.single_step(process.pid, signal)
    status = ptrace.next_status(process.pid)
    if status is None:
        raise ProcessLookupError
    if status.word >> 8 != SIGTRAP:
        return 0, status
    code, address = ptrace.trap_report(process.pid)
    if code <= 0 or (process.handling.watched and is_use(process.pid, code)):
        return 0, status
    if code != ptrace.TRAP_TRACE:
        address = getregs(process.pid)[PROGRAM_COUNTER]
    return address, None


def _look(run: RunState, process: HeldProcess, regions: tuple[MemoryRegion, ...]) -> bool:
    """Learn which memory a process's next instruction uses; return whether it is a call."""
    values = getregs(process.pid)
    address = values[PROGRAM_COUNTER]
    code = ptrace.read_memory(process.pid, address, memory_access.LONGEST_INSTRUCTION)
    is_call = registers.is_call(code)
    operands = operands_of(code, values)
    if is_call:
        operands = _operands_of_call(values)
        if is_python(process) and NAMES.get(values[registers.CALL_NUMBER]) != "rt_sigreturn":
            give_up(run, process, _OF_PYTHON)  # it does more than record a signal
    if operands is None:
        give_up(run, process)
    elif operands:
        learn(run, process, _shared_words(process, regions, values, operands))
    elif not is_call:
        run.knowledge.handlers.plain_code.add((process.image.file, address))
    return is_call


def _operands_of_call(values: list[int]) -> tuple[MemoryOperand, ...]:
    """Return the memory that the next call may use: the memory that its arguments point to."""
    call = NAMES.get(values[registers.CALL_NUMBER], "")
    arguments = [values[register] for register in registers.ARGUMENTS]
    count = _MOST_MOVED if call in _FILL_MUCH else _POINTED
    if call in ("read", "write"):
        count = max(min(arguments[2], _MOST_MOVED), 1)
    return tuple(
        MemoryOperand(argument, count, writes=call != "write")
        for argument in arguments[: min(TAKES.get(call, _POINTERS), _POINTERS)]
        if argument >= _LEAST_ADDRESS
    )


def _shared_words(
    process: HeldProcess,
    regions: tuple[MemoryRegion, ...],
    values: list[int],
    operands: Iterable[MemoryOperand],
) -> dict[int, bool]:
    """Return the words that the interrupted code may also use, and whether each is changed."""
    frame = range(values[STACK_POINTER] - RED_ZONE, process.handling.frames[-1].stack)
    # Only threads change the C library's data about a thread.
    head = range(_THREAD_HEAD)
    words: dict[int, bool] = {}
    for operand in operands:
        if operand.address in frame or operand.address - values[SEGMENT_BASES[_THREAD]] in head:
            continue
        region = next((part for part in regions if part.first <= operand.address < part.end), None)
        if region is None or region.permissions[1:4:2] != "wp":
            continue
        # The C library may read its own variables.
        name = file_at(regions, operand.address)
        if operand.writes or not IS_C_LIBRARY.fullmatch(name):
            first = operand.address // WORD * WORD
            for word in range(first, operand.address + operand.width, WORD):
                words[word] = words.get(word, False) or operand.writes
    return words


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


_DESCRIPTORS = frozenset(
    (
        *("close", "close_range", "dup", "dup2", "dup3", "fcntl", "pipe", "pipe2"),
        *("open", "creat", "openat", "openat2"),
    )
)


def operation_with_handlers(
    run: RunState, process: HeldProcess, operation: Operation | None
) -> Operation | None:
    """Return OwnCall for a private call if a handler that runs right after it could be noticed."""
    handlers = run.knowledge.handlers
    if process.life.is_exiting:
        return operation
    if handlers.positions and makes_buffer(process.call, process.args):
        if operation is not None or process.handling.frames or not may_come(run, process):
            return operation
        _note_within_stdio(run, process)
        return OwnCall()
    if process.call not in OWN_STATE:
        return operation
    if process.handling.frames:
        if operation is None:
            run.knowledge.watch(handlers.own_calls, process.call)
        elif not handlers.use_descriptors:
            # Other processes notice only calls that use a descriptor.
            handlers.use_descriptors = True
            run.knowledge.must_restart |= handlers.may_follow_descriptor_calls
    if operation is not None or not may_come(run, process):
        return operation
    changes_descriptors = process.call in _DESCRIPTORS
    handlers.may_follow_descriptor_calls |= changes_descriptors
    is_visible = handlers.own_calls or (handlers.use_descriptors and changes_descriptors)
    return OwnCall() if is_visible else None
