"""Which event caused which: fork, exit and wait, signals, pipe data, end of file, adoption."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from errno import ECHILD, EPIPE

from simpsh.base import events
from simpsh.base.events import Event, What
from simpsh.base.signal_names import SIGCHLD, SIGCONT
from simpsh.base.wait_status import is_end, killing_signal
from simpsh.chronicle.chronicle_model import CausalEdge, ProcessLife
from simpsh.chronicle.descriptor_history import DescriptorHistory


class EdgeFinder:
    """Follows a run and notes the edges between its processes."""

    def __init__(self, holdings: DescriptorHistory) -> None:
        self.edges: list[CausalEdge] = []
        self.chains: list[int] = []
        """For each event the number of its chain: events of one chain are ordered."""
        self._holdings = holdings
        self._numbers: dict[tuple[str, int], int] = {}
        self._of_process: dict[str, list[int]] = {}
        self._last: dict[int, int] = {}
        self._births: dict[int, int] = {}
        self._borrowers: dict[int, int] = {}
        """By chain, the child of a vfork that it waits for."""
        self._exits: dict[int, int] = {}
        self._halts: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._gone: dict[int, list[int]] = {}
        """By parent, the ends of the children that needed no wait."""
        self._sends: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._latest_send: dict[tuple[int, int], int] = {}
        self._in_pipe: dict[str, deque[list[int]]] = {}
        self._room = PipeCapacity()

    def take(self, index: int, event: Event, process: ProcessLife | None) -> None:
        """Note what caused this event, before it changes anything."""
        chain = self._chain(index, event, process)
        self.chains.append(chain)
        if self._borrowers.get(chain) in self._exits:
            self._link("vfork", self._exits[self._borrowers.pop(chain)], index)
        self._link("room", self._room.behind(chain), index)
        self._find(index, event)
        self._last[chain] = index

    def after(self, index: int, event: Event, process: ProcessLife) -> None:
        """Note what this event may cause."""
        what = event.what
        if isinstance(what, events.Fork):
            self._births[what.child_pid] = index
            if not what.thread:
                self._parents[what.child_pid] = event.pid
            if what.syscall == "vfork":
                self._borrowers[self.chains[index]] = what.child_pid
        elif isinstance(what, events.Exit):
            self._exits[process.pid] = index
        elif isinstance(what, events.Stop | events.Continue):
            self._halts[process.pid] = index
        elif isinstance(what, events.SignalSend) and not what.errno:
            key = (event.pid, what.signal)
            self._sends.setdefault(key, []).append((index, what.target))
            self._latest_send[what.target, what.signal] = index
        elif isinstance(what, events.Write) and what.pipe and what.count > 0:
            self._in_pipe.setdefault(what.pipe, deque()).append([index, what.count])

    def _chain(self, index: int, event: Event, process: ProcessLife | None) -> int:
        owner = process.name if process is not None else f"pid {event.pid}"
        if isinstance(event.what, events.Reparent) or _is_unheard(event.what):
            # It happens to the process, wherever its own program is at the moment.
            return self._number((f"{owner} beside", index))
        key = (owner, event.tid)
        is_new = key not in self._numbers
        chain = self._number(key)
        if is_new:
            self._of_process.setdefault(owner, []).append(chain)
            birth = self._births.pop(event.tid or event.pid, None)
            if birth is not None:
                self._link("fork", birth, index)
        return chain

    def _number(self, key: tuple[str, int]) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _link(self, kind: str, source: int | None, target: int) -> None:
        if source is not None and source < target:
            self.edges.append(CausalEdge(kind, source, target))

    def _find(self, index: int, event: Event) -> None:
        """Link an event to what caused it."""
        match event.what:
            case events.WaitReturn():
                self._wait_return(index, event.pid, event.what)
            case events.Reap():
                self._reap(index, event.what)
            case events.Reparent(old_ppid):
                self._link("adoption", self._exits.get(old_ppid), index)
            case events.SignalDeliver() | events.Continue() | events.Call():
                self._find_among_signals(index, event.pid, event.what)
            case events.Exec():
                self._give_back(event.pid)
            case events.Exit(status):
                self._exit(index, event, killing_signal(status))
            case _:
                self._find_among_pipes(index, event.what)

    def _find_among_signals(self, index: int, pid: int, what: What) -> None:
        match what:
            case events.SignalDeliver():
                self._deliver(index, pid, what)
            case events.Call(name="rt_sigtimedwait", result=int(number), begins=False):
                self._link("signal", self._taken(pid, number), index)
            case events.Continue():
                # The kernel resumes a process when SIGCONT is sent, before it is delivered.
                self._link("signal", self._latest_send.get((pid, SIGCONT)), index)
            case _:
                pass

    def _wait_return(self, index: int, pid: int, what: events.WaitReturn) -> None:
        if what.errno == ECHILD:
            # As long as one of them had lived, it would have slept.
            for end in self._gone.get(pid, ()):
                self._link("status", end, index)
        if what.child_pid > 0:
            # A program may ask for no status; a child that has ended has no other news.
            has_ended = (
                what.child_pid in self._exits if what.status is None else is_end(what.status)
            )
            kind, table = ("status", self._exits) if has_ended else ("news", self._halts)
            self._link(kind, table.get(what.child_pid), index)

    def _reap(self, index: int, what: events.Reap) -> None:
        self._link("reap", self._exits.get(what.child_pid), index)
        self._births.pop(what.child_pid, None)
        parent = self._parents.pop(what.child_pid, None)
        if what.by == "kernel" and parent is not None:
            self._gone.setdefault(parent, []).append(index)

    def _deliver(self, index: int, pid: int, what: events.SignalDeliver) -> None:
        if what.signal == SIGCHLD and what.sender:
            latest = max(self._exits.get(what.sender, -1), self._halts.get(what.sender, -1))
            self._link("news", latest if latest >= 0 else None, index)
            return
        for source in self._sent_to(pid, what.signal, what.sender):
            self._link("signal", source, index)

    def _sent_to(self, pid: int, signal: int, sender: int) -> list[int]:
        """Take the sendings that this delivery ends: several of one signal may become one."""
        sends = self._sends.get((sender, signal), [])
        mine = [index for index, target in sends if target == pid]
        if mine:
            self._sends[sender, signal] = [send for send in sends if send[1] != pid]
            return mine
        # To a group: it stays, for the other members.
        return [index for index, target in sends if target <= 0][-1:]

    def _taken(self, pid: int, signal: int) -> int | None:
        """Take the sendings that sigwait ends; return the first, which made the signal pending.

        The others may have come later, so they are no cause of it for certain.
        """
        found: list[int] = []
        for (sender, number), sends in self._sends.items():
            if number == signal:
                found += [index for index, target in sends if target == pid]
                self._sends[sender, number] = [send for send in sends if send[1] != pid]
        return min(found, default=None)

    def _give_back(self, pid: int) -> None:
        """Note that a process needs no borrowed memory any more: its end frees no parent."""
        for chain in [one for one, child in self._borrowers.items() if child == pid]:
            del self._borrowers[chain]

    def _exit(self, index: int, event: Event, signal: int) -> None:
        if signal:
            self._link("signal", self._latest_send.get((event.pid, signal)), index)
        # All threads end with the process, whatever they last did.
        for chain in self._of_process.get(event.proc, ()):
            if chain != self.chains[index]:
                self._link("thread", self._last.get(chain), index)

    def _find_among_pipes(self, index: int, what: What) -> None:
        match what:
            case events.Read(_, 0, pipe) if pipe:
                # It takes all of them: a write end that is kept keeps the reader waiting.
                self._link_to_givings_up("end of file", f"{pipe} w", index)
            case events.Read(_, count, pipe) if pipe:
                self._read(index, pipe, count)
            case events.Write(errno=number, pipe=pipe) if number == EPIPE:
                # SIGPIPE comes right behind it.
                self._link_to_givings_up("broken pipe", f"{pipe} r", index)
            case events.Write(_, count, inode) if count > 0 and (pipe := self._made_here(inode)):
                self._link("room", self._room.written(pipe, count, self.chains[index]), index)
            case events.Rest():
                for last in list(self._last.values()):
                    self._link("rest", last, index)
            case _:
                pass

    def _read(self, index: int, inode: str, count: int) -> None:
        """Link a read to the writes that its bytes came from."""
        if count > 0 and (pipe := self._made_here(inode)):
            self._room.read(pipe, count, index)
        queue = self._in_pipe.get(inode)
        while queue and count > 0:
            source, available = queue[0]
            self._link("data", source, index)
            taken = min(available, count)
            count -= taken
            queue[0][1] -= taken
            if queue[0][1] == 0:
                queue.popleft()

    def _made_here(self, inode: str) -> str:
        """Return one name for one pipe, though its inode may be another's later; or nothing."""
        pipe = self._holdings.pipes.get(inode)
        return f"{inode} made at {pipe.made}" if pipe is not None and pipe.maker else ""

    def _link_to_givings_up(self, kind: str, end: str, index: int) -> None:
        for source in self._holdings.given_up.get(end, {}).values():
            if self.chains[source] != self.chains[index]:
                self._link(kind, source, index)


def _is_unheard(what: What) -> bool:
    """Return whether this is a signal of which the program does not learn."""
    return isinstance(what, events.SignalDeliver) and what.effect != ""


PIPE_BYTES = 16 * os.sysconf("SC_PAGE_SIZE")
"""How much a pipe holds unless it was made larger: 64 KiB with pages of 4 KiB."""


@dataclass(slots=True)
class _PipeAmounts:
    """What went through one pipe so far."""

    written: int = 0
    read: list[int] = field(default_factory=list)
    """The sum after each read."""
    readers: list[int] = field(default_factory=list)
    """The events of these reads."""
    owed: dict[int, int] = field(default_factory=dict)
    """By chain of a writer, how much must have been read before it continues."""


class PipeCapacity:
    """Finds the read that made the room which a write to a full pipe slept for, by amounts.

    A process that has written more than a pipe holds can have returned from write(2) only after
    so much was read that the rest fitted. The report of that read may come before the write's own
    or right after it; then it is the writer's next event that could not have come before. A writer
    that continues before any read has found a larger pipe.

    Only pipes whose making was seen are followed: all their users are watched.
    """

    def __init__(self) -> None:
        self._pipes: dict[str, _PipeAmounts] = {}
        self._behind: dict[int, int] = {}

    def written(self, pipe: str, count: int, chain: int) -> int | None:
        """Take a write; return the read that it comes after, if one that was told already."""
        amounts = self._pipes.setdefault(pipe, _PipeAmounts())
        amounts.written += count
        needed = amounts.written - PIPE_BYTES
        if needed <= 0:
            return None
        place = bisect_left(amounts.read, needed)
        if place < len(amounts.readers):
            return amounts.readers[place]
        amounts.owed[chain] = needed
        return None

    def read(self, pipe: str, count: int, index: int) -> None:
        """Take a read."""
        amounts = self._pipes.setdefault(pipe, _PipeAmounts())
        total = count + (amounts.read[-1] if amounts.read else 0)
        amounts.read.append(total)
        amounts.readers.append(index)
        for chain, needed in list(amounts.owed.items()):
            if needed <= total:
                self._behind[chain] = index
                del amounts.owed[chain]

    def behind(self, chain: int) -> int | None:
        """Return the read that this chain's next event, which is now, comes after."""
        for amounts in self._pipes.values():
            amounts.owed.pop(chain, None)
        return self._behind.pop(chain, None)
