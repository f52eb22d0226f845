"""Compare two runs: each process must make the same calls, with the same causes.

A run is brought to the form that two languages share. Each process has its own sequence of calls;
pids become names. Actions of a language's runtime, and actions of the kernel that may happen at any
moment, are omitted or generalized:

- close-on-exec, which Python sets when a descriptor is made (PEP 446) and C does not, so one of
  them may have to change it later; the descriptors of a program after execve are compared;
- queries: fcntl(F_GETFL), lseek(fd, 0, SEEK_CUR), which Python's open() makes;
- whether fork is fork, vfork or clone; whether kill is kill or tgkill;
- that C ignores SIGPIPE, which Python did before the demonstration began (SIGXFSZ as well);
- a call that a signal interrupted and that was made again: by Python (PEP 475), or by the kernel
  (SA_RESTART); so a wait is compared when it returns;
- the position at which a signal reaches a process: the set of signals is compared;
- which child wait(2) takes first when several have ended: the set of children is compared;
- how many SIGCHLD become one, and which child it names: whether one arrives is compared;
- the start of a program after execve: its input and output are compared;
- the contents of files in /proc;
- pids, and the path of the run's directory, in data that is read or written;
- the order of births in different processes: each child is numbered among its parent's.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import termios
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from simpsh.base import events
from simpsh.base.events import Event
from simpsh.base.signal_names import SIGCHLD, SIGPIPE, SIGXFSZ, Signal
from simpsh.base.targets import Actor, Member
from simpsh.base.wait_status import Continued, Stopped, encode
from simpsh.course.claims.observation import REAPER, Observation, SeenMoment
from simpsh.course.run.demonstration_setup import renamed

Act = tuple[object, ...]
"""An action of a process: its name and arguments."""

_NUMERIC_ARGUMENTS = {
    "lseek": 3,
    **dict.fromkeys(("fcntl", "flock", "ftruncate", "prctl", "prlimit64"), 2),
    **dict.fromkeys(("umask", "alarm", "rt_sigaction", "rt_sigprocmask", "unshare"), 1),
    **dict.fromkeys(("pread64", "pwrite64"), 1),
}
"""How many arguments of a call are numbers, not addresses."""
_PLAIN: Mapping[type[events.What], tuple[str, ...]] = {
    events.Read: ("read", "fd", "count", "text"),
    events.Write: ("write", "fd", "count", "text"),
    events.Close: ("close", "fd"),
    events.Dup: ("dup", "oldfd", "newfd"),
    events.ExecError: ("execve", "path"),
    events.SetSid: ("setsid",),
}
"""The events whose act is a word and some fields of the event."""
_ASKING = (fcntl.F_GETFD, fcntl.F_GETFL, fcntl.F_GETLK, fcntl.F_GETPIPE_SZ)
_PROC = re.compile(r"^/proc/(\d+)/")
_NUMBER = re.compile(r"\b[1-9]\d*\b")
_DIRECTORY = re.compile(r"/\S*/simpsh-lesson-[0-9a-f]{16}")
_NUMBERED = re.compile(r" \d+$")
_IGNORED_BY_PYTHON = (SIGPIPE, SIGXFSZ)
_STATUS_FLAGS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK
_ANY = "any child"
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class RunLikeness:
    """A run in the form in which it is compared."""

    acts: Mapping[str, tuple[Act, ...]]
    """The actions of each process, in its own order."""
    anytime: Mapping[str, Counter[Act]]
    """Events of each process at moments that the kernel chose."""
    before: frozenset[tuple[str, int, str, int]]
    """Pairs of acts of two processes: the first could not have come after the second."""
    looks: Mapping[str, object]
    """By moment, each process's state and descriptors."""


def likeness_of(run: Observation) -> RunLikeness:
    """Return a run in the form in which it is compared."""
    found = _RunActs(run)
    places = [(who, at) for who, acts in found.acts.items() for at in range(len(acts))]
    index_of = {(who, at): found.acts[who][at][0] for who, at in places}
    taken = found.in_any_order
    before = frozenset(
        (*one, *other)
        for one in places
        if one[0] not in taken
        for other in places
        if one[0] != other[0] and run.chronicle.before(index_of[one], index_of[other])
    )
    acts = {who: tuple(act for _, act in its) for who, its in found.acts.items()}
    looks = {mark: _look(moment, found.called) for mark, moment in run.moments.items()}
    return RunLikeness(acts, found.anytime, before, looks)


def difference(one: RunLikeness, other: RunLikeness, names: tuple[str, str]) -> str:
    """Return the first difference of two runs in one sentence; empty if they are the same.

    >>> difference(RunLikeness({"parent": ()}, {}, frozenset(), {}),
    ...            RunLikeness({"parent": (("fork", "child"),)}, {}, frozenset(), {}), ("a", "b"))
    'parent, call 1: nothing more in a; fork child in b'
    """
    found = (
        find(one, other, names) for find in (_first_call, _first_news, _first_cause, _first_look)
    )
    return next(filter(None, found), "")


def _first_call(one: RunLikeness, other: RunLikeness, names: tuple[str, str]) -> str:
    for who in dict.fromkeys([*one.acts, *other.acts]):
        pairs = zip_longest(one.acts.get(who, ()), other.acts.get(who, ()))
        for number, (first, second) in enumerate(pairs, 1):
            if first != second:
                both = f"{_words(first)} in {names[0]}; {_words(second)} in {names[1]}"
                return f"{who}, call {number}: {both}"
    return ""


def _first_news(one: RunLikeness, other: RunLikeness, names: tuple[str, str]) -> str:
    for who in dict.fromkeys([*one.anytime, *other.anytime]):
        mine, its = (run.anytime.get(who, Counter()) for run in (one, other))
        for found, where in ((mine - its, names[0]), (its - mine, names[1])):
            if found:
                return f"{who}: {_words(next(iter(found)))} in {where} only"
    return ""


def _first_cause(one: RunLikeness, other: RunLikeness, names: tuple[str, str]) -> str:
    only = ((one.before - other.before, names[0]), (other.before - one.before, names[1]))
    for found, where in only:
        for who, at, then, then_at in sorted(found):
            order = f"{who}'s “{_words(one.acts[who][at])}” comes before {then}'s "
            return f"{order}“{_words(one.acts[then][then_at])}” by its causes in {where} only"
    return ""


def _first_look(one: RunLikeness, other: RunLikeness, names: tuple[str, str]) -> str:
    for mark in dict.fromkeys([*one.looks, *other.looks]):
        mine, its = (run.looks.get(mark, "no such moment") for run in (one, other))
        if mine != its:
            return f"at {mark}: {mine} in {names[0]}; {its} in {names[1]}"
    return ""


def _words(act: Act | None) -> str:
    if act is None:
        return "nothing more"
    text = " ".join(one if isinstance(one, str) else repr(one) for one in act)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


class _RunActs:
    """Reads a run once; `acts` has each act with the index of its event."""

    def __init__(self, run: Observation) -> None:
        self.called = _called(run)
        self._proc_files: set[tuple[str, int]] = set()
        self._names: dict[int, str] = {}
        self._pipes: dict[str, str] = {}
        self._statuses: dict[str, int] = {}
        """The last status word by process, for a wait without a status pointer."""
        self._programs: set[str] = set()
        self._waiting: dict[tuple[str, int], tuple[object, ...]] = {}
        self.acts: dict[str, list[tuple[int, Act]]] = {name: [] for name in self.called.values()}
        self.anytime: dict[str, Counter[Act]] = {name: Counter() for name in self.called.values()}
        self._children: dict[str, set[str]] = {}
        self._takers: set[str] = set()
        """The processes that wait for any child, or get SIGCHLD."""
        for index, event in enumerate(run.events):
            self._take(index, renamed(event, self.called))
        for (who, _), asked in self._waiting.items():
            self.acts[who].append((len(run.events) - 1, ("waits for", *asked)))

    @property
    def in_any_order(self) -> frozenset[str]:
        """The children whose parent may learn of them in any order, and their descendants."""
        several = [self._children.get(taker, set()) for taker in self._takers]
        found: set[str] = set()
        todo = [one for children in several if len(children) > 1 for one in children]
        while todo:
            child = todo.pop()
            if child not in found:
                found.add(child)
                todo += self._children.get(child, ())
        return frozenset(found)

    def _take(self, index: int, event: Event) -> None:
        who, what = event.proc, event.what
        if isinstance(what, events.Reap | events.Reparent):
            self._take_from_outside(what, who)
        if who not in self.acts:
            return
        self._names[event.pid] = who
        match what:
            case events.SignalDeliver(signal, effect="") if signal == SIGCHLD:
                self.anytime[who]["gets", "SIGCHLD"] = 1
                self._takers.add(who)
            case events.SignalDeliver(signal, sender, effect=""):
                whose = self._who(sender) if sender else "the kernel"
                self.anytime[who]["gets", Signal(signal).name, whose] += 1
            case events.Wait():
                options = ("WUNTRACED" if o == "WSTOPPED" else o for o in what.options)
                self._waiting[who, event.tid] = (self._who(what.target), *sorted(options))
            case events.Exit(status):
                self._statuses[who] = status
                self._waiting = {key: one for key, one in self._waiting.items() if key[0] != who}
                self.acts[who].append((index, ("ends", status)))
            case _:
                act = self._act(event)
                if act:
                    self.acts[who].append((index, act))

    def _take_from_outside(self, what: events.Reap | events.Reparent, who: str) -> None:
        if isinstance(what, events.Reap) and what.child in self.anytime:
            self.anytime[what.child]["is collected by", self._called(what.by)] += 1
        elif isinstance(what, events.Reparent) and who in self.anytime:
            self.anytime[who]["is adopted by", self._called(what.adopter)] += 1

    def _called(self, actor: Actor | None) -> str:
        if isinstance(actor, Member) and actor.name in self.acts:
            return actor.name
        return REAPER

    def _act(self, event: Event) -> Act:
        """Return the act of an event; empty if it belongs to the runtime."""
        who, what = event.proc, event.what
        if isinstance(what, events.Read) and (who, what.fd) in self._proc_files:
            return "read", what.fd, "/proc"
        if type(what) in _PLAIN:
            word, *fields = _PLAIN[type(what)]
            found = (word, *(getattr(what, field) for field in fields), _error(what))
            return () if found[-1] == "EINTR" else self._without_numbers(who, found)
        match what:
            case events.Fork():
                self._names[what.child_pid] = what.child
                self._children.setdefault(who, set()).add(what.child)
                return ("starts a thread",) if what.thread else ("forks", what.child)
            case events.Exec(argv):
                self._programs.add(who)
                return "execs", list(argv), *self._held(what)
            case events.WaitReturn():
                return self._wait_return(event, what)
            case events.Call():
                return () if who in self._programs else _call(what)
            case events.Stop() | events.Continue():
                return self._halt(who, what)
            case _:
                return self._with_numbers(what, who)

    def _without_numbers(self, who: str, act: Act) -> Act:
        """Return a read or write with names for the pids in its text, and without a length."""
        if act[0] not in ("read", "write") or who in self._programs:
            # The numbers that a program like seq writes are not pids.
            return act
        word, number, _, text, error = act
        named = _NUMBER.sub(lambda pid: self._names.get(int(pid[0]), pid[0]), str(text))
        named = _DIRECTORY.sub("the directory", named)
        return act if named == text else (word, number, named, error)

    def _with_numbers(self, what: events.What, who: str) -> Act:
        """Return an event as an act, with names in place of its pids and inodes."""
        match what:
            case events.SignalSend(target, signal):
                return "sends", Signal(signal).name, self._who(target), _error(what)
            case events.SetPgid(target, group):
                return "setpgid", self._who(target), self._who(group), _error(what)
            case events.TcSetPgrp(group):
                return "tcsetpgrp", self._who(group), _error(what)
            case events.Open(path, number, flags):
                if path.startswith("/proc/"):
                    self._proc_files.add((who, number))
                    path = _PROC.sub(lambda pid: f"/proc/{self._who(int(pid[1]))}/", path)
                return "open", path, number, flags & ~os.O_CLOEXEC, _error(what)
            case events.Pipe(read_fd, write_fd, inode):
                made = sum(name.startswith(f"{who}'s pipe") for name in self._pipes.values())
                self._pipes[inode] = f"{who}'s pipe {made + 1}"
                return "pipe", read_fd, write_fd
            case _:
                return ()

    def _halt(self, who: str, what: events.Stop | events.Continue) -> Act:
        if isinstance(what, events.Continue):
            self._statuses[who] = encode(Continued())
            return ("continues",)
        self._statuses[who] = encode(Stopped(Signal(what.signal)))
        return "stops", Signal(what.signal).name

    def _wait_return(self, event: Event, what: events.WaitReturn) -> Act:
        if what.errno == errno.EINTR:
            return ()
        asked = self._waiting.pop((event.proc, event.tid), ())
        is_of_child = what.child_pid > 0
        status = self._statuses.get(what.child) if is_of_child else None
        if is_of_child and asked[:1] == (_ANY,):
            self._children.setdefault(event.proc, set()).add(what.child)
            self._takers.add(event.proc)
            self.anytime[event.proc]["takes", what.child, status] += 1
            return "waits for", *asked, "gets a child"
        return "waits for", *asked, "gets", what.child, status, _error(what)

    def _held(self, what: events.Exec) -> Iterator[object]:
        """Yield the descriptors that a program inherits, other than 0, 1 and 2."""
        for number, end in sorted(dict(what.pipes).items()):
            if number > 2:
                yield f"{number}: {self._pipes.get(end.inode, 'output')} {end.end}"
        for number, file in sorted(dict(what.files).items()):
            if number > 2:
                yield f"{number}: {os.path.basename(file.path)}"

    def _who(self, pid: int) -> str:
        """Return the name for a pid argument: -1 means any child, a lower number a group."""
        if pid < -1:
            return f"group of {self._names.get(-pid, 'another')}"
        return self._names.get(pid, "another") if pid > 0 else ("itself" if pid == 0 else _ANY)


def _call(what: events.Call) -> Act:
    """Return the act of a system call; empty for a query."""
    name, args = what.name, list(what.args)
    numbers = [one for one in args if isinstance(one, int)]
    if name == "lseek" and numbers[1:3] == [0, os.SEEK_CUR]:
        return ()
    if name == "fcntl" and numbers[1] in _ASKING:
        return ()
    if name == "rt_sigaction" and numbers[0] in _IGNORED_BY_PYTHON:
        return ()
    if name == "ioctl" and numbers[1] in (termios.FIOCLEX, termios.FIONCLEX):
        return ()
    if name == "fcntl" and numbers[1] == fcntl.F_SETFD:
        return ()
    is_set = name == "ioctl" and numbers[1] == termios.FIONBIO
    if is_set or (name == "fcntl" and numbers[1] == fcntl.F_SETFL):
        # FIONBIO sets O_NONBLOCK, as fcntl does.
        return "sets the status flags", numbers[0]
    if name == "ioctl":
        return name, *numbers[:2], _error(what)
    compared = numbers[: _NUMERIC_ARGUMENTS.get(name, 0)]
    paths = [one for one in args if isinstance(one, str)]
    return name, *paths, *compared, _error(what)


def _error(what: events.What) -> str:
    number = getattr(what, "errno", 0)
    return errno.errorcode.get(number, str(number)) if number else ""


def _called(run: Observation) -> dict[str, str]:
    """Return names such as `worker 2 of worker`, for the second child of that parent."""
    called = {run.names[0]: run.names[0]} if run.names else {}
    known: Counter[tuple[str, str]] = Counter()
    for event in run.events:
        what = event.what
        if isinstance(what, events.Fork) and not what.thread and what.child not in called:
            base, parent = _NUMBERED.sub("", what.child), called.get(event.proc, event.proc)
            known[parent, base] += 1
            number = f" {known[parent, base]}" if known[parent, base] > 1 else ""
            whose = f" of {parent}" if event.proc != run.names[0] else ""
            called[what.child] = f"{base}{number}{whose}"
    return called


def _look(moment: SeenMoment, called: Mapping[str, str]) -> Sequence[object]:
    """Return the compared parts of a moment: processes, their states and descriptors."""
    looks = {called.get(name, name): look for name, look in moment.looks.items()}
    return [
        (
            name,
            look.state,
            look.call,
            called.get(look.parent, look.parent),
            [
                (number, _target(one.target), one.access, one.offset, one.flags & _STATUS_FLAGS)
                for number, one in sorted(look.descriptors.items())
            ],
        )
        for name, look in sorted(looks.items())
    ]


def _target(target: str) -> str:
    return os.path.basename(target) if target.startswith("/") else target.partition(":[")[0]
