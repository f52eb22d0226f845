"""A process that is held at a system call, or whose call has just returned, as operations see it.

An operation reads the arguments and the memory of the process, decides what its call will do, and
records what the call shows about the program. The run and the knowledge about the program belong to
simpsh.explore.control; this file imports only their types.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore import flags
from simpsh.explore.flags import Flag
from simpsh.explore.objects.name_words import PLAIN, path_words
from simpsh.explore.objects.symbolic_names import (
    OUTSIDER,
    File,
    Foreign,
    InputPipe,
    Name,
    Outsider,
    OwnFile,
    Side,
    Stored,
    sides,
)
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.explore.workplace.workspace import RECORDED
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS, SHORT_TIMES
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import string_at

if TYPE_CHECKING:
    from simpsh.explore.control.held_process import HeldProcess
    from simpsh.explore.control.run_state import RunState

_SECOND = 1_000_000_000
_AT_FDCWD, _CLONE_VM, _CLONE_VFORK = -100, 0x100, 0x4000
_OF_THE_C_LIBRARY = re.compile(r"(ld|libc|libpthread)[-.]")
"""Matches the beginning of the name of a file of the C library, or of the dynamic linker."""
TIME_OF_DAY, RANDOM_NUMBERS = "the time of day", "random numbers"
_CONSTANT = {flags.READS_CLOCK: TIME_OF_DAY, flags.READS_RANDOM: RANDOM_NUMBERS}
"""Readings that show an interpreter a constant, by their flags."""
_AT_START = (flags.USES_TERMINAL, flags.LOOKS_AT_PROCESSES)


class Conditions(Record):
    """Changed conditions for repeating a schedule, to see whether its outcome depends on them."""

    moves_addresses: bool = False
    """Whether programs get different addresses."""
    turns: int = 0
    """Which of two or three answers each fact gets on which nothing should depend."""
    moves_pids: int = 0
    """How far the pids are from the usual ones, and in the opposite order; 0 for the usual ones."""
    moves_clock: int = 0
    """How much later the clock is when the program begins, in units of about a day."""
    clock_step: int = 0
    """How many extra nanoseconds pass between two readings of the clock."""
    draw: int = 0
    """The number of the random sequence that programs get, from exec too; 0 for the usual one."""


class HeldCall:
    """The call that a process of a run is held at, or that has just returned."""

    def __init__(self, run: RunState, process: HeldProcess) -> None:
        self.run, self.process, self.known, self.names = run, process, run.knowledge, run.names
        self.workplace = run.knowledge.setup.workspace
        self.call = process.call
        """The name of the call."""
        self.args = process.args
        """The values of the six argument registers."""
        has_short_times = process.system_call.number in SHORT_TIMES
        self._timespec = struct.Struct("ii" if has_short_times else "qq")

    # -- its memory

    def number(self, index: int) -> int:
        """Return an argument that is a C int."""
        return (self.args[index] & 0xFFFFFFFF ^ 0x80000000) - 0x80000000

    def read(self, address: int, count: int) -> bytes:
        """Return `count` bytes of memory; fewer if not all of them can be read."""
        return ptrace.read_memory(self.process.pid, address, count)

    def text(self, address: int) -> str:
        """Return the string at an address."""
        return string_at(self.process.pid, address)

    def write(self, address: int, data: bytes) -> None:
        """Write to memory. Raises OSError: the address is invalid."""
        ptrace.write_memory(self.process.pid, address, data)

    def time_at(self, address: int, unit: int = 1) -> int | None:
        """Return a timespec in nanoseconds; None if the timespec is invalid.

        `unit` is the number of nanoseconds in a unit of the second member: 1000 in a timeval.
        """
        data = self.read(address, self._timespec.size)
        if len(data) < self._timespec.size:
            return None
        seconds, fraction = self._timespec.unpack(data)
        if seconds < 0 or not 0 <= fraction * unit < _SECOND:
            return None
        return int(seconds * _SECOND + fraction * unit)

    def time_left(self, address: int, *, is_relative: bool = True, unit: int = 1) -> int:
        """Return the timeout in a call's timespec in nanoseconds; 0 if the timespec is invalid."""
        time = self.time_at(address, unit)
        if time is None:
            return 0
        return max(0, time if is_relative else time - self.process.clock_shown)

    def write_time(self, address: int, nanoseconds: int) -> None:
        """Store a timespec, unless the address is invalid."""
        with suppress(OSError):
            self.write(address, self._timespec.pack(*divmod(nanoseconds, _SECOND)))

    # -- what the call will do

    def skip(self, result: int) -> None:
        """Make the call return `result`; the kernel does not make the call."""
        registers.skip_call(self.process.pid, result)

    def show_result(self, result: int) -> None:
        """Make a call that has just returned show another result."""
        registers.set_result(self.process.pid, result)

    def answer(self, address: int, data: bytes, result: int) -> None:
        """Store data, and skip the call; if the address is invalid, the kernel finds the fault."""
        with suppress(OSError):
            if data:
                self.write(address, data)
            self.skip(result)

    def replace(self, call: str, args: tuple[int, ...]) -> tuple[int, ...]:
        """Replace this call with another call; return the registers before the change."""
        values = registers.getregs(self.process.pid)
        before = tuple(values)
        registers.replace_call(values, NUMBERS[call], args)
        registers.setregs(self.process.pid, values)
        return before

    def replace_vfork(self) -> None:
        """Make vfork without CLONE_VFORK, so that the kernel does not hold the parent.

        The kernel would continue the parent while the child is still ending. The child still runs
        in its parent's memory, and the explorer holds the parent until the child has executed
        another program, or has given up that memory.
        """
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
            self._restore_arguments(self.process.life.vfork_call)
            self.process.life.vforks([])

    def _restore_arguments(self, before: Sequence[int]) -> None:
        values = registers.getregs(self.process.pid)
        for register in registers.ARGUMENTS:
            # On aarch64 the first argument's register also has the result: 0 in the child.
            if register != registers.RESULT:
                values[register] = before[register]
        registers.setregs(self.process.pid, values)

    def begin_end(self, signal: int = 0) -> None:
        """Begin the end of the process, by exit or `signal`; it closes its descriptors first."""
        self.process.begin_end(signal)
        if self.process.files.ends or signal:
            self.run.give_up_next(self.process)

    def show_outside(self, pid: int) -> Outsider:
        """Make the call return `pid`, which belongs to a process outside the run."""
        self.names.add_outside(pid)
        self.show_result(pid)
        return OUTSIDER

    # -- descriptors

    def object_of(self, descriptor: int) -> Name | None:
        """Return the name of a descriptor's object; None if it is not open."""
        return self.names.object_of(self.process, descriptor)

    def target_of(self, link: str) -> str:
        """Return the target of a link in the process's /proc directory, such as `fd/3`."""
        return proc.link(self.process.pid, link)

    def open_flags(self, descriptor: int) -> int:
        """Return the open(2) flags of a descriptor; 0 if it is not open."""
        return int(proc.fdinfo(self.process.pid, descriptor).get("flags", "0"), 8)

    def ends_of(self, descriptor: int) -> tuple[Side, ...]:
        """Return which ends of a pipe a descriptor refers to."""
        return sides(self.open_flags(descriptor))

    def open_numbers(self) -> Iterable[int]:
        """Return the open descriptors."""
        held = tracee_proc.descriptors(self.process.pid)
        return sorted(number for number, _ in (*held.pipes, *held.files))

    def take_input(self, name: Name | None) -> None:
        """Record or connect the standard input before its first read."""
        given = self.known.program.input
        if isinstance(name, InputPipe) and given is not None:
            self.known.assumed.add(RECORDED)
            self.known.setup.input.take()

    # -- files

    def path(self, address: int, directory: int = _AT_FDCWD) -> Name:
        """Return the name of the file with the path at an address, relative to a directory.

        If that directory is a descriptor of something else, return its name.
        """
        return self.names.path(self.process, address, directory)

    def kind(self, name: Name | None) -> int:
        """Return the st_mode of a file, as stat(2) reports it; 0 if the file does not exist."""
        with suppress(OSError):
            return os.stat(self.names.real(name)).st_mode if isinstance(name, File) else 0
        return 0

    def is_directory(self, name: Stored) -> bool:
        return stat.S_ISDIR(self.kind(name))

    def is_shared(self, name: Name) -> bool:
        """Return whether other processes can notice uses of a file.

        The program changes the file, or its processes share an offset in it.
        """
        is_used = name in self.known.shared or name in self.known.offsets
        return is_used and not self.run.is_alone

    def changes(self, name: Stored | Foreign) -> bool:
        """Record a change of a file or directory; return whether the change is visible."""
        if isinstance(name, Stored) and name.is_device:
            return False
        if isinstance(name, OwnFile) and not self.run.is_renewed:
            changed = "it" if name == OwnFile(".") else path_words(name.path)
            raise UsageProblem(
                f"{self.known.program.directory} is too large to be copied for each run, or "
                "holds what cannot be copied, and "
                f"the program changes {changed} there; name another directory with --dir"
            )
        if not self.may_change(name):
            return False
        self.run.touched[name] += 1
        if self.run.is_alone:
            return False
        if self.names.count_links(name) > 1:
            self.not_examined("hard links")
        self.known.watch(self.known.shared, name)
        return True

    def may_change(self, name: Stored | Foreign) -> bool:
        """Return whether the run may change a file; otherwise the call fails."""
        real = self.names.real(name)
        for flag in self.workplace.refuses(self.call, real):
            self.flag(flag)
        if self.workplace.is_private or isinstance(name, OwnFile):
            return True
        if isinstance(name, Stored) and name.is_device and not self.workplace.forbids(real):
            return True
        self.flag(flags.REFUSED.of(PLAIN.object(name)))
        if isinstance(name, Stored):
            self.skip(-errno.EROFS)
        return False

    def is_of_outside(self, name: Stored) -> bool:
        """Return whether a file's locks, or a FIFO, are those of the outside; then refuse the call.

        They are if a private world can only show the file read-only.
        """
        if not self.workplace.is_of_outside(self.names.real(name)):
            return False
        self.flag(flags.REFUSED.of(PLAIN.object(name)))
        self.skip(-errno.EPERM)
        return True

    def has_shared_offset(self, name: Name) -> bool:
        """Return whether reading a file may move an offset that other processes use, too."""
        if name not in self.process.files.shared:
            return False
        users = self.known.users_of_offsets.setdefault(name, set())
        users.add(self.process.name)
        if len(users) > 1:
            self.known.watch(self.known.offsets, name)
        return len(users) > 1

    def shared_directory(self, name: Stored) -> File | None:
        """Return a file's directory if the program changes the directory; else None."""
        directory = name.directory if isinstance(name, File) else None
        return directory if directory in self.known.shared else None

    # -- other processes and signals

    def process_with(self, pid: int) -> HeldProcess | None:
        """Return the run's process with this pid; None if there is none."""
        return self.names.by_pid.get(pid)

    @property
    def signal_mask(self) -> int:
        """The blocked signals, as bits."""
        return ptrace.getsigmask(self.process.pid)

    def need_signals(self, *sent: int) -> None:
        """From the next run on, make operations visible if signals can affect them."""
        self.known.need("signals_matter")
        for signal in sent:
            self.known.watch(self.known.sent, signal)

    def need_kill(self, signal: int, target: str = "") -> None:
        """From the next run on, make operations visible if `signal` to `target` can affect them."""
        self.need_signals(signal)
        self.known.watch(self.known.aimed.setdefault(target, set()), signal)
        if signal == SIGCHLD:
            self.known.need("kills_by_sigchld")

    # -- flags

    def flag(self, flag: Flag) -> None:
        """Add a flag against COMPLETE, with the place of the call."""
        self.run.flag(flag, self.process)

    def cut_off(self, flag: Flag) -> None:
        """End the run for the reason in a flag."""
        self.run.at_call = self.process
        raise RunCutOff(flag)

    def flag_call(self, flag: Flag) -> None:
        """Flag the call, unless the interpreter itself makes it."""
        if not self.is_of_start_up(flag):
            self.flag(flag)

    def not_examined(self, words: str) -> None:
        """End the run at a call of the table, unless the interpreter itself makes it."""
        flag = flags.NOT_EXAMINED.of(words)
        if not self.is_of_start_up(flag):
            self.cut_off(flag)

    def is_of_start_up(self, flag: Flag) -> bool:
        """Return whether a call that would be flagged is taken for the interpreter's own."""
        if not self.process.image.is_interpreter:
            return False
        if flag in _CONSTANT:
            self.known.independent_of.add(_CONSTANT[flag])
            return True
        return flag in _AT_START and not self.run.children_of(self.process.name)

    def is_of_c_library(self, address: int) -> bool:
        """Return whether an address is in the memory of the C library."""
        file = file_at(proc.memory_regions(self.process.pid), address)
        return _OF_THE_C_LIBRARY.match(os.path.basename(file)) is not None


def file_at(regions: tuple[proc.MemoryRegion, ...], address: int) -> str:
    """Return the file mapped at an address, or right before the anonymous memory at it."""
    name, end = "", 0
    for region in regions:
        if region.name or region.first != end:
            name = region.name
        end = region.end
        if address < end:
            return name if region.first <= address else ""
    return ""


_REMOVED = " (deleted)"
"""The suffix that /proc adds to the path of a file whose name was removed; see proc_pid_fd(5)."""


def is_removed(pid: int, link: str, target: str) -> bool:
    """Return whether the name of the file at a link in /proc, with this target, was removed."""
    if not target.endswith(_REMOVED):
        return False
    try:
        # A program may give a file a name that ends like that.
        facts = proc.status_of(pid, link)
        return facts is None or not os.path.samestat(facts, os.lstat(target))
    except OSError:
        return True


def path_of(pid: int, link: str, target: str) -> str:
    """Return the path of the file at a link in /proc, even if its name was removed."""
    return target.removesuffix(_REMOVED) if is_removed(pid, link, target) else target
