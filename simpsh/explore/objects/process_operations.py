"""Births, ends, waits, exec, and calls about the process itself or that are not followed."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Sequence
from contextlib import suppress

from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST, birth_number, parent_of
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.explore import flags
from simpsh.explore.objects.call_classes import LEAVES_A_MARK, NAMED_CALLS, PRIVATE_CALLS
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import (
    ENDED,
    HistoryEdge,
    HistoryNode,
    Kernel,
    Learned,
    Operation,
    Prediction,
    Quiet,
    Unnoticed,
    follows,
)
from simpsh.explore.objects.memory_operations import about_to_share
from simpsh.explore.objects.name_words import PLAIN, Naming, path_words
from simpsh.explore.objects.pipe_operations import GivesUp, GivesUpAtOnce
from simpsh.explore.objects.process_state import WORD, Result
from simpsh.explore.objects.symbolic_names import ANY, NO_CHILD, OUTSIDER, AnyChild, File, NoChild


class Born(Unnoticed):
    """Runs for the first time."""

    _phrase = "begins"
    depends_on_others = makes_call = is_at_call = False
    yields_to_kill = True
    can_be_interrupted = False  # birth is not a call, so a signal cannot arrive before it


class OwnCode(Operation):
    """Continues with its own code after an operation; a handler may run before that."""

    _phrase = "continues"
    depends_on_others = makes_call = is_at_call = False

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether no pending signal acts first."""
        return not kernel.deliverable(name)

    def wakes(self, _kernel: Kernel, _name: str) -> bool:
        return False


_END_SIGNAL, _CLONE_VM, _CLONE_VFORK = 0xFF, 0x100, 0x4000
# CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_PARENT_SETTID.
_HARMLESS_FLAGS = _CLONE_VM | _CLONE_VFORK | 0x1000000 | 0x200000 | 0x100000


def _name_of(stop: HeldCall, pid: int) -> Result:
    """Return the name of the process with a pid; the number itself if there is no such process."""
    process = stop.process_with(pid)
    return pid if process is None else process.name


@follows("fork", "vfork", "clone")
class Forking(Unnoticed):
    """Makes a child: the moment before fork, at which a signal may still arrive."""

    is_vfork: bool = False

    _phrase = "forks"
    depends_on_others = False
    needs_process_list = yields_to_kill = True

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        # Only clone has flags: for fork and vfork the register has a leftover value.
        word = stop.args[0] if stop.call == "clone" else SIGCHLD
        bits = word & ~_END_SIGNAL
        is_vfork = stop.call == "vfork" or bool(bits & _CLONE_VFORK)
        if bits & _CLONE_VM and not is_vfork:
            stop.not_examined("threads")
        if bits & ~_HARMLESS_FLAGS or word & _END_SIGNAL != SIGCHLD:
            stop.not_examined("clone with flags that fork does not have")
        if not is_vfork and not bits & _CLONE_VM:
            sharing = about_to_share(stop)
            if sharing is not None:
                return sharing
        is_visible = stop.known.signals_matter and not stop.run.is_alone
        if is_vfork and not is_visible:
            stop.replace_vfork()
        return cls(is_vfork) if is_visible else None

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if self.is_vfork:
            stop.replace_vfork()

    def came_back(self, stop: HeldCall, result: int) -> Result:
        return _name_of(stop, result)


class VforkWait(Unnoticed):
    """Waits in vfork until the child has executed another program, or ended.

    Until then the child writes to the parent's memory; only calls whose results do not depend on
    other processes are followed there, so that it always writes the same.
    """

    child: str

    depends_on_others = can_be_interrupted = makes_call = is_at_call = False
    yields_to_kill = True

    def note(self, learned: Learned, name: str) -> None:
        learned.vforks = True

    @property
    def is_vfork_of(self) -> str:
        return self.child

    def words(self, naming: Naming = PLAIN) -> str:
        return f"waits in vfork for {naming.process(self.child)} to exec or end"

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        child = kernel.procs.get(self.child)
        return child is None or child[0].view.is_released

    def reason(self, _name: str, _awaited: Sequence[str], naming: Naming) -> str:
        child = naming.process(self.child)
        return f"{child} runs in its memory until it has executed a program, or ended"


@follows("execve", "execveat")
class Exec(GivesUpAtOnce):
    """Replaces its program, and closes descriptors marked close-on-exec."""

    program: bytes
    """The path in the call."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        known, is_relative = stop.known, stop.call == "execveat"
        program = os.fsencode(stop.text(stop.args[is_relative]))
        stop.run.look_at_ends(stop.process)
        name = stop.path(stop.args[1], stop.args[0]) if is_relative else stop.path(stop.args[0])
        if not isinstance(name, File):
            return None  # a path below a pipe: ENOTDIR
        if name in known.shared | known.opened_to_write:
            stop.flag(flags.CHANGES_MEANWHILE)
        if grants_rights(stop.names.real(name)):
            stop.flag(flags.LACKS_RIGHT)
        if not stop.process.files.ends and not known.signals_matter:
            return None
        if not stop.is_shared(name) and not stop.kind(name):
            return None  # a search of PATH tries this file, which does not exist
        return cls(program)

    def words(self, naming: Naming = PLAIN) -> str:
        return f"executes {path_words(os.fsdecode(self.program))}"


def grants_rights(path: str) -> bool:
    """Return whether a program runs with the rights of another user or group."""
    with suppress(OSError):
        facts = os.stat(path)
        is_user = facts.st_mode & stat.S_ISUID and facts.st_uid != os.geteuid()
        if is_user or (facts.st_mode & stat.S_ISGID and facts.st_gid != os.getegid()):
            return True
        return bool(os.geteuid() and os.getxattr(path, "security.capability"))
    return False


class Ending(GivesUp):
    """A step in the end of a process."""

    withstands_kill = True

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        stop.begin_end()

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return None: the descriptors are closed, and the end follows."""
        stop.process.files.are_stale = True
        return None


@follows("exit_group", "exit")
class Exiting(Ending):
    """Calls exit, and begins to close descriptors; a signal may still arrive right before."""

    code: int

    def words(self, naming: Naming = PLAIN) -> str:
        return f"calls exit with {self.code}"

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        stop.run.look_at_ends(stop.process)
        ends = stop.process.files.ends
        if stop.process.life.is_exiting:
            return GivingUp() if ends else None
        if stop.run.is_alone:
            return None
        # Without signals, others only notice this moment if the process closes a pipe or lock.
        return cls(stop.args[0] & 0xFF) if ends or stop.known.signals_matter else None

    def then(self, kernel: Kernel, stop: HeldCall) -> Operation | None:
        """Release the parent of a vfork child; descriptors are closed in the next step."""
        process, life = stop.process, stop.process.life
        if life.is_released or not (life.was_vforked and process.files.ends):
            return None
        process.begin_end()
        life.is_released = True
        process.signals.pending = ()
        return GivingUp()


class _Leaving(Ending):
    """The process closes its descriptors; signals no longer reach it."""

    can_be_interrupted = False
    is_end = True


class GivingUp(_Leaving):
    """Ends, has left its memory, and closes the next of its descriptors."""

    _phrase = "gives up descriptors"
    is_at_call = False


class Dying(_Leaving):
    """Is ended by a signal, and begins to close descriptors; other signals do not reach it."""

    signal: int

    makes_call = is_at_call = False

    def words(self, naming: Naming = PLAIN) -> str:
        return f"dies of {Signal(self.signal)}"

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        stop.begin_end(self.signal)


class Exit(Operation):
    """Ends: releases its resources and its children, and becomes a zombie."""

    status: int
    """The status word, as waitpid(2) stores it."""

    depends_on_others = can_be_interrupted = makes_call = False
    is_end = needs_process_list = withstands_kill = True

    def words(self, naming: Naming = PLAIN) -> str:
        return f"ends ({sentence(decode(self.status))})"

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        return ENDED


INIT = 1
"""The pid that is shown for the process that adopts orphans."""


@follows("getppid")
class GetParent(Operation):
    """Asks for its parent's pid: a race with the parent's end."""

    _phrase = "asks who its parent is"

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        return cls() if stop.process.name != FIRST else None

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the parent's name; OUTSIDER for the explorer, which has adopted an orphan."""
        if stop.process_with(result) is not None:
            return _name_of(stop, result)
        stop.known.asks_as_orphan = True
        return stop.show_outside(INIT)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        parent = parent_of(name)
        return parent if parent in kernel.procs else OUTSIDER


# -- wait ------------------------------------------------------------------------------------------

WNOHANG = 1
_NOTHING_YET = 0
_WAIT_OPTIONS = WNOHANG | 2 | 8 | 0x40000000  # WUNTRACED, WCONTINUED, __WALL


@follows("wait4")
class Wait(Operation):
    """Waits for a child: the eldest that is dead; or ECHILD.

    With WNOHANG the result is 0 if no child can be reported yet. No child is ever stopped.
    """

    target: str | AnyChild | NoChild
    """A child by its name, or others."""
    options: int = 0
    """WNOHANG, or 0."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        options = stop.args[2]
        if options & ~_WAIT_OPTIONS:
            stop.not_examined("waits for something else than an end")
        if stop.args[3]:
            stop.not_examined(NAMED_CALLS["getrusage"])
        return cls(_child_meant(stop, stop.number(0)), options & WNOHANG)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the child and its status word if the wait found a child; None after EFAULT."""
        if result == -errno.EFAULT:
            return None  # it has found what the model says, but could not store it
        child = stop.process_with(result) if result > 0 else None
        if child is None:
            return min(result, 0)
        return child.name, child.status or 0

    def awaited(self, kernel: Kernel, name: str) -> list[str]:
        return self.living(kernel, name)

    def reason(self, _name: str, awaited: Sequence[str], naming: Naming) -> str:
        alive = naming.of_processes(awaited)
        children, are = ("child", "is") if len(alive) == 1 else ("children", "are")
        return f"its {children} {listed(alive)} {are} still alive"

    def words(self, naming: Naming = PLAIN) -> str:
        child = naming.target(self.target)
        if self.options & WNOHANG:
            return f"checks whether {child} has ended"
        return f"waits for {child}"

    def _is_meant(self, kernel: Kernel, child: str, name: str) -> bool:
        if isinstance(self.target, AnyChild):
            return parent_of(child) == name
        return child == self.target

    def _dead(self, kernel: Kernel, name: str) -> list[tuple[str, int]]:
        """Return the children that the wait may report, with their status words."""
        zombies = kernel.zombies.items()
        return [(child, word) for child, word in zombies if self._is_meant(kernel, child, name)]

    def living(self, kernel: Kernel, name: str) -> list[str]:
        """Return the living children that the wait is for."""
        return [child for child in kernel.procs if self._is_meant(kernel, child, name)]

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether a child can be reported, or there is no child to wait for."""
        may_return = self.options & WNOHANG or self._dead(kernel, name)
        return bool(may_return) or not self.living(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        children = self._dead(kernel, name)
        if children:
            return min(children, key=lambda child: birth_number(child[0]))
        return _NOTHING_YET if self.living(kernel, name) else -errno.ECHILD

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if isinstance(edge.result, tuple):
            kernel.zombies.pop(edge.result[0], None)

    def finds_nothing(self, result: object) -> bool:
        return bool(self.options & WNOHANG) and result == _NOTHING_YET

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether the order in which its children end makes no difference to the process.

        Then the eldest child to wait for is dead, or there is no child to wait for.
        """
        living = self.living(kernel, node.name)
        dead = [child for child in kernel.zombies if self._is_meant(kernel, child, node.name)]
        eldest = min(map(birth_number, dead), default=0)
        if any(birth_number(child) <= eldest for child in living) or (living and not dead):
            return False
        # The wait would reap a zombie that kill() may still find.
        return kernel.learned.killed.isdisjoint(kernel.zombies)


def _child_meant(stop: HeldCall, pid: int) -> str | AnyChild | NoChild:
    if pid < -1 or (pid == 0 and stop.known.has_groups):
        stop.not_examined("process groups")
    if pid <= 0:
        return ANY
    process = stop.process_with(pid)
    is_child = process is not None and parent_of(process.name) == stop.process.name
    return process.name if process is not None and is_child else NO_CHILD


# -- calls about its own process, and calls that are not followed ----------------------------------


class OwnCall(Unnoticed):
    """Makes a call that no other process can notice; a handler may run before it."""

    call: str
    quiet: Quiet | None
    """What the call does; None if it is private."""

    depends_on_others = False
    yields_to_kill = True

    def words(self, _naming: Naming = PLAIN) -> str:
        return f"calls {self.call}"

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the same for every result, because only its own process knows it."""
        # The descriptors were looked at when the process arrived, before the call changed them.
        if self.call not in PRIVATE_CALLS:
            stop.process.files.are_stale = True
        if self.quiet is not None:
            self.quiet.came_back(stop, result)
        return 0

    @property
    def returns_from_handler(self) -> bool:
        """Whether the call ends a handler."""
        return self.call == "rt_sigreturn"


@follows("getgroups")
def _groups(stop: HeldCall) -> None:
    """Leave out ordinary users: their private world has no ids for their further groups."""
    if os.geteuid():
        stop.not_examined("the groups of its user")


_CLONE_ARGS = struct.Struct("6Q")
"""The start of struct clone_args, from its flags to its stack."""


@follows("rseq", "clone3", "statx", "timer_create", "copy_file_range", "sendfile")
def _absent(stop: HeldCall) -> None:
    """Fail as on older kernels: the C library and programs of the system then use other calls."""
    image, call = stop.process.image, stop.call
    is_of_library = call == "rseq" or (call == "statx" and struct.calcsize("Q") > WORD)
    if call == "clone3":
        # The C library makes threads and spawns programs by it. These share its memory, and it
        # gives them a stack.
        data = stop.read(stop.args[0], _CLONE_ARGS.size)
        fields = _CLONE_ARGS.unpack(data) if len(data) == _CLONE_ARGS.size else (0,)
        is_of_library = bool(fields[0] & _CLONE_VM and fields[-1])
    if not is_of_library and (image.is_interpreter or not image.is_trusted):
        stop.not_examined(NAMED_CALLS[call])
    stop.skip(-errno.ENOSYS)


# PR_GET_PDEATHSIG; dumpable, name, bounding set, secure bits, ambient set, name of a mapping.
_OWN_OPTIONS = (2, 3, 4, 15, 16, 23, 27, 47, 0x53564D41)
_OPTIONS = {1: "a signal at its parent's end", 36: "the adoption of orphans"}
"""The uses of PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER."""
_OF_A_SOCKET = ("getpeername", "getsockname", "getsockopt")


def not_followed(stop: HeldCall) -> None:
    """End the run at a call of the table, or at one that is not listed at all."""
    number = stop.number(0)
    if stop.call in LEAVES_A_MARK:
        return  # the call only affects its own process; HeldProcess.marks has recorded it
    # The link of a file begins with a slash, whatever its name is.
    if stop.call in _OF_A_SOCKET and stop.target_of(f"fd/{number}")[:7] != "socket:":
        return  # the call fails: bash only tests whether its input is a network connection
    stop.not_examined(NAMED_CALLS.get(stop.call, "a call without a rule"))


@follows("prctl")
def _prctl(stop: HeldCall) -> None:
    if stop.args[0] not in _OWN_OPTIONS:
        stop.not_examined(_OPTIONS.get(stop.args[0], "rights and other options of prctl"))


@follows("prlimit64", "getpgid", "getpgrp", "getsid")
def _asks_about_itself(stop: HeldCall) -> None:
    """Permit a process to ask for its own limits and group, which only its own calls change."""
    is_own = stop.call == "getpgrp" or stop.number(0) in (0, stop.process.pid)
    if not is_own or (stop.call == "prlimit64" and stop.args[2]):
        stop.not_examined(NAMED_CALLS[stop.call])


@follows("sched_getaffinity")
def _affinity(stop: HeldCall) -> None:
    """Answer with the machine's processors, although the program is pinned to one of them."""
    if stop.number(0) not in (0, stop.process.pid):
        stop.not_examined(NAMED_CALLS[stop.call])
    # The kernel stores a bit for each processor, in whole words; it refuses a smaller buffer.
    mask = sum(1 << number for number in stop.run.processors)
    size = -(-mask.bit_length() // (8 * WORD)) * WORD
    if stop.args[1] >= size:
        stop.answer(stop.args[2], mask.to_bytes(size, "little"), size)


FREE_MEMORY = "how much memory is free"
_SYSINFO = struct.Struct("l9LHHLLI0L")


@follows("sysinfo")
def _sysinfo(stop: HeldCall) -> None:
    """Answer for an idle machine; under other conditions, less of its memory is free."""
    turn = stop.known.turn()
    stop.known.independent_of.add(FREE_MEMORY)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") % (1 << 8 * WORD)
    loads, others = (0, 0, 0), (0, 0, 0, 0)
    free = memory // (2 << turn)
    data = _SYSINFO.pack(3600 << turn, *loads, memory, free, *others, 100 << turn, 0, 0, 0, 1)
    stop.answer(stop.args[0], data, 0)
