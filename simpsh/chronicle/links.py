"""Which event caused which: fork, exit and wait, signals, pipe data, end of file, adoption."""

from __future__ import annotations

from collections import deque
from errno import ECHILD, EPIPE
from typing import TYPE_CHECKING

from simpsh.chronicle.model import Edge
from simpsh.chronicle.room import Room
from simpsh.events import (
    Continue,
    Exec,
    Exit,
    Fork,
    Read,
    Reap,
    Reparent,
    Rest,
    SignalDeliver,
    SignalSend,
    Stop,
    WaitReturn,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.chronicle.holdings import Holdings
    from simpsh.chronicle.model import Process
    from simpsh.events import Event, What

SIGCHLD, SIGCONT = 17, 18
_STOPPED, _CONTINUED = 0x7F, 0xFFFF


class Links:
    """Follows a run and notes the edges between its processes."""

    def __init__(self, holdings: Holdings) -> None:
        self.edges: list[Edge] = []
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
        """By parent, the ends of the children that nobody had to wait for."""
        self._sends: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._latest_send: dict[tuple[int, int], int] = {}
        self._in_pipe: dict[str, deque[list[int]]] = {}
        self._room = Room()
        self._finders: dict[type, Callable[[int, Event], None]] = {
            WaitReturn: self._wait_return,
            Reap: self._reap,
            Reparent: self._reparent,
            SignalDeliver: self._deliver,
            Continue: self._continue,
            Exec: self._exec,
            Exit: self._exit,
            Read: self._read,
            Rest: self._rest,
            Write: self._write,
        }

    def take(self, index: int, event: Event, process: Process | None) -> None:
        """Note what caused this event, before it changes anything."""
        chain = self._chain(index, event, process)
        self.chains.append(chain)
        if self._borrowers.get(chain) in self._exits:
            self._link("vfork", self._exits[self._borrowers.pop(chain)], index)
        self._link("room", self._room.behind(chain), index)
        finder = self._finders.get(type(event.what))
        if finder is not None:
            finder(index, event)
        self._last[chain] = index

    def after(self, index: int, event: Event, process: Process) -> None:
        """Note what this event may cause."""
        what = event.what
        if isinstance(what, Fork):
            self._births[what.child_pid] = index
            if not what.thread:
                self._parents[what.child_pid] = event.pid
            if what.syscall == "vfork":
                self._borrowers[self.chains[index]] = what.child_pid
        elif isinstance(what, Exit):
            self._exits[process.pid] = index
        elif isinstance(what, Stop | Continue):
            self._halts[process.pid] = index
        elif isinstance(what, SignalSend) and not what.errno:
            key = (event.pid, what.signal)
            self._sends.setdefault(key, []).append((index, what.target))
            self._latest_send[what.target, what.signal] = index
        elif isinstance(what, Write) and what.pipe and what.count > 0:
            self._in_pipe.setdefault(what.pipe, deque()).append([index, what.count])

    def _chain(self, index: int, event: Event, process: Process | None) -> int:
        owner = process.name if process is not None else f"pid {event.pid}"
        if isinstance(event.what, Reparent) or _is_unheard(event.what):
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
            self.edges.append(Edge(kind, source, target))

    def _wait_return(self, index: int, event: Event) -> None:
        what = event.what
        if isinstance(what, WaitReturn) and what.errno == ECHILD:
            # As long as one of them had lived, it would have slept.
            for end in self._gone.get(event.pid, ()):
                self._link("status", end, index)
        if isinstance(what, WaitReturn) and what.child_pid > 0 and what.status is not None:
            halted = what.status & 0xFF == _STOPPED or what.status == _CONTINUED
            table = self._halts if halted else self._exits
            self._link("news" if halted else "status", table.get(what.child_pid), index)

    def _reap(self, index: int, event: Event) -> None:
        if isinstance(event.what, Reap):
            self._link("reap", self._exits.get(event.what.child_pid), index)
            self._births.pop(event.what.child_pid, None)
            parent = self._parents.pop(event.what.child_pid, None)
            if event.what.by == "kernel" and parent is not None:
                self._gone.setdefault(parent, []).append(index)

    def _reparent(self, index: int, event: Event) -> None:
        if isinstance(event.what, Reparent):
            self._link("adoption", self._exits.get(event.what.old_ppid), index)

    def _deliver(self, index: int, event: Event) -> None:
        what = event.what
        if not isinstance(what, SignalDeliver):
            return
        if what.signal == SIGCHLD and what.sender:
            latest = max(self._exits.get(what.sender, -1), self._halts.get(what.sender, -1))
            self._link("news", latest if latest >= 0 else None, index)
            return
        for source in self._sent_to(event.pid, what.signal, what.sender):
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

    def _continue(self, index: int, event: Event) -> None:
        """The kernel resumes a process when SIGCONT is sent, before it is delivered."""
        self._link("signal", self._latest_send.get((event.pid, SIGCONT)), index)

    def _exec(self, _: int, event: Event) -> None:
        """Give borrowed memory back: from here on its end is nothing to the parent."""
        for chain in [one for one, child in self._borrowers.items() if child == event.pid]:
            del self._borrowers[chain]

    def _exit(self, index: int, event: Event) -> None:
        what = event.what
        if not isinstance(what, Exit):
            return
        signal = what.status & _STOPPED
        if signal:
            self._link("signal", self._latest_send.get((event.pid, signal)), index)
        # All threads end with the process, whatever they last did.
        for chain in self._of_process.get(event.proc, ()):
            if chain != self.chains[index]:
                self._link("thread", self._last.get(chain), index)

    def _read(self, index: int, event: Event) -> None:
        what = event.what
        if not isinstance(what, Read) or not what.pipe:
            return
        if what.count == 0:
            # It takes all of them: whoever has kept a write end would have kept the reader waiting.
            self._link_to_givings_up("end of file", f"{what.pipe} w", index)
            return
        if what.count > 0 and (pipe := self._made_here(what.pipe)):
            self._room.read(pipe, what.count, index)
        queue = self._in_pipe.get(what.pipe)
        wanted = what.count
        while queue and wanted > 0:
            source, available = queue[0]
            self._link("data", source, index)
            taken = min(available, wanted)
            wanted -= taken
            queue[0][1] -= taken
            if queue[0][1] == 0:
                queue.popleft()

    def _write(self, index: int, event: Event) -> None:
        what = event.what
        if not isinstance(what, Write):
            return
        if what.errno == EPIPE:
            # SIGPIPE comes right behind it.
            self._link_to_givings_up("broken pipe", f"{what.pipe} r", index)
        elif what.count > 0 and (pipe := self._made_here(what.pipe)):
            self._link("room", self._room.written(pipe, what.count, self.chains[index]), index)

    def _made_here(self, inode: str) -> str:
        """Return one name for one pipe, though its inode may be another's later; or nothing."""
        pipe = self._holdings.pipes.get(inode)
        return f"{inode} made at {pipe.made}" if pipe is not None and pipe.maker else ""

    def _link_to_givings_up(self, kind: str, end: str, index: int) -> None:
        for source in self._holdings.given_up.get(end, {}).values():
            if self.chains[source] != self.chains[index]:
                self._link(kind, source, index)

    def _rest(self, index: int, _: Event) -> None:
        for last in list(self._last.values()):
            self._link("rest", last, index)


def _is_unheard(what: What) -> bool:
    """Tell whether this is a signal of which the program does not learn."""
    return isinstance(what, SignalDeliver) and what.effect != ""
