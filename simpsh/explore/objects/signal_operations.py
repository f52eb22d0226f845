"""Groups, sessions and stops; sending signals, their effects, waiting for them, alarms.

The program begins as an interactive shell would start it: it leads its own group, in the shell's
session. A dead process is in its group until it is reaped. The members of a group are kept in the
order in which they joined, because a signal reaches the last of them first. The name of a group or
session is that of the process with its id; the session in which the program began is OUTSIDER. For
the checks of the kernel, and their order, see setpgid(2), setsid(2), getsid(2), and “Stopping” in
signal(7).

The effect of a signal on a process is learned; the kernel's rules determine when it can arrive. See
signal(7), kill(2), sigwait(3), sigpending(2), alarm(2), setitimer(2). The passing of time does not
synchronise processes: once set, an alarm may go off at any later step, as a separate choice: `P1~`.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cache

from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.signal_names import (
    SIGALRM,
    SIGCHLD,
    SIGCONT,
    SIGHUP,
    SIGKILL,
    SIGSTOP,
    STOP_SIGNALS,
    Signal,
    signal_name,
)
from simpsh.explore import flags
from simpsh.explore.objects.kernel_state import (
    FROM_KERNEL,
    Alone,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Learned,
    OfLiving,
    OfSignal,
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
    SA_NOCLDSTOP,
    SA_NOCLDWAIT,
    WORD,
    Origin,
    Result,
)
from simpsh.explore.objects.stop import Process, Stop
from simpsh.explore.objects.symbolic_names import (
    OUTSIDER,
    OWN_GROUP,
    RINGS,
    Group,
    GroupOf,
    Outsider,
    group_meant,
    mark_of,
)

_BEGINNING = FIRST, OUTSIDER
_OF_TERMINALS = STOP_SIGNALS - {SIGSTOP}
ORPHANED = 0
"""Marks a step in which a stop signal had no effect, because the group is orphaned."""
GROUP, SESSION = "group", "session"
WUNTRACED, WCONTINUED = 2, 8
_CLD_STOPPED, _CLD_CONTINUED = 5, 6
CONTINUED_WORD = 0xFFFF
"""The status word of a child that was continued."""


def encode_stop(signal: int) -> int:
    """Return the status word of a child that a signal has stopped.

    >>> hex(encode_stop(19))
    '0x137f'
    """
    return signal << 8 | 0x7F


class _OfProcess(KeptKey):
    """State of a process, until it is reaped: its kind, then the process."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        return value if is_there(kernel, str(self[1])) else None


class _Members(KeptKey):
    """The members of a group, in the order in which they joined."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, _value: object) -> object:
        return members(kernel, str(self[1])) or None


def is_there(kernel: Kernel, name: str) -> bool:
    """Return whether a process is alive or a zombie."""
    return name in kernel.procs or name in kernel.zombies


# -- groups ----------------------------------------------------------------------------------------


def group_and_session(kernel: Kernel, name: str) -> tuple[str, str | Outsider]:
    """Return the group and the session of a process that is alive or a zombie."""
    value = kernel.kept.get(_OfProcess(("group", name)), _BEGINNING)
    if not isinstance(value, tuple):
        raise TypeError(name)
    group, session = value
    return group, session


def group_of(kernel: Kernel, name: str) -> str:
    """Return a process's group."""
    return group_and_session(kernel, name)[0]


def members(kernel: Kernel, group: str) -> tuple[str, ...]:
    """Return the members of a group, including zombies, in the order in which they joined."""
    names = map(str, kernel.kept_tuple(_Members(("members", group))))
    return tuple(
        name for name in names if is_there(kernel, name) and group_of(kernel, name) == group
    )


def put_into(kernel: Kernel, name: str, group: str, session: str | Outsider) -> None:
    """Put a process into a group, as its last member."""
    if (
        is_there(kernel, name)
        and group_of(kernel, name) == group
        and name in members(kernel, group)
    ):
        return
    kernel.kept[_OfProcess(("group", name))] = group, session
    key = _Members(("members", group))
    kernel.kept[key] = (*(other for other in members(kernel, group) if other != name), name)


def has_executed(kernel: Kernel, name: str) -> bool:
    """Return whether a process that is alive or a zombie has called exec."""
    if name in kernel.procs:
        return kernel.procs[name][0].view.has_executed
    return _OfProcess(("executed", name)) in kernel.kept


def _is_connection(kernel: Kernel, name: str, group: str) -> bool:
    """Return whether a member's parent is in the same session, but in another group."""
    _, session = group_and_session(kernel, name)
    parent = parent_of(name)
    if not parent:
        return session == OUTSIDER  # the shell's
    if parent not in kernel.procs:
        return False
    return group_and_session(kernel, parent) != (group, session) and (
        group_and_session(kernel, parent)[1] == session
    )


def is_orphaned(kernel: Kernel, group: str, ignored: str = "") -> bool:
    """Return whether no member has a parent in the same session but outside the group."""
    living = [name for name in members(kernel, group) if name in kernel.procs and name != ignored]
    return not any(_is_connection(kernel, name, group) for name in living)


# -- stops -----------------------------------------------------------------------------------------


def news_of(kernel: Kernel, name: str) -> int:
    """Return the status word of a stop or continuation not reported by a wait yet; 0 for none."""
    news = kernel.kept.get(OfLiving(("news", name)), 0)
    return news if isinstance(news, int) else 0


def take_news(kernel: Kernel, name: str) -> None:
    """Drop a stop or continuation that a wait has reported, or that waits can no longer report."""
    kernel.kept.pop(OfLiving(("news", name)), None)


def _is_stopped(kernel: Kernel, name: str) -> bool:
    operation = kernel.procs[name][0].operation
    is_continued = OfLiving(("continued", name)) in kernel.kept
    return isinstance(operation, Stops | Stopped) and not is_continued


class JobKernel(Kernel):
    """A state of a program that uses process groups and stops."""

    __slots__ = ()

    def bear(self, nodes: Sequence[HistoryNode]) -> None:
        """Add new processes, each to its parent's group."""
        super().bear(nodes)
        for node in nodes:
            parent = parent_of(node.name)
            put_into(self, node.name, *(group_and_session(self, parent) if parent else _BEGINNING))

    def move(self, name: str, edge: HistoryEdge) -> None:
        """Move a process, and record a stop."""
        super().move(name, edge)
        operation = self.procs[name][0].operation
        if isinstance(operation, Stops):
            self.kept[OfLiving(("news", name))] = encode_stop(operation.signal)
        if not isinstance(operation, Stopped):
            self.kept.pop(OfLiving(("continued", name)), None)

    def note_sent(self, name: str, signal: int) -> None:
        """Continue the target of SIGCONT; SIGCONT and stop signals discard each other.

        After SIGKILL is sent, no wait reports a stop.
        """
        if signal == SIGCONT:
            if _is_stopped(self, name):
                self.kept[OfLiving(("continued", name))] = True
                self.kept[OfLiving(("news", name))] = CONTINUED_WORD
            _drop(self, name, STOP_SIGNALS)
        elif signal in STOP_SIGNALS:
            _drop(self, name, frozenset((SIGCONT,)))
        elif signal == SIGKILL:
            take_news(self, name)

    def orphan_groups(self, node: HistoryNode) -> None:
        """Send SIGHUP and SIGCONT to groups that an end orphans, if they have stopped members.

        See “orphaned process group” in setpgid(2) and _exit(2).
        """
        name = node.name
        if node.view.has_executed and name in self.zombies:
            self.kept[_OfProcess(("executed", name))] = True
        own_group, own_session = group_and_session(self, name)
        affected = []
        for child in self.procs:
            if parent_of(child) == name:
                group, session = group_and_session(self, child)
                if group != own_group and session == own_session:
                    affected.append(group)
        if _is_connection(self, name, own_group):
            affected.append(own_group)
        for group in dict.fromkeys(affected):
            living = [member for member in members(self, group) if member in self.procs]
            stopped = any(_is_stopped(self, member) for member in living)
            if stopped and is_orphaned(self, group, name):
                for signal in (SIGHUP, SIGCONT):
                    for member in living:
                        self.send(member, signal, FROM_KERNEL)

    def pending_key(self, name: str) -> tuple[object, ...]:
        """Add a mark if terminal stop signals have no effect, because the group is orphaned."""
        node, pending = self.procs[name]
        key = super().pending_key(name)
        # A signal that a process sends to itself may arrive in the same step.
        operation = node.operation
        sent = {operation.signal} if isinstance(operation, Kill | KillOn) else set[int]()
        if _OF_TERMINALS.isdisjoint(sent.union(pending)):
            return key
        return (*key, ORPHANED) if is_orphaned(self, group_of(self, name)) else key

    def may_go_first(self, name: str, edge: HistoryEdge | None) -> bool:
        """Return whether a left mover is also one if groups are used.

        No signal may reach the members of a group. The step must not change a group, as a birth and
        a wait do, nor whether setpgid fails, as exec does. An unknown step is learned first.
        """
        if self.learned.killed or self.learned.kills_groups:
            return False
        node = self.procs[name][0]
        if edge is None:
            return not node.operation.reaps
        is_same = edge.target is not None and (
            edge.target.view.has_executed == node.view.has_executed
        )
        return is_same and not edge.children and not node.operation.reaps

    def is_held_up(self, name: str) -> bool:
        """Return whether a step must wait until a signal has reached all processes of its group."""
        if mark_of(name) or not self.procs[name][0].operation.needs_process_list:
            return False
        return any(node.operation.keeps_process_list for node, _ in self.procs.values())


def _drop(kernel: Kernel, name: str, signals: frozenset[int]) -> None:
    node, pending = kernel.procs[name]
    kernel.procs[name] = node, tuple(signal for signal in pending if signal not in signals)


# -- setpgid, setsid and the like ------------------------------------------------------------------


def _put(kernel: Kernel, mover: str, name: str, group: str, session: str | Outsider) -> None:
    if group != group_of(kernel, name):
        for other in {name, parent_of(name)} - {mover}:
            if other in kernel.procs and kernel.procs[other][0].operation.waits_for_group:
                kernel.learned.doubts.add(flags.NOT_EXAMINED.of("process groups"))
    put_into(kernel, name, group, session)


def target_of(stop: Stop, pid: int) -> Group:
    """Return the target of a wait or kill with pid 0, or less than -1."""
    stop.need_groups()
    if pid == 0:
        return OWN_GROUP
    leader = stop.process_with(-pid)
    return GroupOf(leader.name if leader is not None else "")


def _target_of(stop: Stop, pid: int) -> Process | None:
    """Return the target process of a call about groups; None if the rules do not apply."""
    target = stop.process if pid in (0, stop.process.pid) else stop.process_with(pid)
    if target is None or pid < 0:
        if pid > 0 and stop.exists(pid):
            stop.not_examined("process groups")
        return None
    if stop.is_gone(target.name):
        # Another process outside may have that pid now.
        stop.skip(-errno.ESRCH)
        return None
    return target


class _GroupCall(Operation):
    """A call about groups."""

    @classmethod
    def _if_visible(cls, stop: Stop, operation: Operation, *, is_own: bool) -> Operation:
        """Return the operation; Alone if it `is_own` and no other process uses groups."""
        if not stop.known.groups_matter:
            if is_own or stop.run.is_alone:
                return Alone(operation)
            stop.need_groups()
        return operation

    def came_back(self, stop: Stop, result: int) -> Result:
        """Return a name, 0, or minus the errno; the explorer leads the program's session."""
        process = stop.process_with(result) if result > 0 else None
        if process is not None:
            return process.name
        return stop.show_outside(os.getpid()) if result > 0 else result


@follows("setpgid")
class SetGroup(_GroupCall):
    """Puts a process into a group: the caller, or a child that has not called exec (setpgid)."""

    target: str
    group: str
    """The leader's name; empty for an id that no process of the program has had."""

    needs_process_list = True

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        target, number = _target_of(stop, stop.number(0)), stop.number(1)
        if target is None:
            return None
        if target is not stop.process and target.life.was_vforked and target.life.has_executed:
            stop.not_examined("process groups")
        if number < 0:
            return None  # EINVAL
        leader = target if number in (0, target.pid) else stop.process_with(number)
        if leader is None and stop.exists(number):
            stop.not_examined("process groups")
            return None
        operation = cls(target.name, leader.name if leader else "")
        return cls._if_visible(stop, operation, is_own=stop.process is target is leader)

    def words(self, naming: Naming = PLAIN) -> str:
        target = naming.process(self.target)
        if self.target == self.group:
            return f"puts {target} into a group of its own"
        return f"puts {target} into {naming.target(GroupOf(self.group))}"

    def result(self, kernel: Kernel, name: str) -> Prediction:
        target = self.target
        _, own_session = group_and_session(kernel, name)
        if not is_there(kernel, target) or (target != name and parent_of(target) != name):
            return -errno.ESRCH
        _, session = group_and_session(kernel, target)
        if target != name:
            if session != own_session:
                return -errno.EPERM
            if has_executed(kernel, target):
                return -errno.EACCES
        if session == target:
            return -errno.EPERM
        if self.group == target:
            return 0
        others = members(kernel, self.group)
        may_join = others and group_and_session(kernel, others[0])[1] == own_session
        return 0 if may_join else -errno.EPERM

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if edge.result == 0 and is_there(kernel, self.target):
            _, session = group_and_session(kernel, self.target)
            _put(kernel, name, self.target, self.group, session)


@follows("setsid")
class NewSession(_GroupCall):
    """Begins a session: setsid.

    This fails if the process leads a group, or if others are left in a group that it has led.
    """

    _phrase = "begins a session"
    needs_process_list = True

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        return cls._if_visible(stop, cls(), is_own=True)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the session, which is the caller's name, or -EPERM."""
        _, session = group_and_session(kernel, name)
        return -errno.EPERM if session == name or members(kernel, name) else name

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if edge.result == name:
            _put(kernel, name, name, name, name)


@follows("getpgid", "getpgrp", "getsid")
class GetGroup(_GroupCall):
    """Asks for the group or session of a process or zombie: getpgid, getpgrp, getsid."""

    target: str
    kind: str
    """GROUP or SESSION."""

    def words(self, naming: Naming = PLAIN) -> str:
        return f"asks for the {self.kind} of {naming.process(self.target)}"

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        target = _target_of(stop, 0 if stop.call == "getpgrp" else stop.number(0))
        if target is None:
            return None
        operation = cls(target.name, SESSION if stop.call == "getsid" else GROUP)
        return cls._if_visible(stop, operation, is_own=target is stop.process)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        if not is_there(kernel, self.target):
            return -errno.ESRCH
        return group_and_session(kernel, self.target)[self.kind == SESSION]


# -- being stopped and continued, as operations of the stopped process -----------------------------


class _OfStop(Operation):
    """The process has taken a stop signal; only SIGKILL can arrive."""

    is_stop = withstands_kill = True
    is_at_call = False

    def can_go(self, kernel: Kernel, name: str) -> bool:
        return SIGKILL not in kernel.procs[name][1] and self.is_ready(kernel, name)

    def lets_signals_first(self, kernel: Kernel, name: str) -> bool:
        return SIGKILL in kernel.procs[name][1]


def origin_of_news(child: str, stopped_by: int) -> Origin:
    """Return the origin of the SIGCHLD for a stop by a signal, or for a continuation (0)."""
    return (_CLD_STOPPED, child, stopped_by) if stopped_by else (_CLD_CONTINUED, child, SIGCONT)


def _tell_parent(kernel: Kernel, name: str, stopped_by: int) -> None:
    parent = parent_of(name)
    if parent in kernel.procs and not kernel.procs[parent][0].view.child_flags & SA_NOCLDSTOP:
        kernel.send(parent, SIGCHLD, origin_of_news(name, stopped_by))


class Stops(Operation):
    """Is stopped, and about to send SIGCHLD; a wait may already report the stop."""

    signal: int

    is_stop = withstands_kill = True
    can_be_interrupted = is_at_call = False  # even SIGKILL acts later

    def words(self, naming: Naming = PLAIN) -> str:
        return f"tells its parent that {Signal(self.signal)} has stopped it"

    def then(self, kernel: Kernel, stop: Stop) -> Operation | None:
        return Stopped(self.signal)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        _tell_parent(kernel, name, self.signal)


class Stopped(_OfStop):
    """Is stopped until SIGCONT arrives; then it sends SIGCHLD to its parent."""

    signal: int

    def words(self, naming: Naming = PLAIN) -> str:
        return f"is stopped by {Signal(self.signal)} until SIGCONT continues it"

    def then(self, kernel: Kernel, stop: Stop) -> Operation | None:
        stop.process.life.note_continuation()
        return Continues()

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        return OfLiving(("continued", name)) in kernel.kept

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        _tell_parent(kernel, name, 0)


class Continues(_OfStop):
    """Takes the signals that arrived while it was stopped, and continues."""

    _phrase = "continues"
    makes_call = False


STOP_STATES = Stops | Stopped | Continues
"""The operations from a stop to the continuation; only SIGKILL can arrive."""


# -- sending signals, and their dispositions -------------------------------------------------------


SI_USER, _SI_TKILL = 0, -6
_JOB_CONTROL = STOP_SIGNALS | {SIGCONT}
_FOR_THREADS = ("tkill", "tgkill")
SIGINFO, _SIGINFO_BYTES = struct.Struct("iii0Piiq"), 128
"""The beginning of siginfo_t: signal, errno, code, the sender's pid and user, value or status."""
_SHOWN_SIGNALS = 4
_FIRST_REAL_TIME = 32
"""The first of the real-time signals, which queue; see signal(7)."""


def _for_thread(target: str, signal: int) -> KeptKey:
    """Return the key that marks a signal as pending for a process's thread, not for the process."""
    return OfSignal(("thread", target, str(signal)))


def _send_from(kernel: Kernel, name: str, target: str, signal: int, edge: HistoryEdge) -> None:
    """Make a signal pending, unless it has arrived in the same step."""
    if _for_thread(target, signal) in kernel.kept:
        kernel.learned.doubts.add(flags.EITHER_SIGNAL)
    is_over = target == name and signal in edge.signals
    if target in kernel.procs and not is_over:
        kernel.send(target, signal, (SI_USER, name, 0))
    elif is_over and name in kernel.procs:
        # Stop signals and SIGCONT drop each other, even if they arrive at once.
        kernel.note_sent(name, signal)


@cache
def signals_of(bits: int) -> frozenset[int]:
    """Return the signals of a kernel's sigset_t: bit 0 is signal 1."""
    return frozenset(number + 1 for number in range(64) if bits >> number & 1)


def siginfo_of(stop: Stop, signal: int) -> bytes:
    """Record that a process sees the origin of a signal; return its siginfo_t.

    The kernel's own siginfo_t may name the explorer, which sends signals for other processes. The
    processor time of a child is left out.
    """
    code, sender, value = origin = stop.origin_of(signal)
    stop.process.take(origin)
    pid, user = (stop.run.processes[sender].pid, os.getuid()) if sender else (0, 0)
    return SIGINFO.pack(signal, 0, code, pid, user, value).ljust(_SIGINFO_BYTES, b"\0")


@follows("pidfd_send_signal")
def refuse(stop: Stop) -> None:
    """Flag a signal to a process outside; the call fails with EPERM."""
    stop.flag(flags.REFUSED.of("a signal"))
    stop.skip(-errno.EPERM)


@follows("kill", *_FOR_THREADS)
class Kill(Operation):
    """Sends a signal: it becomes pending, unless the target is a zombie or reaped.

    The members of a group get it one by one; the most recent member gets it first.
    """

    target: str | Group
    """A process of the program, or a group."""
    signal: int
    is_raised: bool = False
    """Whether the signal is for the thread, as raise(3) sends it, not for the process."""

    @property
    def _code(self) -> int:
        """The si_code of siginfo_t; see sigaction(2)."""
        return _SI_TKILL if self.is_raised else SI_USER

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        call, process = stop.call, stop.process
        pid, signal = stop.number(0), stop.number(2 if call == "tgkill" else 1)
        is_for_group = call == "kill" and (pid == 0 or stop.process_with(-pid) is not None)
        target = stop.process_with(pid)
        if target is None and not is_for_group:
            refuse(stop)
            return None
        if is_for_group or signal in _JOB_CONTROL:
            stop.need_groups()
        if signal >= _FIRST_REAL_TIME:
            stop.not_examined("real-time signals")
        if signal and target is not process:
            stop.need_kill(signal, "" if is_for_group or target is None else target.name)
        if is_for_group or target is None:
            return cls(target_of(stop, pid), signal)
        return cls(target.name, signal, call in _FOR_THREADS)

    def then(self, kernel: Kernel, stop: Stop) -> Operation | None:
        if not isinstance(self.target, Group) or not self.signal:
            return None
        targets = _members_meant(kernel, self.target, stop.process.name)
        return _send_on(stop, self.signal, targets) if targets else None

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if isinstance(self.target, Group):
            return
        if stop.process.prediction == -errno.ESRCH:
            # Another process outside may have that pid now.
            stop.skip(-errno.ESRCH)
        elif self.signal == SIGKILL and self.target != stop.process.name:
            # Skip the call: the kernel would kill at once, but the explorer chooses when. A
            # process that kills itself does not return from the call.
            stop.skip(0)

    def came_back(self, stop: Stop, result: int) -> Result:
        if result >= 0 and self.target == stop.process.name:
            origin = self._code, stop.process.name, 0
            stop.process.signals.send_to_itself(self.signal, origin)
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
        if isinstance(self.target, Group):
            targets = _members_meant(kernel, self.target, name)
            if not targets:
                return -errno.ESRCH
            return targets[1:] if self.signal and len(targets) > 1 else 0
        if self.target in kernel.procs:
            # A signal can be pending for both the thread and the process; the model stores one.
            is_pending = self.signal in kernel.procs[self.target][1]
            is_for_thread = _for_thread(self.target, self.signal) in kernel.kept
            if is_pending and is_for_thread != self.is_raised:
                kernel.learned.doubts.add(flags.EITHER_SIGNAL)
        exists = self.target in kernel.procs or self.target in kernel.zombies
        return 0 if exists else -errno.ESRCH

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Make the signal pending unless it has already arrived; in a group, for one member."""
        target = self.target
        if isinstance(target, Group):
            targets = _members_meant(kernel, target, name)
            if targets and self.signal:
                _send_from(kernel, name, targets[0], self.signal, edge)
            return
        is_over = target == name and self.signal in edge.signals
        if edge.result == 0 and target in kernel.procs and not is_over:
            is_new = self.signal not in kernel.procs[target][1]
            kernel.send(target, self.signal, (self._code, name, 0))
            if self.is_raised and is_new:
                kernel.kept[_for_thread(target, self.signal)] = True
        elif is_over and name in kernel.procs:
            kernel.note_sent(name, self.signal)

    def finds_nothing(self, result: object) -> bool:
        """Return whether a kill with signal 0 found that the target still exists."""
        return self.signal == 0 and result == 0


def _members_meant(kernel: Kernel, target: Group, name: str) -> tuple[str, ...]:
    """Return the members of a target group, in the order in which they get a signal.

    The sender is the last one: its own signal acts only when the call returns.
    """
    meant = members(kernel, group_meant(target, group_of(kernel, name)))[::-1]
    return *(each for each in meant if each != name), *(each for each in meant if each == name)


def _send_on(stop: Stop, signal: int, targets: tuple[str, ...]) -> Operation | None:
    """Return the step that sends to the next of these targets; a call is made for the last one."""
    if len(targets) > 1:
        stop.process.give(targets[1:])
        return KillOn(signal, targets[1:])
    sender = stop.process
    if targets[0] == sender.name:
        # The kernel delivers it before the call returns, as it does for a kill of oneself.
        stop.replace("kill", (sender.pid, signal))
        sender.signals.send_to_itself(signal, (SI_USER, sender.name, 0))
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

    def then(self, kernel: Kernel, stop: Stop) -> Operation | None:
        return _send_on(stop, self.signal, self.targets)

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        return self.targets[1:] or 0

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        _send_from(kernel, name, self.targets[0], self.signal, edge)


_SIG_BLOCK, _SIG_SETMASK = 0, 2
_SA_SIGINFO, _ACTION_BYTES = 4, 32
_UNBLOCKABLE = frozenset((SIGKILL, SIGSTOP))


def _may_be_sent(stop: Stop, signals: Collection[int]) -> bool:
    """Return whether one of these signals is pending, or another process may send one.

    The dispositions of other signals only matter to handlers of the same process. If groups are
    used, the end of a process may also send signals. SIGCHLD comes from children that are not
    reaped yet.
    """
    known, process = stop.known, stop.process
    if not known.signals_matter or known.groups_matter or stop.handlers_that_may_run():
        return known.signals_matter and bool(signals)
    expected = {*(known.sent - {SIGCHLD}), *process.signals.pending}
    if stop.has_children or known.kills_by_sigchld:
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
    def from_call(cls, stop: Stop) -> Operation | None:
        signal, process, known = stop.number(0), stop.process, stop.known
        data = stop.read(stop.args[1], 2 * WORD)
        if len(data) < 2 * WORD or signal in _UNBLOCKABLE:
            return None
        handler, bits = struct.unpack("PP", data)
        disposition = {0: DEFAULT, 1: IGNORE}.get(handler, HANDLER)
        if signal == SIGCHLD and disposition == HANDLER:
            stop.need_signals(SIGCHLD)
        if disposition == HANDLER and bits & _SA_SIGINFO and known.signals_matter:
            stop.known.need("origins_matter")
        # If SIGCHLD is ignored when a child ends, the child does not become a zombie.
        is_changed = (disposition == IGNORE) != (signal in process.signals.ignored)
        is_changed |= bits & SA_NOCLDWAIT != process.signals.child_flags & SA_NOCLDWAIT
        changes_ends = signal == SIGCHLD and is_changed
        action = cls(signal, disposition)
        if not stop.run.is_alone and (changes_ends or _may_be_sent(stop, {signal})):
            return action
        action.came_back(stop, 0)
        return None

    def came_back(self, stop: Stop, result: int) -> Result:
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

    def note(self, learned: Learned, name: str) -> None:
        if self.signal == SIGCHLD:
            learned.are_ends_plain = False

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
    def from_call(cls, stop: Stop) -> Operation | None:
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
    def from_call(cls, stop: Stop) -> Operation | None:
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
    def from_call(cls, stop: Stop) -> Operation | None:
        stop.need_signals()
        return cls(signals_of(int.from_bytes(stop.read(stop.args[0], 8), "little")))

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        return False

    def wakes(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal is pending that the call's mask does not block."""
        return any(signal not in self.mask for signal in kernel.procs[name][1])


@follows("rt_sigtimedwait")
class TakeSignal(Operation):
    """Takes the lowest pending signal of a set: sigwait, sigwaitinfo, sigtimedwait."""

    signals: frozenset[int]
    limit: int | None = None
    """The timeout in nanoseconds; unless runs are timed, it may expire at any moment."""

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        stop.need_signals()
        address, info, limit = stop.args[:3]
        wanted = _signal_set(stop.read(address, 8))
        if wanted - signals_of(stop.signal_mask):
            stop.not_examined("sigwait of signals that it does not block")
        if info:
            stop.known.need("origins_matter")
        return cls(wanted, stop.time_left(limit) if limit else None)

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if stop.process.prediction == -errno.EAGAIN:
            # The call times out, but the time need not really pass.
            stop.run.wait_until(stop.process.due)
            stop.skip(-errno.EAGAIN)

    def came_back(self, stop: Stop, result: int) -> Result:
        if result > 0:
            stop.process.signals.remove(result)
            if stop.args[1]:
                stop.write(stop.args[1], siginfo_of(stop, result))
        return result

    def words(self, naming: Naming = PLAIN) -> str:
        names = [Signal(number).name for number in sorted(self.signals)]
        wanted = listed(names, "or") if len(names) <= _SHOWN_SIGNALS else "a signal"
        return f"{'looks' if self.limit is not None else 'waits'} for {wanted} (sigwait)"

    def _pending(self, kernel: Kernel, name: str) -> list[int]:
        return [signal for signal in kernel.procs[name][1] if signal in self.signals]

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether a signal of the set is pending, or the call may time out."""
        # With a timeout of 0 no signal can interrupt it.
        is_over = self.limit == 0 or self.may_be_over(kernel, name)
        return is_over or bool(self._pending(kernel, name))

    def waits_for_time(self, kernel: Kernel, name: str) -> bool:
        return not self._pending(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        return min(self._pending(kernel, name), default=-errno.EAGAIN)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        kernel.procs[name] = kernel.procs[name][0], kernel.without(name, (edge.result,))

    def finds_nothing(self, result: object) -> bool:
        return result == -errno.EAGAIN


@follows("rt_sigpending")
class AskPending(Operation):
    """Asks which blocked signals are pending: sigpending."""

    _phrase = "asks which signals are pending"

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        stop.need_signals()
        return cls()

    def came_back(self, stop: Stop, result: int) -> Result:
        """Store the signals that are pending according to the rules, and return them."""
        blocked = signals_of(stop.signal_mask)
        pending = tuple(sorted(blocked.intersection(stop.process.signals.pending)))
        bits = sum(1 << (signal - 1) for signal in pending)
        # If the address is invalid, the kernel has refused the call.
        with suppress(OSError):
            stop.write(stop.args[0], struct.pack("Q", bits))
        return pending

    def result(self, kernel: Kernel, name: str) -> Prediction:
        node, pending = kernel.procs[name]
        return tuple(sorted(node.view.blocked.intersection(pending)))


class Deliver(Operation):
    """A pending signal arrives before the process's operation: choice `P1!`."""

    _phrase = "takes its pending signal first"


# -- alarms ----------------------------------------------------------------------------------------

RANG = HistoryEdge(0, RINGS, ())
"""The step in which an alarm goes off: the alarm's process stays at its node."""
TIMER = "timer"


def ringing(kernel: Kernel) -> list[str]:
    """Return the choices in which an alarm goes off."""
    owners = [str(key[1]) for key in kernel.kept if key[0] == TIMER]
    return [name + RINGS for name in owners if not kernel.procs[name][0].operation.is_end]


def ring(kernel: Kernel, name: str) -> None:
    """Let a process's alarm go off, once."""
    kernel.kept.pop(OfLiving((TIMER, name)), None)
    kernel.send(name, SIGALRM, FROM_KERNEL)


RINGS_ANYWHERE = "sets an alarm, which may ring at any later moment: time is not synchronisation"
_MILLION = 1_000_000


@follows("alarm")
class SetTimer(Operation):
    """Sets the process's alarm, which sends SIGALRM once, or cancels it."""

    microseconds: int
    """The time until the alarm goes off; 0 to cancel it."""

    @classmethod
    def from_call(cls, stop: Stop) -> Operation | None:
        microseconds = _MILLION * (stop.args[0] & 0xFFFFFFFF)
        if microseconds:
            # In later runs every operation is visible, because an alarm may go off at any of them.
            stop.need_signals(SIGALRM)
            stop.known.need("timers_matter")
            stop.run.note_time(passes=True)
            stop.known.notes[RINGS_ANYWHERE] += 1
        return cls(microseconds)

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        """Set the explorer's timer instead of the kernel's.

        An earlier alarm may have any time left: in one run, nearly all of its time is left; in the
        next, nearly nothing.
        """
        length = self.came_back(stop, 0)
        stop.run.alarms[stop.process.name] = stop.run.now + self.microseconds * 1000
        if length > 1 and not stop.known.turn():
            length -= 1
        elif length:
            length = 1
        # The kernel rounds to seconds, but never to 0.
        stop.skip(max(round(length / _MILLION), 1) if length else 0)

    def came_back(self, stop: Stop, result: int) -> int:
        """Return the microseconds to which the alarm was set before, by the rules."""
        return stop.process.prediction if isinstance(stop.process.prediction, int) else 0

    def words(self, naming: Naming = PLAIN) -> str:
        return "sets its alarm" if self.microseconds else "cancels its alarm"

    def note(self, learned: Learned, name: str) -> None:
        if self.microseconds:
            learned.reachable.add(name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the microseconds to which the alarm was set before; 0 for none."""
        return kernel.kept.get(OfLiving((TIMER, name)), 0)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        key = OfLiving((TIMER, name))
        kernel.kept.pop(key, None)
        if self.microseconds:
            kernel.kept[key] = self.microseconds


class Rings(Operation):
    """The alarm sends SIGALRM: choice `P1~`."""

    _phrase = "has its alarm ring"
