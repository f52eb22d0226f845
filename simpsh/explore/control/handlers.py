"""The memory and calls that signal handlers use, and the places where a handler may run therefore.

A handler is followed instruction by instruction, to learn which memory it uses, by itself or in its
calls. Its own frame does not matter, nor do variables of the dynamic linker and the C library.

A handler and the interrupted code also share the state that the kernel keeps for their process:
descriptors, the offsets of files, the working directory, the umask and the like. If a handler uses
some of it, it may also run between any two calls that use such state, although no other process can
notice these calls. The calls of a handler are learned from its first run.
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
    known_places,
    makes_buffer,
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
# Shells that note or put off in their handler of SIGCHLD that a child has ended, until they wait.
_NOTE_ENDS = ("dash", "bash")
# Their handlers make no calls, and note every signal in few words.
_ONLY_NOTE = ("dash",)
_OF_PYTHON = ": one such signal of a Python is followed, no set_wakeup_fd; take others by sigwait"
_BETTER = ": begin the script with #!/bin/dash, whose traps are followed"
# bash's variable, and what it holds of a signal that is ignored.
_TRAPS, _IGNORED_TRAP = "trap_list", 1


def may_come(run: RunState, process: HeldProcess) -> frozenset[int]:
    """Return the signals whose handlers may run at a moment which the process does not choose.

    SIGCHLD comes from children that were not collected yet, unless a process sends it by kill.
    """
    knowledge = run.knowledge
    caught = process.signals.caught & knowledge.sent
    if not knowledge.groups_matter:
        caught &= knowledge.aimed.get(process.name, set()) | {SIGCHLD, SIGALRM}
    if run.has_children(process) or knowledge.kills_by_sigchld:
        return caught
    return caught - {SIGCHLD}


def is_python(process: HeldProcess) -> bool:
    """Return whether a process is an installed Python."""
    return IS_PYTHON.fullmatch(process.image.name) is not None


def noted_signals(process: HeldProcess) -> frozenset[int]:
    """Return the signals of which a handler only notes in a process's memory that they came."""
    # Python's one handler notes every signal in words that it reads between two steps of a program.
    if is_python(process):
        return process.signals.caught
    is_noted = SIGCHLD in process.signals.caught and process.image.name in _ONLY_NOTE
    return frozenset((SIGCHLD,)) if is_noted else frozenset()


_BLANK = bytes(8192)
# The code after a plain call: cmp $-4095, %rax; jae; ret. If the call has failed, errno is set.
_GOES_ON = re.compile(
    rb"\x48\x3d[\0\1]\xf0\xff\xff(?:[\x73\x77](.)|\x0f[\x83\x87](....))\xc3", re.DOTALL
)
_SETS_ERRNO = re.compile(rb"\x48\x8b[\x0d\x15](....)\xf7\xd8\x64\x89", re.DOTALL)


def wipe_remains(process: HeldProcess) -> None:
    """Overwrite the leftovers below a held interpreter's stack pointer, and in dead registers.

    No code reads what returned functions leave there, but it would separate equal histories: some
    of it remains in gaps of later functions' frames. In other programs a stack may be a part of the
    data. After a plain call its function returns, and the caller needs nothing below its own stack
    pointer, and no register that functions need not preserve. Only functions for strings, which
    make no calls, use the registers of AVX-512. dash reads errno only after a failed call, and a
    status only if a child was found.
    """
    life = process.life
    if process.image.interpreter is None or (life.was_vforked and not life.has_executed):
        return
    pid, values = process.pid, getregs(process.pid)
    end = values[STACK_POINTER] - RED_ZONE
    begin = values[PROGRAM_COUNTER] - registers.CALL_LENGTH
    code = ptrace.read_memory(pid, begin, registers.CALL_LENGTH + 13)
    plain = _GOES_ON.match(code, registers.CALL_LENGTH)
    if registers.is_call(code) and registers.NOT_PRESERVED:
        registers.forget_wide_vectors(pid)
    if plain and registers.NOT_PRESERVED:
        end = values[STACK_POINTER]
        count = 0 if isinstance(process.operation, OwnCode) else TAKES.get(process.call, 6)
        for lost in {*registers.NOT_PRESERVED} - {*registers.ARGUMENTS[:count]}:
            values[lost] = _number(_BLANK[:8])
        registers.setregs(pid, values)
        place = begin + plain.end() - 1 + _number(plain[1] or plain[2])
        sets = _SETS_ERRNO.match(ptrace.read_memory(pid, place, 12))
        if sets and process.image.name in _ONLY_NOTE:
            offset = _number(ptrace.read_memory(pid, place + 7 + _number(sets[1]), 8))
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
    """Note, right before a handler runs, what it could change."""
    knowledge = run.knowledge
    name = process.image.name
    is_followed = process.image.interpreter is None or name in _ONLY_NOTE or is_python(process)
    whose = "" if is_followed else f", as those of {name} do{_BETTER * (name == 'bash')}"
    only_notes = False
    if signal == SIGCHLD and name in _NOTE_ENDS:
        if name not in _ONLY_NOTE and _has_trap(process):
            give_up(run, process, whose)
        # If it notes a child's end in one word, no code reads that word before a wait.
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
    """Return where a process has a variable that the file of its program offers; else nothing."""
    place = known_places(path, (name,)).get(name, range(0))
    start = next((part.first for part in proc.memory_regions(pid) if part.name == path), 0)
    return range(start + place.start, start + place.stop) if place and start else range(0)


def _has_trap(process: HeldProcess) -> bool:
    """Return whether a bash has a trap for SIGCHLD, whose commands interrupt its own code."""
    traps = _variable_of(process.pid, process.image.file, _TRAPS)
    command = _number(ptrace.read_memory(process.pid, traps.start + SIGCHLD * _POINTED, _POINTED))
    return bool(traps) and command > _IGNORED_TRAP


def give_up(run: RunState, process: HeldProcess, whose: str = "") -> None:
    """Flag that the memory of handlers is not known, and follow no handler any more."""
    run.knowledge.handlers.are_followed = False
    known = (flag for flag in run.knowledge.flags if flag.is_a(MIDDLE))
    flag = next(known, MIDDLE.of(_ELSEWHERE + whose))
    run.flag(flag)
    run.locate(flag, process)


def end_handler(run: RunState, process: HeldProcess, operation: Operation) -> None:
    """Note, when a call has come back by which a handler returns, that this one is over.

    If it has changed a watched word, and no use was reported, the watchpoints do nothing here.
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
    """Note the words that a handler uses, and whether it may change them."""
    frame = process.handling.frames[-1]
    if frame.only_notes:
        handlers = run.knowledge.handlers
        handlers.notes |= {word for word, changes in used.items() if changes}
        if len(handlers.notes) > 1:
            handlers.ends_are_trapped = run.knowledge.must_restart = True
    elif is_python(process):
        # A word that it restores, such as errno, does not matter; see end_handler().
        for word in (word for word, changes in used.items() if changes):
            frame.before.setdefault(word, ptrace.read_memory(process.pid, word, WORD))
    else:
        _learn_words(run, process, frame.signal, used)


def _learn_words(run: RunState, process: HeldProcess, signal: int, used: dict[int, bool]) -> None:
    known = run.knowledge.handlers.used.setdefault((process.image.file, signal), {})
    for word, changes in used.items():
        if changes > known.get(word, -1):
            known[word] = changes
            run.knowledge.must_restart = True
    if are_too_many(_words_used(run, process)):
        give_up(run, process, _OF_PYTHON * is_python(process))


def _words_used(run: RunState, process: HeldProcess) -> dict[int, bool]:
    """Return the words that the handlers use which may run, and whether they may change them."""
    words: dict[int, bool] = {}
    for signal in may_come(run, process):
        used = run.knowledge.handlers.used.get((process.image.file, signal), {})
        words |= {word: words.get(word, False) or changes for word, changes in used.items()}
    return words


def note_left_handlers(run: RunState, process: HeldProcess) -> None:
    """Name a handler that was left by a jump: what it has changed is not known."""
    values = getregs(process.pid) if process.handling.frames else []
    if values and values[STACK_POINTER] > process.handling.frames[-1].stack:
        process.handling.leave()
        give_up(run, process)


def watch_memory(run: RunState, process: HeldProcess) -> None:
    """Watch, from now on, what handlers use in this process."""
    handling, knowledge = process.handling, run.knowledge
    if handling.watched:
        handling.watch(handling.watched, ptrace.getsigmask(process.pid))
    is_void = knowledge.must_restart or run.is_alone  # no process is there to send a signal
    if not process.signals.caught or not knowledge.handlers.used or is_void:
        return
    words = _words_used(run, process)
    if handling.watched == words:
        return
    handling.end_stdio()
    handling.watch(words, ptrace.getsigmask(process.pid))
    if are_too_many(words) or not watch(process.pid, words):
        give_up(run, process, _OF_PYTHON * is_python(process))


_MOST_STEPS = 20_000
# The prefix of a thread's segment, and how much at its beginning the C library keeps for itself:
# ids, lists, cancellation. See the ELF specification for thread-local storage.
_THREAD, _THREAD_HEAD = 0x64, 0x310
_LEAST_ADDRESS, _MOST_MOVED, _POINTERS = 4096, 4096, 4
_FILL_MUCH = frozenset(
    (
        *("readv", "pread64", "stat", "lstat", "fstat", "newfstatat", "statx", "readlink"),
        *("readlinkat", "getcwd", "getdents64", "poll", "ppoll", "select", "pselect6", "uname"),
        *("rt_sigaction", "rt_sigtimedwait", "waitid", "setitimer", "clock_gettime"),
        *("gettimeofday", "nanosleep", "clock_nanosleep", "getrusage", "prlimit64", "ioctl"),
        *("mq_timedreceive", "mq_getsetattr", "timer_settime"),
    )
)
"""Calls that store more than eight bytes, or take them from more than one place."""


def follow(run: RunState, process: HeldProcess, signal: int) -> ptrace.Status | None:
    """Run a stopped process to its next call or stop; learn which memory it uses meanwhile.

    The signal, or 0, is given to it on its way. The stop is to be answered; None if it is on its
    way to its call. Raises ProcessLookupError if it was killed.
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
    """Return the stop, or None, and the signal that it was not given yet."""
    pid = process.pid
    regions = proc.memory_regions(pid)
    known, image = run.knowledge.handlers, process.image.file
    parts = (part for part in regions if part.permissions[2] == "x")
    code = next((part for part in parts if IS_LINKER.fullmatch(part.name)), None)
    linker = range(code.first, code.end) if code else range(0)
    streams = NONE if process.image.interpreter else streams_of(image, regions)
    place = getregs(pid)[PROGRAM_COUNTER]
    for _ in range(_MOST_STEPS):
        if not known.are_followed:
            return None, signal
        if place in streams.entries and _begin_stdio(run, process, streams, place):
            return None, signal
        # Most steps need nothing but the place that the kernel reports with each.
        is_known = place in linker or (image, place) in known.plain_code
        if not is_known and _look(run, process, regions):
            return None, signal
        place, status = _step(process, signal)
        signal = 0
        if status is not None:
            return status, 0
    give_up(run, process)
    return None, signal


def _begin_stdio(run: RunState, process: HeldProcess, streams: Streams, place: int) -> bool:
    """Learn what a function of stdio shares with the interrupted code, and let it run to its end.

    Returns:
        Whether that can be done; if not, it is followed like any other function.
    """
    function = streams.entries[place]
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
    """Stop a process where its function of stdio will return to; return whether it can be done."""
    is_watched = end != 0 and watch(process.pid, process.handling.watched, stop_at=end)
    if is_watched:
        process.handling.begin_stdio(end, ptrace.getsigmask(process.pid))
    return is_watched


def ends_stdio(process: HeldProcess) -> bool:
    """Return whether a process has just come back from a function of stdio, and note that."""
    handling = process.handling
    if not handling.stdio_end or getregs(process.pid)[PROGRAM_COUNTER] != handling.stdio_end:
        return False
    handling.end_stdio()
    watch(process.pid, handling.watched)
    return True


def is_within_stdio(run: RunState, process: HeldProcess) -> bool:
    """Return whether a use of watched memory is only a part of a function of stdio.

    A handler comes after the whole function: the streams are intact then.
    """
    known = run.knowledge.handlers
    if not used_words(process.pid, process.handling.watched) <= known.positions:
        return False
    _note_within_stdio(run, process)
    if process.handling.stdio_end or _let_end(process, _caller_of_library(process)):
        return True
    give_up(run, process)
    return False


def _note_within_stdio(run: RunState, process: HeldProcess) -> None:
    """Note that a handler which uses streams may come while they are changed.

    This really happens: a function that writes to a page for the first time after a fork stops for
    that, and is interrupted there. An alarm rings seconds later.
    """
    signals = may_come(run, process) - signals_of(ptrace.getsigmask(process.pid))
    if signals == {SIGALRM}:
        run.knowledge.assumed.add(INTACT)
    elif signals:
        run.flag(WITHIN_LIBRARY)
        run.locate(WITHIN_LIBRARY, process)


def _caller_of_library(process: HeldProcess) -> int:
    """Return where the C library will return to; 0 if that is not found out."""
    from simpsh.trace.source.call_stack import unwound

    values = registers.in_dwarf_order(getregs(process.pid))
    with HeldMemory(process.pid) as memory:
        for file, _, place in unwound(values, memory, process.image.code, is_in_call=False):
            if not IS_C_LIBRARY.fullmatch(file.file.name):
                return place
    return 0


def _step(process: HeldProcess, signal: int) -> tuple[int, ptrace.Status | None]:
    """Make one instruction of a process; return its place after that.

    Returns:
        A stop that is no step's, too: it is to be answered.

    Raises ProcessLookupError: it was killed.
    """
    ptrace.single_step(process.pid, signal)
    status = ptrace.next_status(process.pid)
    if status is None:
        raise ProcessLookupError
    if status.word >> 8 != SIGTRAP:
        return 0, status
    code, place = ptrace.trap_report(process.pid)
    if code <= 0 or (process.handling.watched and is_use(process.pid, code)):
        return 0, status
    if code != ptrace.TRAP_TRACE:
        place = getregs(process.pid)[PROGRAM_COUNTER]
    return place, None


def _look(run: RunState, process: HeldProcess, regions: tuple[MemoryRegion, ...]) -> bool:
    """Learn what a process's next instruction uses; return whether it is a call."""
    values = getregs(process.pid)
    place = values[PROGRAM_COUNTER]
    code = ptrace.read_memory(process.pid, place, memory_access.LONGEST_INSTRUCTION)
    is_call = registers.is_call(code)
    operands = operands_of(code, values)
    if is_call:
        operands = _operands_of_call(values)
        if is_python(process) and NAMES.get(values[registers.CALL_NUMBER]) != "rt_sigreturn":
            give_up(run, process, _OF_PYTHON)  # it does more than to note a signal
    if operands is None:
        give_up(run, process)
    elif operands:
        learn(run, process, _that_matter(process, regions, values, operands))
    elif not is_call:
        run.knowledge.handlers.plain_code.add((process.image.file, place))
    return is_call


def _operands_of_call(values: list[int]) -> tuple[MemoryOperand, ...]:
    """Return what a call may use that is about to be made: what its arguments point to."""
    call = NAMES.get(values[registers.CALL_NUMBER], "")
    arguments = [values[place] for place in registers.ARGUMENTS]
    count = _MOST_MOVED if call in _FILL_MUCH else _POINTED
    if call in ("read", "write"):
        count = max(min(arguments[2], _MOST_MOVED), 1)
    return tuple(
        MemoryOperand(argument, count, writes=call != "write")
        for argument in arguments[: min(TAKES.get(call, _POINTERS), _POINTERS)]
        if argument >= _LEAST_ADDRESS
    )


def _that_matter(
    process: HeldProcess,
    regions: tuple[MemoryRegion, ...],
    values: list[int],
    operands: Iterable[MemoryOperand],
) -> dict[int, bool]:
    """Return the words that the program, too, may use and change; and whether they are changed."""
    frame = range(values[STACK_POINTER] - RED_ZONE, process.handling.frames[-1].stack)
    # Only threads change what the C library keeps for a thread.
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
    """Return the file that is mapped at an address, or right before anonymous memory there."""
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
    known = run.knowledge.handlers
    if process.life.is_exiting:
        return operation
    if known.positions and makes_buffer(process.call, process.args):
        if operation is not None or process.handling.frames or not may_come(run, process):
            return operation
        _note_within_stdio(run, process)
        return OwnCall()
    if process.call not in OWN_STATE:
        return operation
    if process.handling.frames:
        if operation is None:
            run.knowledge.watch(known.own_calls, process.call)
        elif not known.use_descriptors:
            # Other processes notice only calls that use a descriptor.
            known.use_descriptors = True
            run.knowledge.must_restart |= known.come_beside_descriptors
    if operation is not None or not may_come(run, process):
        return operation
    is_of_descriptors = process.call in _DESCRIPTORS
    known.come_beside_descriptors |= is_of_descriptors
    is_met = known.own_calls or (known.use_descriptors and is_of_descriptors)
    return OwnCall() if is_met else None
