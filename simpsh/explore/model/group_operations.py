"""Process groups, sessions and stops: what the kernel keeps, does by itself, and does when called.

The program is what an interactive shell makes of it: it leads a group of its own, in the shell's
session. A dead process is in its group until it has been collected. Members of a group are kept in
the order in which they came, for a signal reaches the one that came last first. A group and a
session are called by the name of the process whose number is theirs; the session that the program
itself began in is OUTSIDE.

What the kernel checks, and in which order, is told in setpgid(2), setsid(2) and getsid(2); see
“Stopping” in signal(7).
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from simpsh.base.process_names import FIRST, parent_of
from simpsh.base.signal_names import (
    SIGCHLD,
    SIGCONT,
    SIGHUP,
    SIGKILL,
    SIGSTOP,
    STOP_SIGNALS,
    Signal,
)
from simpsh.explore.model.kernel_state import (
    SA_NOCLDSTOP,
    HistoryEdge,
    HistoryNode,
    Jobs,
    KeptKey,
    Kernel,
    OfLiving,
    Operation,
    Prediction,
)
from simpsh.explore.model.symbolic_names import OUTSIDE

LEAVES_GROUP = "changes groups while a process may be asleep in a wait for one"
"""A process asleep in such a wait is not woken; one that begins it later finds another group."""
_BEGINNING = FIRST, OUTSIDE
_OF_TERMINALS = STOP_SIGNALS - {SIGSTOP}
_ORPHANED = 0
GROUP, SESSION = "group", "session"
WUNTRACED, WCONTINUED = 2, 8
CONTINUED_WORD = 0xFFFF
"""The status word of a child that was continued."""


def stopped_word(signal: int) -> int:
    """Return the status word of a child that a signal has stopped.

    >>> hex(stopped_word(19))
    '0x137f'
    """
    return signal << 8 | 0x7F


class _OfProcess(KeptKey):
    """Something about a process, as long as it has not been collected."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        return value if is_there(kernel, self[1]) else None


class _Members(KeptKey):
    """The members of a group, eldest member first."""

    __slots__ = ()

    def rest(self, kernel: Kernel, _value: object) -> object:
        """See KeptKey.rest."""
        return members(kernel, self[1]) or None


def is_there(kernel: Kernel, name: str) -> bool:
    """Return whether a process lives, or is a zombie."""
    return name in kernel.procs or name in kernel.zombies


# -- groups ----------------------------------------------------------------------------------------


def group_and_session(kernel: Kernel, name: str) -> tuple[str, str]:
    """Return the group and the session of a process that lives, or is a zombie."""
    known = kernel.kept.get(_OfProcess(("group", name)), _BEGINNING)
    if not isinstance(known, tuple):
        raise TypeError(name)
    group, session = known
    return group, session


def group_of(kernel: Kernel, name: str) -> str:
    """Return a process's group."""
    return group_and_session(kernel, name)[0]


def members(kernel: Kernel, group: str) -> tuple[str, ...]:
    """Return the members of a group, with zombies, in the order in which they came."""
    names = map(str, kernel.kept_tuple(_Members(("members", group))))
    return tuple(
        name for name in names if is_there(kernel, name) and group_of(kernel, name) == group
    )


def put_into(kernel: Kernel, name: str, group: str, session: str) -> None:
    """Let a process be in a group, as the member that came last."""
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
    """Return whether a process that lives, or is a zombie, has called exec."""
    if name in kernel.procs:
        return kernel.procs[name][0].view.has_executed
    return _OfProcess(("executed", name)) in kernel.kept


def _is_connection(kernel: Kernel, name: str, group: str) -> bool:
    """Return whether a member's parent is in the same session, but in another group."""
    _, session = group_and_session(kernel, name)
    parent = parent_of(name)
    if not parent:
        return session == OUTSIDE  # the shell
    if parent not in kernel.procs:
        return False
    return group_and_session(kernel, parent) != (group, session) and (
        group_and_session(kernel, parent)[1] == session
    )


def is_orphaned(kernel: Kernel, group: str, ignored: str = "") -> bool:
    """Return whether no member has a parent in the session that is not a member."""
    living = [name for name in members(kernel, group) if name in kernel.procs and name != ignored]
    return not any(_is_connection(kernel, name, group) for name in living)


# -- stops -----------------------------------------------------------------------------------------


def news_of(kernel: Kernel, name: str) -> int:
    """Return the status word of a stop or continuation that no wait has taken yet; 0 for none."""
    news = kernel.kept.get(OfLiving(("news", name)), 0)
    return news if isinstance(news, int) else 0


def take_news(kernel: Kernel, name: str) -> None:
    """Note that a wait has taken it, or none can any more."""
    kernel.kept.pop(OfLiving(("news", name)), None)


def _is_stopped(kernel: Kernel, name: str) -> bool:
    stands = kernel.procs[name][0].operation
    is_continued = OfLiving(("continued", name)) in kernel.kept
    return isinstance(stands, Stops | Stopped) and not is_continued


class JobControl(Jobs):
    """See Jobs."""

    def bear(self, kernel: Kernel, name: str) -> None:
        """Let a process be in its parent's group."""
        parent = parent_of(name)
        where = group_and_session(kernel, parent) if parent else _BEGINNING
        put_into(kernel, name, *where)

    def arrive(self, kernel: Kernel, name: str) -> None:
        """Note a stop."""
        operation = kernel.procs[name][0].operation
        if isinstance(operation, Stops):
            kernel.kept[OfLiving(("news", name))] = stopped_word(operation.signal)
        if not isinstance(operation, Stopped):
            kernel.kept.pop(OfLiving(("continued", name)), None)

    def send(self, kernel: Kernel, name: str, signal: int) -> None:
        """Let SIGCONT continue its target; each of it and the stop signals drops the other.

        Once SIGKILL is sent, a stop is over: no wait tells of it any more.
        """
        if signal == SIGCONT:
            if _is_stopped(kernel, name):
                kernel.kept[OfLiving(("continued", name))] = True
                kernel.kept[OfLiving(("news", name))] = CONTINUED_WORD
            _drop(kernel, name, STOP_SIGNALS)
        elif signal in STOP_SIGNALS:
            _drop(kernel, name, frozenset((SIGCONT,)))
        elif signal == SIGKILL:
            take_news(kernel, name)

    def end(self, kernel: Kernel, node: HistoryNode, family: tuple[str, ...]) -> None:
        """Wake up the groups that are orphaned by an end, if they have stopped members.

        See “orphaned process group” in setpgid(2) and _exit(2).
        """
        name = node.name
        if node.view.has_executed and name in kernel.zombies:
            kernel.kept[_OfProcess(("executed", name))] = True
        own, session = group_and_session(kernel, name)
        places = [group_and_session(kernel, child) for child in family]
        affected = [group for group, where in places if group != own and where == session]
        if _is_connection(kernel, name, own):
            affected.append(own)
        for group in dict.fromkeys(affected):
            living = [member for member in members(kernel, group) if member in kernel.procs]
            stopped = any(_is_stopped(kernel, member) for member in living)
            if stopped and is_orphaned(kernel, group, name):
                for signal in (SIGHUP, SIGCONT):
                    for member in living:
                        kernel.send(member, signal)

    def pending_key(self, kernel: Kernel, name: str) -> tuple[int, ...]:
        """Mark where the stop signals of terminals do nothing: in an orphaned group."""
        pending = kernel.procs[name][1]
        if _OF_TERMINALS.isdisjoint(pending) or not is_orphaned(kernel, group_of(kernel, name)):
            return pending
        return (*pending, _ORPHANED)

    def is_held_up(self, kernel: Kernel, name: str) -> bool:
        """Forks, ends and changes of groups wait until a signal has reached the whole group."""
        if name[-1] in "!~":
            return False
        if not kernel.procs[name][0].operation.needs_process_list:
            return False
        return any(node.operation.keeps_process_list for node, _ in kernel.procs.values())


def _drop(kernel: Kernel, name: str, signals: frozenset[int]) -> None:
    node, pending = kernel.procs[name]
    kernel.procs[name] = node, tuple(signal for signal in pending if signal not in signals)


# -- setpgid, setsid and the like ------------------------------------------------------------------


def _put(kernel: Kernel, mover: str, name: str, group: str, session: str) -> None:
    if group != group_of(kernel, name):
        for other in {name, parent_of(name)} - {mover}:
            if other in kernel.procs and kernel.procs[other][0].operation.waits_for_group:
                kernel.learned.doubts.add(LEAVES_GROUP)
    put_into(kernel, name, group, session)


class SetGroup(Operation):
    """Puts a process into a group: setpgid, of oneself or of a child that has not called exec."""

    target: str
    group: str
    """Its leader's name; empty for a number that no process of the program has had."""

    needs_process_list = True

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        if self.target == self.group:
            return f"puts {self.target} into a group of its own"
        return f"puts {self.target} into the group of {self.group or 'no process'}"

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, -ESRCH, -EPERM or -EACCES."""
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
        there = members(kernel, self.group)
        may_enter = there and group_and_session(kernel, there[0])[1] == own_session
        return 0 if may_enter else -errno.EPERM

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the process be in the group."""
        if edge.result == 0 and is_there(kernel, self.target):
            _, session = group_and_session(kernel, self.target)
            _put(kernel, name, self.target, self.group, session)
        return b""


class NewSession(Operation):
    """Begins a session: setsid.

    A process that leads a group cannot; nor can one while others are left in the group it has led.
    """

    _said = "begins a session"
    needs_process_list = True

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the session, which is the caller's name, or -EPERM."""
        _, session = group_and_session(kernel, name)
        return -errno.EPERM if session == name or members(kernel, name) else name

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the process lead a session and a group."""
        if edge.result == name:
            _put(kernel, name, name, name, name)
        return b""


class GetGroup(Operation):
    """Asks for a process's group or session, also of a zombie's: getpgid, getpgrp, getsid."""

    target: str
    what: str
    """GROUP or SESSION."""

    _said = "asks for the {0.what} of {0.target}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return a name, or -ESRCH."""
        if not is_there(kernel, self.target):
            return -errno.ESRCH
        return group_and_session(kernel, self.target)[self.what == SESSION]


GROUP_CALLS = SetGroup | GetGroup | NewSession


# -- being stopped and continued, as operations of the process that is -----------------------------


class _OfStop(Operation):
    """The process has taken the signal; SIGKILL alone gets in."""

    is_stop = True

    def can_go(self, kernel: Kernel, name: str) -> bool:
        """See Operation.can_go."""
        return SIGKILL not in kernel.procs[name][1] and self.is_ready(kernel, name)

    def lets_signals_first(self, kernel: Kernel, name: str) -> bool:
        """See Operation.lets_signals_first."""
        return SIGKILL in kernel.procs[name][1]


def _tell_parent(kernel: Kernel, name: str) -> None:
    parent = parent_of(name)
    if parent in kernel.procs and not kernel.procs[parent][0].view.child_flags & SA_NOCLDSTOP:
        kernel.send(parent, SIGCHLD)


class Stops(Operation):
    """Is stopped, and is about to tell its parent; a wait may know already."""

    signal: int

    is_stop = True
    can_be_interrupted = False  # even SIGKILL comes later

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"tells its parent that {Signal(self.signal)} has stopped it"

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Send SIGCHLD."""
        _tell_parent(kernel, name)
        return b""


class Stopped(_OfStop):
    """Is stopped until SIGCONT comes; then it tells its parent."""

    signal: int

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"is stopped by {Signal(self.signal)} until SIGCONT continues it"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether SIGCONT was sent."""
        return OfLiving(("continued", name)) in kernel.kept

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Send SIGCHLD."""
        _tell_parent(kernel, name)
        return b""


class Continues(_OfStop):
    """Takes what signals came while it was stopped, and goes on."""

    _said = "goes on"


STOP_STATES = Stops | Stopped | Continues
"""What a process stands at from its stop to its going on; of signals, only SIGKILL gets in."""
