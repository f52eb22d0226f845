"""What the kernel keeps about process groups, sessions and stops, and does by itself.

The program is what an interactive shell makes of it: it leads a group of its own, in the shell's
session. A dead process is in its group until it has been collected. Members of a group are kept in
the order in which they came, for a signal reaches the one that came last first.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGCONT, SIGHUP, SIGKILL, SIGSTOP, STOP_SIGNALS
from simpsh.explore.model.kernel_state import FIRST, HistoryNode, Jobs, KeptKey, Kernel, parent_of
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.group_operations import KillOn, NewSession, SetGroup
from simpsh.explore.operations.stop_operations import (
    CONTINUED_WORD,
    Stopped,
    Stops,
    stopped_word,
)
from simpsh.explore.operations.visible_operations import OUTSIDE

_BEGINNING = FIRST, OUTSIDE
_OF_TERMINALS = STOP_SIGNALS - {SIGSTOP}
_ORPHANED = 0


class _OfProcess(KeptKey):
    """Something about a process, as long as it has not been collected."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        return value if is_there(kernel, self[1]) else None


class _OfLiving(KeptKey):
    """Something about a process, as long as it lives."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """See KeptKey.rest."""
        return value if self[1] in kernel.procs else None


class _Members(KeptKey):
    """Who is in a group, eldest member first."""

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
    found = kernel.kept.get(_OfProcess(("group", name)), _BEGINNING)
    if not isinstance(found, tuple):
        raise TypeError(name)
    group, session = found
    return group, session


def group_of(kernel: Kernel, name: str) -> str:
    """Return a process's group."""
    return group_and_session(kernel, name)[0]


def members(kernel: Kernel, group: str) -> tuple[str, ...]:
    """Return who is in a group, zombies, too; who came first is the first."""
    known = kernel.kept.get(_Members(("members", group)), ())
    found = known if isinstance(known, tuple) else ()
    return tuple(one for one in found if is_there(kernel, one) and group_of(kernel, one) == group)


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
    kernel.kept[key] = (*(one for one in members(kernel, group) if one != name), name)


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
    living = [one for one in members(kernel, group) if one in kernel.procs and one != ignored]
    return not any(_is_connection(kernel, one, group) for one in living)


# -- stops -----------------------------------------------------------------------------------------


def news_of(kernel: Kernel, name: str) -> int:
    """Return the status word of a stop or continuation that no wait has taken yet; 0 for none."""
    news = kernel.kept.get(_OfLiving(("news", name)), 0)
    return news if isinstance(news, int) else 0


def take_news(kernel: Kernel, name: str) -> None:
    """Note that a wait has taken it, or none can any more."""
    kernel.kept.pop(_OfLiving(("news", name)), None)


def is_continued(kernel: Kernel, name: str) -> bool:
    """Return whether a process that stands at its stop may go on."""
    return _OfLiving(("continued", name)) in kernel.kept


def _is_stopped(kernel: Kernel, name: str) -> bool:
    stands = kernel.procs[name][0].view.operation
    return isinstance(stands, Stops | Stopped) and not is_continued(kernel, name)


class JobControl(Jobs):
    """See Jobs."""

    def bear(self, kernel: Kernel, name: str) -> None:
        """Let a process be in its parent's group."""
        parent = parent_of(name)
        where = group_and_session(kernel, parent) if parent else _BEGINNING
        put_into(kernel, name, *where)

    def arrive(self, kernel: Kernel, name: str) -> None:
        """Note a stop."""
        match kernel.procs[name][0].view.operation:
            case Stops(signal):
                kernel.kept[_OfLiving(("news", name))] = stopped_word(signal)
                kernel.kept.pop(_OfLiving(("continued", name)), None)
            case Stopped():
                pass
            case _:
                kernel.kept.pop(_OfLiving(("continued", name)), None)

    def send(self, kernel: Kernel, name: str, signal: int) -> None:
        """Let SIGCONT continue its target; each of it and the stop signals drops the other.

        Once SIGKILL is sent, a stop is over: no wait tells of it any more.
        """
        if signal == SIGCONT:
            if _is_stopped(kernel, name):
                kernel.kept[_OfLiving(("continued", name))] = True
                kernel.kept[_OfLiving(("news", name))] = CONTINUED_WORD
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
        known = kernel.kept.get(_OfProcess(("group", name)), _BEGINNING)
        own, session = known if isinstance(known, tuple) else _BEGINNING
        affected = [
            group_of(kernel, child)
            for child in family
            if group_of(kernel, child) != own and group_and_session(kernel, child)[1] == session
        ]
        parent = parent_of(name)
        if not parent:
            is_connection = session == OUTSIDE
        else:
            there = group_and_session(kernel, parent) if parent in kernel.procs else (own, "")
            is_connection = there[0] != own and there[1] == session
        if is_connection:
            affected.append(own)
        for group in dict.fromkeys(affected):
            if is_orphaned(kernel, group, name):
                _wake_up(kernel, group)

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
        if not isinstance(kernel.procs[name][0].view.operation, HELD_UP):
            return False
        return any(isinstance(node.view.operation, KillOn) for node, _ in kernel.procs.values())


HELD_UP = ops.Forking | ops.Exit | SetGroup | NewSession
"""What needs the kernel's list of processes alone."""


def _drop(kernel: Kernel, name: str, signals: frozenset[int]) -> None:
    node, pending = kernel.procs[name]
    kernel.procs[name] = node, tuple(one for one in pending if one not in signals)


def _wake_up(kernel: Kernel, group: str) -> None:
    living = [one for one in members(kernel, group) if one in kernel.procs]
    if any(_is_stopped(kernel, one) for one in living):
        for signal in (SIGHUP, SIGCONT):
            for one in living:
                kernel.send(one, signal)
