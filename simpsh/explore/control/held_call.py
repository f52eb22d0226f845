"""A real process, held at a call, as operations see it; see simpsh.explore.objects.stop.

Two calls would wait in the kernel, where the explorer cannot hold a process:

- vfork: the kernel would continue the parent while the child is still ending. So the call is made
  without CLONE_VFORK. The child still runs in its parent's memory, and the explorer holds the
  parent until the child has executed another program, or has given up that memory.
- open of a FIFO: a reader opens it with O_NONBLOCK, which is reset afterwards; for a writer, the
  explorer opens the reading end for a moment. So the process has its end, and counts as a reader or
  writer, as it does while it sleeps in open. It is held before open returns, until the other end is
  opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

from simpsh.base.process_names import FIRST
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore import flags
from simpsh.explore.control.held_process import HeldProcess, file_at
from simpsh.explore.control.interpreter_startup import OF_THE_C_LIBRARY, is_of_start_up
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.control.run_state import RunState, is_removed, path_of
from simpsh.explore.flags import Flag
from simpsh.explore.objects.file_operations import FifoWaits, OpenFifo
from simpsh.explore.objects.process_state import Origin
from simpsh.explore.objects.stop import Stop
from simpsh.explore.objects.symbolic_names import (
    OUTSIDER,
    File,
    InputPipe,
    InputTerminal,
    Name,
    Outsider,
    Side,
)
from simpsh.explore.objects.virtual_clock import COMPUTED
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.explore.workplace.workspace import AT_ITS_END, EMPTY, RECORDED
from simpsh.kernel import descriptors
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS, SHORT_TIMES
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import string_at

_AT_FDCWD, _CODE_BYTES = -100, 64
_CLONE_VM, _CLONE_VFORK = 0x100, 0x4000


class HeldCall(Stop):
    """The call that a process of a run is held at, or that has just returned."""

    process: HeldProcess
    known: Knowledge
    run: RunState

    def __init__(self, run: RunState, process: HeldProcess) -> None:
        self.run, self.process, self.known, self.names = run, process, run.knowledge, run.names
        self.workplace = run.knowledge.setup.workspace
        self.call, self.args = process.call, process.args
        self.has_short_times = process.system_call.number in SHORT_TIMES

    # -- its memory

    def read(self, address: int, count: int) -> bytes:
        return ptrace.read_memory(self.process.pid, address, count)

    def text(self, address: int) -> str:
        return string_at(self.process.pid, address)

    def write(self, address: int, data: bytes) -> None:
        ptrace.write_memory(self.process.pid, address, data)

    # -- what the call will do

    def skip(self, result: int) -> None:
        registers.skip_call(self.process.pid, result)

    def replace(self, call: str, args: tuple[int, ...]) -> tuple[int, ...]:
        values = registers.getregs(self.process.pid)
        before = tuple(values)
        registers.replace_call(values, NUMBERS[call], args)
        registers.setregs(self.process.pid, values)
        return before

    def restore_arguments(self, before: Sequence[int]) -> None:
        values = registers.getregs(self.process.pid)
        for register in registers.ARGUMENTS:
            # On aarch64 the first argument's register also has the result: 0 in the child.
            if register != registers.RESULT:
                values[register] = before[register]
        registers.setregs(self.process.pid, values)

    def replace_vfork(self) -> None:
        given: tuple[int, ...] = (_CLONE_VM | SIGCHLD, 0, 0, 0, 0)
        if self.call != "vfork":
            given = (self.args[0] & ~_CLONE_VFORK,)
        self.process.life.vforks(list(self.replace("clone", given)))

    def after_vfork(self, child: HeldProcess) -> None:
        """Restore the arguments of vfork; the child restores them when it begins."""
        child.life.vforks(self.process.life.vfork_call, as_child=True)
        self.begin_after_vfork()

    def begin_after_vfork(self) -> None:
        """Restore the arguments of vfork if the process was made by vfork."""
        if self.process.life.vfork_call:
            self.restore_arguments(self.process.life.vfork_call)
            self.process.life.vforks([])

    @contextmanager
    def not_waiting(self, operation: OpenFifo) -> Iterator[None]:
        """Make an open of a FIFO return at once, without waiting for the other end."""
        if operation.ends == "r":
            values = registers.getregs(self.process.pid)
            flags_index = 2 if self.call == "openat" else 1
            values[registers.ARGUMENTS[flags_index]] |= os.O_NONBLOCK
            registers.setregs(self.process.pid, values)
            yield
            return
        path = self.names.real(operation.path)
        held = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield
        finally:
            descriptors.close(held)

    def wait_after(self, operation: OpenFifo, result: int) -> FifoWaits | None:
        """Return the wait for the other end that follows an open without a partner."""
        if result < 0 or not operation.lacks_partner(self.run.kernel, self):
            return None
        assert operation.ends != "rw"  # which needs no partner
        if operation.ends == "r":
            borrowed = descriptors.borrow(self.process.pid, result)
            os.set_blocking(borrowed, True)
            descriptors.close(borrowed)
        return FifoWaits(operation.fifo, operation.ends)

    def begin_end(self, signal: int = 0) -> None:
        self.process.begin_end(signal)
        if self.process.files.ends or signal:
            self.run.give_up_next(self.process)

    def show_result(self, result: int) -> None:
        registers.set_result(self.process.pid, result)

    def show_outside(self, pid: int) -> Outsider:
        self.run.names.add_outside(pid)
        self.show_result(pid)
        return OUTSIDER

    # -- descriptors

    def object_of(self, descriptor: int, end: Side | Literal[""] = "") -> Name | None:
        return self.run.names.object_of(self.process, descriptor, end)

    def target_of(self, link: str) -> str:
        return proc.link(self.process.pid, link)

    def is_removed(self, descriptor: int) -> bool:
        link = f"fd/{descriptor}"
        return is_removed(self.process.pid, link, self.target_of(link))

    @property
    def working_directory(self) -> File:
        return self.run.names.file(path_of(self.process.pid, "cwd", self.target_of("cwd")))

    def fdinfo(self, descriptor: int) -> dict[str, str]:
        return proc.fdinfo(self.process.pid, descriptor)

    def open_numbers(self) -> Iterable[int]:
        held = tracee_proc.descriptors(self.process.pid)
        return sorted(number for number, _ in (*held.pipes, *held.files))

    def look_at_ends(self) -> None:
        if self.process.files.are_stale:
            self.run.look_at_ends(self.process)

    def add_pipe(self, descriptor: int, other: int | None = None) -> None:
        self.run.names.add_pipe(self.process, descriptor, other)

    def take_input(self, name: Name | None) -> None:
        given = self.known.program.input
        if isinstance(name, InputPipe | InputTerminal) and given is not None:
            self.known.assumed.add(RECORDED if given.is_pipe else AT_ITS_END)
            self.known.setup.input.take()
        elif name == File("/dev/null") and given is not None and given.is_replaced:
            self.known.assumed.add(EMPTY)

    # -- files

    def path(self, address: int, directory: int = _AT_FDCWD) -> Name:
        return self.run.names.path(self.process, address, directory)

    def note_removed(self) -> None:
        files, pid = tracee_proc.descriptors(self.process.pid).files, self.process.pid
        removed = (each for each, file in files if is_removed(pid, f"fd/{each}", file.path))
        self.process.files.let_go_of(removed)

    @property
    def original(self) -> str:
        return self.known.program.directory

    @property
    def umask(self) -> int:
        return int(proc.status_field(self.process.pid, "Umask") or "0", 8)

    # -- other processes

    def process_with(self, pid: int) -> HeldProcess | None:
        return self.run.names.by_pid.get(pid)

    def is_gone(self, name: str) -> bool:
        return self.run.is_gone(name, self.process)

    @property
    def has_children(self) -> bool:
        return self.run.has_children(self.process)

    @property
    def is_in_front(self) -> bool:
        return os.getpgid(self.process.pid) == self.run.processes[FIRST].pid

    @property
    def adopter(self) -> int:
        is_changed = self.known.conditions.changes_adopter
        return os.getpid() if is_changed else self.known.setup.adopter

    @property
    def processors(self) -> set[int]:
        is_held = os.sched_getaffinity(self.process.pid) == os.sched_getaffinity(0)
        return self.run.processors if is_held else set()

    # -- signals

    @property
    def signal_mask(self) -> int:
        return ptrace.getsigmask(self.process.pid)

    def origin_of(self, signal: int) -> Origin:
        own = self.process.signals.own_origins.get(signal)
        return own or self.run.kernel.origin_of(self.process.name, signal)

    def handlers_that_may_run(self) -> frozenset[int]:
        return self.run.may_come(self.process)

    # -- flags

    def flag(self, flag: Flag) -> None:
        self.run.flag(flag, self.process)

    def cut_off(self, flag: Flag) -> None:
        self.run.at_call = self.process
        raise RunCutOff(flag)

    def is_of_start_up(self, flag: Flag) -> bool:
        has_forked = bool(self.run.children_of(self.process.name))
        return is_of_start_up(self.known, self.process, flag, has_forked=has_forked)

    @property
    def is_interpreter(self) -> bool:
        return self.process.image.is_interpreter

    @property
    def is_of_system(self) -> bool:
        return self.process.image.is_trusted

    @property
    def report(self) -> str:
        return self.process.image.report if self.workplace.is_private else ""

    @property
    def can_follow_memory(self) -> bool:
        return memory_access.IS_KNOWN

    def inode_left(self, device: int) -> tuple[int, int] | None:
        kept: set[tuple[int, int]] = set()
        for process in self.run.living:
            files = tracee_proc.descriptors(process.pid).files
            kept |= {(file.device, file.inode) for _, file in files}
        for key, (_, name) in self.run.inodes.items():
            with suppress(OSError):
                facts = os.lstat(self.names.real(name))
                kept.add((facts.st_dev, facts.st_ino))
            if key[0] == device and key not in kept:
                return key
        return None

    @property
    def is_of_selinux(self) -> bool:
        regions = proc.memory_regions(self.process.pid)
        return any(os.path.basename(part.name).startswith("libselinux.") for part in regions)

    @property
    def mode_outside(self) -> int:
        return int(proc.status_field("self", "Seccomp") or "0")

    @property
    def personality_outside(self) -> int:
        return int(proc.contents("self", "personality") or b"0", 16)

    def is_of_c_library(self, address: int) -> bool:
        file = file_at(proc.memory_regions(self.process.pid), address)
        return OF_THE_C_LIBRARY.match(os.path.basename(file)) is not None

    def answer_cycle_counter(self) -> bool:
        """Emulate an instruction that reads the cycle counter; return whether it was one.

        The process is about to get SIGSEGV for it. The C library's own use, which times the start
        of programs, is not flagged.
        """
        values = registers.getregs(self.process.pid)
        address = values[registers.PROGRAM_COUNTER]
        code = self.read(address, _CODE_BYTES)
        instruction = registers.cycle_counter_read(code)
        if not instruction:
            return False
        if not self.is_of_c_library(address):
            self.flag_call(flags.READS_CLOCK)
        computed = self.process.count("computed") * COMPUTED
        registers.answer_cycle_counter(values, instruction, computed)
        registers.setregs(self.process.pid, values)
        return True
