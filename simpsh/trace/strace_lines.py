"""The lines that `strace -f -ttt -y` writes, turned into events.

101 1700000000.123456 wait4(-1,  <unfinished ...>
102 1700000000.123999 +++ exited with 0 +++
101 1700000000.124100 <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 102
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from simpsh.events import (
    Continue,
    Event,
    Exit,
    Fork,
    Reap,
    SignalDeliver,
    Start,
    Stop,
    WaitReturn,
)
from simpsh.trace.strace_calls import WAITS, decoded, signal_number, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simpsh.events import What

_LINE = re.compile(r"(?P<pid>\d+) +(?P<seconds>\d+)\.(?P<fraction>\d+) (?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<args>.*)\) += (?P<result>-?\d+)(?P<after>.*)", re.S)
_BEGUN = re.compile(r"(?P<name>\w+)\((?P<args>.*?),? *<unfinished \.\.\.>$")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<args>.*)")
_ENDED = re.compile(
    r"\+\+\+ (?:exited with (?P<code>\d+)|killed by (?P<signal>\w+)(?P<core>.*)) \+"
)
_SIGNAL = re.compile(r"--- (?P<name>SIG\w+(?:\+\d+)?) \{(?P<info>.*)\} ---")
_STOPPED = re.compile(r"--- stopped by (?P<name>SIG\w+) ---")
_FORKS = ("fork", "vfork", "clone", "clone3")
_CORE, _HALTED, _CONTINUED = 0x80, 0x7F, 0xFFFF
SIGCHLD, SIGCONT = 17, 18


def events_of(lines: Iterable[str], argv: Sequence[str], start_unix_ns: int) -> tuple[Event, ...]:
    """Return the events that strace's lines tell of, in order, each cause before its effects."""
    reader = _Reader(tuple(argv), start_unix_ns)
    for line in lines:
        reader.take(line.rstrip("\n"))
    return reader.finish()


class _Reader:
    def __init__(self, argv: tuple[str, ...], start_unix_ns: int) -> None:
        self._argv = argv
        self._start = start_unix_ns
        self._now = 0
        self._events: list[Event] = []
        self._names: dict[int, str] = {}
        self._threads: dict[int, int] = {}
        self._held: dict[int, list[str]] = {}
        self._begun: dict[int, str] = {}
        self._zombies: dict[int, str] = {}
        self._stopped: set[int] = set()
        self._root = 0
        self._births = 0
        self._pipes = 0

    def take(self, line: str) -> None:
        """Read one line; of a process not yet born, keep it until its birth."""
        found = _LINE.match(line)
        if found is None:
            return
        pid = int(found["pid"])
        moment = int(found["seconds"]) * 10**9 + int(found["fraction"].ljust(9, "0"))
        if not self._root:
            self._root = pid
            self._give_name(pid)
            self._now = max(0, moment - self._start)
            self._tell(pid, Start(0, self._argv))
        if pid not in self._names:
            self._held.setdefault(pid, []).append(line)
            return
        # Kept lines are read late, and time does not run backwards in a recording.
        self._now = max(self._now, moment - self._start)
        self._read(pid, found["rest"])

    def finish(self) -> tuple[Event, ...]:
        """Return the events; births that nobody reported are concluded."""
        while self._held:
            self._born(self._root, next(iter(self._held)), "fork", is_inferred=True)
        return tuple(self._events)

    def _tell(self, pid: int, what: What) -> None:
        tid = pid if pid in self._threads else 0
        process = self._threads.get(pid, pid)
        name = self._names.get(process, "")
        seq = len(self._events) + 1
        self._events.append(Event(process, what, self._now, seq, name, tid, "strace", ()))

    def _give_name(self, pid: int) -> str:
        self._names[pid] = f"P{self._births}"
        self._births += 1
        return self._names[pid]

    def _read(self, pid: int, rest: str) -> None:
        if begun := _BEGUN.match(rest):
            self._begun[pid] = f"{begun['name']}({begun['args']}"
            self._announce(pid, begun["name"], begun["args"])
        elif resumed := _RESUMED.match(rest):
            opening = self._begun.pop(pid, f"{resumed['name']}(")
            joint = "" if opening.endswith("(") else ", "
            self._call(pid, f"{opening}{joint}{resumed['args'].lstrip(', ')}", is_new=False)
        elif ended := _ENDED.match(rest):
            self._end(pid, ended)
        elif signal := _SIGNAL.match(rest):
            self._signal(pid, signal)
        elif stopped := _STOPPED.match(rest):
            self._stopped.add(pid)
            self._tell(pid, Stop(signal_number(stopped["name"])))
        else:
            self._call(pid, rest, is_new=True)

    def _call(self, pid: int, text: str, *, is_new: bool) -> None:
        found = _CALL.match(text)
        if found is None:
            return
        name, args, result = found["name"], found["args"], int(found["result"])
        if is_new:
            self._announce(pid, name, args)
        if result == -1:
            word = found["after"].split()
            result = -getattr(errno, word[0], 0) if word else -1
        if name in _FORKS and result > 0:
            self._fork(pid, name, args, result)
            return
        what = decoded(name, args, result, self._names, self._pipes)
        if what is not None:
            self._pipes += name.startswith("pipe")
            self._tell(pid, what)
            self._collect(pid, name, what)

    def _announce(self, pid: int, name: str, args: str) -> None:
        if name in WAITS:
            self._tell(pid, waiting(name, args))

    def _collect(self, pid: int, name: str, what: What) -> None:
        """Note that a wait returned a dead child."""
        if not isinstance(what, WaitReturn) or what.status is None or name not in WAITS:
            return
        is_end = what.status & 0xFF != _HALTED and what.status != _CONTINUED
        if is_end and what.child_pid in self._zombies:
            label = self._zombies.pop(what.child_pid)
            collector = self._names[self._threads.get(pid, pid)]
            self._tell(pid, Reap(what.child_pid, label, collector))

    def _fork(self, pid: int, name: str, args: str, child: int) -> None:
        if "CLONE_THREAD" in args:
            self._threads[child] = self._threads.get(pid, pid)
            self._names[child] = self._names[pid]
            self._tell(pid, Fork(child, "", "clone", thread=True))
            for line in self._held.pop(child, []):
                self.take(line)
            return
        kind = "vfork" if "CLONE_VFORK" in args else "fork" if "SIGCHLD" in args else name
        self._born(pid, child, kind)

    def _born(self, pid: int, child: int, kind: str, *, is_inferred: bool = False) -> None:
        self._tell(pid, Fork(child, self._give_name(child), kind, inferred=is_inferred))
        for line in self._held.pop(child, []):
            self.take(line)

    def _end(self, pid: int, ended: re.Match[str]) -> None:
        if pid in self._threads:
            return
        status = int(ended["code"]) << 8 if ended["code"] else signal_number(ended["signal"])
        status |= _CORE if "core" in (ended["core"] or "") else 0
        self._tell(pid, Exit(status))
        self._zombies[pid] = self._names[pid]

    def _signal(self, pid: int, found: re.Match[str]) -> None:
        number, info = signal_number(found["name"]), found["info"]
        sender = re.search(r"si_pid=(\d+)", info)
        is_sent = "SI_USER" in info or "SI_TKILL" in info or "SI_QUEUE" in info
        if number == SIGCONT and pid in self._stopped:
            self._stopped.discard(pid)
            self._tell(pid, Continue())
        who = int(sender.group(1)) if sender and (is_sent or number == SIGCHLD) else 0
        self._tell(pid, SignalDeliver(number, who, 0 if is_sent else 128))
