"""Sending signals, their effects, waiting for them, alarms; signals to the program's group.

The program begins as an interactive shell would start it: it leads its own group. If a process
leaves this group, signals to a group are not examined. Stop signals are not examined either.

The effect of a signal on a process is learned; the kernel's rules determine when it can arrive. See
signal(7), kill(2), sigwait(3), alarm(2). The passing of time does not
synchronise processes: once set, an alarm may go off at any later step, as a separate choice: `P1~`.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Collection
from contextlib import suppress
from functools import cache

from simpsh.base.phrases import listed
from simpsh.base.process_names import birth_path
from simpsh.base.signal_names import (
    SIGALRM,
    SIGCHLD,
    SIGKILL,
    SIGSTOP,
    STOP_SIGNALS,
    Signal,
    signal_name,
)
from simpsh.explore import flags
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import (
    HistoryEdge,
    HistoryNode,
    Kernel,
    Learned,
    OfLiving,
    Operation,
    Prediction,
    Quiet,
    Unnoticed,
    follows,
)
from simpsh.explore.objects.name_words import PLAIN, Naming
from simpsh.explore.objects.process_state import (
    DEFAULT,
    HANDLER,
    IGNORE,
    SA_NOCLDWAIT,
    WORD,
    Result,
)
from simpsh.explore.objects.symbolic_names import OWN_GROUP, RINGS, OwnGroup, mark_of
from simpsh.kernel.machine import registers
from simpsh.process import proc
from simpsh.trace.source.elf_file import ElfProblem, symbol_ranges

# -- process groups --------------------------------------------------------------------------------

_GROUPS = "process groups"


@follows("setpgid", "setsid")
def _leave_group(stop: HeldCall) -> None:
    """Let a process leave its group, unless signals to groups matter; see Kill."""
    own = 0, stop.process.pid
    if stop.call == "setpgid" and not (stop.number(0) in own and stop.number(1) in own):
        stop.not_examined(_GROUPS)
    if not stop.run.is_alone:
        stop.known.need("has_groups")


def members(kernel: Kernel, name: str) -> tuple[str, ...]:
    """Return the processes of the only group, in the order in which a signal reaches them.

    The most recent member gets it first, and the sender last: its own signal acts only when the
    call returns.
    """
    others = (each for each in kernel.procs if each != name)
    return *sorted(others, key=birth_path, reverse=True), name


def is_held_up(kernel: Kernel, name: str) -> bool:
    """Return whether a step must wait until a signal has reached all processes of its group."""
    if mark_of(name) or not kernel.procs[name][0].operation.needs_process_list:
        return False
    return any(node.operation.keeps_process_list for node, _ in kernel.procs.values())


# -- sending signals, and their dispositions -------------------------------------------------------


_FOR_THREADS = ("tkill", "tgkill")
_SHOWN_SIGNALS, _SIGINFO_BYTES = 4, 128
SENDERS = "what a signal says about its sender"
"""The row of the table for siginfo_t, which a handler with SA_SIGINFO and sigwaitinfo get."""
_FIRST_REAL_TIME = 32
"""The first of the real-time signals, which queue; see signal(7)."""


def _send_from(kernel: Kernel, name: str, target: str, signal: int, edge: HistoryEdge) -> None:
    """Make a signal pending, unless it has arrived in the same step."""
    is_over = target == name and signal in edge.signals
    if target in kernel.procs and not is_over:
        kernel.send(target, signal)


@cache
def signals_of(bits: int) -> frozenset[int]:
    """Return the signals of a kernel's sigset_t: bit 0 is signal 1."""
    return frozenset(number + 1 for number in range(64) if bits >> number & 1)


@follows("pidfd_send_signal")
def refuse(stop: HeldCall) -> None:
    """Flag a signal to a process outside; the call fails with EPERM."""
    stop.flag(flags.REFUSED.of("a signal"))
    stop.skip(-errno.EPERM)


@follows("kill", *_FOR_THREADS)
class Kill(Operation):
    """Sends a signal: it becomes pending, unless the target is a zombie or reaped.

    The members of a group get it one by one; the most recent member gets it first.
    """

    target: str | OwnGroup
    """A process of the program, or the sender's group."""
    signal: int

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        call, process = stop.call, stop.process
        pid, signal = stop.number(0), stop.number(2 if call == "tgkill" else 1)
        is_for_group = call == "kill" and pid in (0, -os.getpgid(process.pid))
        target = stop.process_with(pid)
        is_for_other_group = call == "kill" and stop.process_with(-pid) is not None
        if stop.known.has_groups if is_for_group else is_for_other_group:
            stop.not_examined(_GROUPS)
        if target is None and not is_for_group:
            refuse(stop)
            return None
        if signal in STOP_SIGNALS:
            stop.not_examined("stop signals")
        if signal >= _FIRST_REAL_TIME:
            stop.not_examined("real-time signals")
        if signal and target is not process:
            if call in _FOR_THREADS:
                stop.not_examined("signals to threads")
            stop.need_kill(signal, "" if is_for_group or target is None else target.name)
        if signal:
            _flag_twice(stop, signal)
        return cls(OWN_GROUP if is_for_group or target is None else target.name, signal)

    def then(self, kernel: Kernel, stop: HeldCall) -> Operation | None:
        if not isinstance(self.target, OwnGroup) or not self.signal:
            return None
        return _send_on(stop, self.signal, members(kernel, stop.process.name))

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if isinstance(self.target, OwnGroup):
            return
        if stop.process.prediction == -errno.ESRCH:
            # Another process outside may have that pid now.
            stop.skip(-errno.ESRCH)
        elif self.signal == SIGKILL and self.target != stop.process.name:
            # Skip the call: the kernel would kill at once, but the explorer chooses when. A
            # process that kills itself does not return from the call.
            stop.skip(0)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result >= 0 and self.target == stop.process.name:
            stop.process.signals.send_to_itself(self.signal)
        return result

    def words(self, naming: Naming = PLAIN) -> str:
        if self.signal == 0:
            return f"checks whether {naming.target(self.target)} exists"
        return f"sends {signal_name(self.signal)} to {naming.target(self.target)}"

    def note(self, learned: Learned, name: str) -> None:
        if isinstance(self.target, str):
            learned.killed.add(self.target)
            if self.signal:
                learned.reachable.add(self.target)
        else:
            learned.kills_groups = True

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, even for a zombie; -ESRCH; or the targets of further steps."""
        if isinstance(self.target, OwnGroup):
            targets = members(kernel, name)
            return targets[1:] if self.signal and len(targets) > 1 else 0
        exists = self.target in kernel.procs or self.target in kernel.zombies
        return 0 if exists else -errno.ESRCH

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Make the signal pending unless it has already arrived; in a group, for one member."""
        target = self.target
        if isinstance(target, OwnGroup):
            if self.signal:
                _send_from(kernel, name, members(kernel, name)[0], self.signal, edge)
        elif edge.result == 0:
            _send_from(kernel, name, target, self.signal, edge)

    def finds_nothing(self, result: object) -> bool:
        """Return whether a kill with signal 0 found that the target still exists."""
        return self.signal == 0 and result == 0


def _flag_twice(stop: HeldCall, signal: int) -> None:
    """Flag a signal that may be pending twice: for a thread, by raise(3), and for its process."""
    raised, killed = stop.known.raised, stop.known.killed
    if stop.call not in _FOR_THREADS:
        killed.add(signal)
    elif signal in signals_of(stop.signal_mask):
        raised.add(signal)
    if signal in raised & killed:
        stop.flag(flags.EITHER_SIGNAL)


def _send_on(stop: HeldCall, signal: int, targets: tuple[str, ...]) -> Operation | None:
    """Return the step that sends to the next of these targets; a call is made for the last one."""
    if len(targets) > 1:
        stop.process.give(targets[1:])
        return KillOn(signal, targets[1:])
    sender = stop.process
    if targets[0] == sender.name:
        # The kernel delivers it before the call returns, as it does for a kill of oneself.
        stop.replace("kill", (sender.pid, signal))
        sender.signals.send_to_itself(signal)
    else:
        stop.skip(0)
    return None


class KillOn(Operation):
    """Sends a signal to the other members of a group, one after the other."""

    signal: int
    targets: tuple[str, ...]
    """The processes that have not received the signal yet, in order."""

    can_be_interrupted = is_at_call = False
    keeps_process_list = withstands_kill = True

    def words(self, naming: Naming = PLAIN) -> str:
        return f"sends {Signal(self.signal)} on to {naming.process(self.targets[0])}"

    def then(self, kernel: Kernel, stop: HeldCall) -> Operation | None:
        return _send_on(stop, self.signal, self.targets)

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        return self.targets[1:] or 0

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        _send_from(kernel, name, self.targets[0], self.signal, edge)


_SIG_BLOCK, _SIG_SETMASK = 0, 2
_ACTION_BYTES = 32
_UNBLOCKABLE = frozenset((SIGKILL, SIGSTOP))


def _may_be_sent(stop: HeldCall, signals: Collection[int]) -> bool:
    """Return whether one of these signals is pending, or another process may send one.

    The dispositions of other signals only matter to handlers of the same process. SIGCHLD comes
    from children that are not reaped yet.
    """
    known, process = stop.known, stop.process
    if not known.signals_matter or stop.run.may_come(process):
        return known.signals_matter and bool(signals)
    expected = {*(known.sent - {SIGCHLD}), *process.signals.pending}
    if stop.run.has_children(process) or known.kills_by_sigchld:
        expected.add(SIGCHLD)
    return not expected.isdisjoint(signals)


@follows("rt_sigaction")
class SignalAction(Operation):
    """Sets the disposition of a signal."""

    signal: int
    disposition: str
    """DEFAULT, IGNORE or HANDLER."""

    depends_on_others = False
    yields_to_kill = True

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        signal, process = stop.number(0), stop.process
        data = stop.read(stop.args[1], 2 * WORD)
        if len(data) < 2 * WORD or signal in _UNBLOCKABLE:
            return None
        handler, bits = struct.unpack("PP", data)
        disposition = {0: DEFAULT, 1: IGNORE}.get(handler, HANDLER)
        if signal == SIGCHLD and disposition == HANDLER:
            stop.need_signals(SIGCHLD)
        # If SIGCHLD is ignored when a child ends, the child does not become a zombie.
        is_changed = (disposition == IGNORE) != (signal in process.signals.ignored)
        is_changed |= bits & SA_NOCLDWAIT != process.signals.child_flags & SA_NOCLDWAIT
        changes_ends = signal == SIGCHLD and is_changed
        action = cls(signal, disposition)
        if not stop.run.is_alone and (changes_ends or _may_be_sent(stop, {signal})):
            return action
        action.came_back(stop, 0)
        return None

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result >= 0:
            action = stop.read(stop.args[1], _ACTION_BYTES)
            stop.process.signals.set_action(self.signal, self.disposition, action)
        return result

    def words(self, naming: Naming = PLAIN) -> str:
        name = signal_name(self.signal)
        return {
            DEFAULT: f"lets {name} act by default",
            IGNORE: f"ignores {name}",
            HANDLER: f"sets a handler for {name}",
        }[self.disposition]

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Drop a pending signal if it is now ignored."""
        kernel.flush(name, self.signal)

    def goes_first(self, _kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether the end of a child cannot depend on this disposition."""
        return self.signal != SIGCHLD


class Unblocks(Quiet):
    """Unblocks signals: a pending one may be delivered immediately afterwards."""


@follows("rt_sigreturn")
class HandlerReturns(Quiet):
    """Returns from a handler to the interrupted code."""


@follows("rt_sigprocmask")
class SignalMask(Unnoticed):
    """Blocks more signals; unblocking affects no other process."""

    blocked: frozenset[int]
    """The signals that are blocked afterwards."""

    depends_on_others = False
    yields_to_kill = True

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        """Follow a mask change: a signal may arrive right before blocking or after unblocking.

        fork() of glibc 2.43 and later blocks every signal around its call.
        """
        if stop.run.is_alone or not stop.known.signals_matter:
            return None
        how, data = stop.args[0], stop.read(stop.args[1], 8)
        if not data or stop.process.life.is_exiting:
            return None
        before, named = signals_of(stop.signal_mask), _signal_set(data)
        after = {_SIG_BLOCK: before | named, _SIG_SETMASK: named}.get(how, before - named)
        if _may_be_sent(stop, after - before):
            return cls(after)
        unblocks = stop.process.signals.caught & stop.known.sent & (before - after)
        return Unblocks() if unblocks else None

    def words(self, naming: Naming = PLAIN) -> str:
        if len(self.blocked) > _SHOWN_SIGNALS:
            return "blocks signals"
        names = ", ".join(Signal(number).name for number in sorted(self.blocked))
        return f"blocks {names or 'no signal'}"


# -- waiting for signals ---------------------------------------------------------------------------


def _signal_set(data: bytes) -> frozenset[int]:
    """Return the signals of a sigset_t except those that cannot be blocked."""
    return signals_of(int.from_bytes(data, "little")) - _UNBLOCKABLE


@follows("pause")
class Pause(Operation):
    """Sleeps until a signal comes."""

    _phrase = "pauses until a signal comes"
    _reason = "no signal has come"

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        stop.need_signals()
        return cls()

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        return False


@follows("rt_sigsuspend")
class Suspend(Operation):
    """Sleeps until a signal comes, with another mask meanwhile: sigsuspend."""

    mask: frozenset[int]
    """The signals that are blocked during the call."""

    _phrase = "waits for a signal (sigsuspend)"
    _reason = "no signal has come"

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        stop.need_signals()
        return cls(signals_of(int.from_bytes(stop.read(stop.args[0], 8), "little")))

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        return False

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal is pending that the call's mask does not block."""
        return any(signal not in self.mask for signal in kernel.procs[name][1])


_STACK_WORDS = 64


def _is_in_sigwait(stop: HeldCall) -> bool:
    """Return whether sigwait(3) makes the call: it ignores what is said about the sender."""
    pid = stop.process.pid
    regions = proc.memory_regions(pid)
    libraries = {part.name: part.first for part in reversed(regions) if part.name}
    executable = [part for part in regions if "x" in part.permissions]
    pointer = registers.getregs(pid)[registers.STACK_POINTER]
    for (word,) in struct.iter_unpack("P", stop.read(pointer, _STACK_WORDS * WORD)):
        code = (part.name for part in executable if part.first <= word < part.end)
        name = next(code, "")
        if name and word - libraries[name] in _code_of_sigwait(name):
            return True
    return False


@cache
def _code_of_sigwait(library: str) -> range:
    """Return the addresses of sigwait in a file, relative to its mapping; none in most files."""
    with suppress(ElfProblem, OSError):
        return symbol_ranges(library, ("sigwait",)).get("sigwait", range(0))
    return range(0)


@follows("rt_sigtimedwait")
class TakeSignal(Operation):
    """Takes the lowest pending signal of a set: sigwait."""

    signals: frozenset[int]

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        stop.need_signals()
        address, info, limit = stop.args[:3]
        wanted = _signal_set(stop.read(address, 8))
        if wanted - signals_of(stop.signal_mask):
            stop.not_examined("sigwait of signals that it does not block")
        if limit:
            stop.not_examined("sigtimedwait")
        if info and not _is_in_sigwait(stop):
            stop.not_examined(SENDERS)
        return cls(wanted)

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result > 0:
            stop.process.signals.remove(result)
            if stop.args[1]:
                stop.write(stop.args[1], result.to_bytes(_SIGINFO_BYTES, "little"))
        return result

    def words(self, naming: Naming = PLAIN) -> str:
        names = [Signal(number).name for number in sorted(self.signals)]
        wanted = listed(names, "or") if len(names) <= _SHOWN_SIGNALS else "a signal"
        return f"waits for {wanted} (sigwait)"

    def _pending(self, kernel: Kernel, name: str) -> list[int]:
        return [signal for signal in kernel.procs[name][1] if signal in self.signals]

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal of the set is pending."""
        return bool(self._pending(kernel, name))

    def result(self, kernel: Kernel, name: str) -> Prediction:
        return min(self._pending(kernel, name))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        kernel.procs[name] = kernel.procs[name][0], kernel.without(name, (edge.result,))


class Deliver(Operation):
    """A pending signal arrives before the process's operation: choice `P1!`."""

    _phrase = "takes its pending signal first"


# -- alarms ----------------------------------------------------------------------------------------

RANG = HistoryEdge(0, RINGS, ())
"""The step in which an alarm goes off: the alarm's process stays at its node."""
TIMER, SECOND = "timer", 1_000_000_000


def ringing(kernel: Kernel) -> list[str]:
    """Return the choices in which an alarm goes off."""
    owners = [str(key[1]) for key in kernel.kept if key[0] == TIMER]
    return [name + RINGS for name in owners if not kernel.procs[name][0].operation.is_end]


def ring(kernel: Kernel, name: str) -> None:
    """Make a process's alarm go off, once."""
    kernel.kept.pop(OfLiving((TIMER, name)), None)
    kernel.send(name, SIGALRM)


RINGS_ANYWHERE = "sets an alarm, which may ring at any later moment: time is not synchronisation"


@follows("alarm")
class SetAlarm(Operation):
    """Sets the process's alarm, which sends SIGALRM once, or cancels it."""

    seconds: int
    """The time until the alarm goes off; 0 to cancel it."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        seconds = stop.args[0] & 0xFFFFFFFF
        if seconds:
            # In later runs every operation is visible, because an alarm may go off at any of them.
            stop.need_signals(SIGALRM)
            stop.known.need("timers_matter")
            stop.known.times_matter = True
            stop.known.notes.add(RINGS_ANYWHERE)
        return cls(seconds)

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        """Set the explorer's timer instead of the kernel's.

        An earlier alarm may have any time left: all of it in one run, a second in the next.
        """
        left = self.came_back(stop, 0)
        stop.run.alarms[stop.process.name] = stop.run.now + self.seconds * SECOND
        stop.skip(min(left, 1) if stop.known.turn() else left)

    def came_back(self, stop: HeldCall, result: int) -> int:
        """Return the seconds to which the alarm was set before, by the rules."""
        return stop.process.prediction if isinstance(stop.process.prediction, int) else 0

    def words(self, naming: Naming = PLAIN) -> str:
        return "sets its alarm" if self.seconds else "cancels its alarm"

    def note(self, learned: Learned, name: str) -> None:
        if self.seconds:
            learned.reachable.add(name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the seconds to which the alarm was set before; 0 for none."""
        return kernel.kept.get(OfLiving((TIMER, name)), 0)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        key = OfLiving((TIMER, name))
        kernel.kept.pop(key, None)
        if self.seconds:
            kernel.kept[key] = self.seconds


class Rings(Operation):
    """The alarm sends SIGALRM: choice `P1~`."""

    _phrase = "has its alarm ring"
