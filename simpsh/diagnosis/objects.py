"""For each kind of file: what ends a wait there, and which processes hold the other end.

Readers of a pipe wait while it is empty, its writers while it is full. A reader sees the end of
file only when the last write end anywhere is closed: any process that inherited one, knowingly or
not, keeps the reader waiting. A terminal returns a line when it is complete, or single bytes if a
program has asked for that. A process that reads from a socket, writes to it, or listens at it waits
for the other end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from simpsh.base import waits
from simpsh.base.record import Record, changed, suppress
from simpsh.base.waits import Situation, Waker
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import (
    MUST_END,
    NOT_SEEN,
    Finding,
    Statement,
    edges_to,
    inferred,
    limit_words,
)
from simpsh.diagnosis.left_over import is_left_over, started_for
from simpsh.diagnosis.signal_waits import awaited
from simpsh.kernel.descriptors import socket_time_limit, terminal_time_limit
from simpsh.process.file_holders import (
    Holder,
    holders_of,
    holders_of_copies,
    is_master,
    pipe_holders,
    possible_heirs,
    terminal_holders,
    terminal_of,
)
from simpsh.process.open_files import Descriptor
from simpsh.process.proc import signals_in
from simpsh.process.socket_table import CONNECTED, LISTENING, SocketInfo, socket_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Way = Literal["in", "out"]

IN: Way = "in"
OUT: Way = "out"
"""Whether a process waits for input or for room."""


class Row(Record):
    """The known facts about a wait at one kind of file."""

    situation: Situation
    page: str
    """The page of the manual that the rule is from."""
    until: str
    """The event that ends the wait; {} is the file."""
    holds: str = ""
    """The act of a process that may end the wait, in words that follow “which”; {} is the file."""
    wakers: tuple[Waker, ...] = ()

    def rule(self, name: str) -> Statement:
        """Return the rule for a file with this name."""
        return inferred(self.page, f"It continues when {self.until.format(name)}.")


_WRITES = "a process writes, or when the last write end is closed"
_READS = "a process reads, or when the last read end is closed"
_SENDS, _TAKES = "the other end sends, or a stream is closed there", "the other end reads"
_WRITE_END, _READ_END = "holds the write end of {}", "holds the read end of {}"
_PEER, _MASTER = "holds the other end of {}", "holds the terminal's master"
_EVENTFD = "holds the eventfd"
_CLIENT, _KERNEL, _UNSEEN = (waits.BY_CLIENT,), (waits.BY_KERNEL,), (waits.BY_UNSEEN,)
ROWS: Mapping[tuple[str, Way], Row] = {
    ("pipe", IN): Row(waits.EMPTY_PIPE, "pipe(7)", _WRITES, _WRITE_END),
    ("pipe", OUT): Row(waits.FULL_PIPE, "pipe(7)", _READS, _READ_END),
    ("fifo", IN): Row(waits.EMPTY_FIFO, "pipe(7)", _WRITES, _WRITE_END),
    ("fifo", OUT): Row(waits.FULL_FIFO, "pipe(7)", _READS, _READ_END),
    ("listener", IN): Row(waits.CONNECTION, "accept(2)", "a process connects"),
    ("socket", IN): Row(waits.SOCKET, "socket(7)", _SENDS, _PEER),
    ("socket", OUT): Row(waits.FULL_SOCKET, "socket(7)", _TAKES, _PEER),
    ("datagrams", IN): Row(waits.SOCKET, "socket(7)", "a message comes", "", _CLIENT),
    ("datagrams", OUT): Row(waits.FULL_SOCKET, "socket(7)", _TAKES, "", _UNSEEN),
    ("far socket", IN): Row(waits.SOCKET, "socket(7)", _SENDS, "", _UNSEEN),
    ("far socket", OUT): Row(waits.FULL_SOCKET, "socket(7)", _TAKES, "", _UNSEEN),
    ("terminal", IN): Row(waits.KEYBOARD, "termios(3)", "a line is typed", _MASTER),
    ("program's terminal", IN): Row(
        waits.TERMINAL_INPUT, "pty(7)", "the program at the master writes there", _MASTER
    ),
    ("terminal", OUT): Row(
        waits.TERMINAL_OUTPUT, "pty(7)", "the program at the master reads there", _MASTER
    ),
    ("stopped terminal", OUT): Row(waits.TERMINAL_OUTPUT, "tcflow(3)", "^Q is typed there"),
    ("master", IN): Row(waits.TERMINAL_MASTER, "pty(7)", "a process writes to {}", "holds {}"),
    ("master", OUT): Row(waits.TERMINAL_MASTER, "pty(7)", "a process reads from {}", "holds {}"),
    ("eventfd", IN): Row(waits.EVENT, "eventfd(2)", "a process adds to its counter", _EVENTFD),
    ("eventfd", OUT): Row(waits.EVENT, "eventfd(2)", "a process reads its counter", _EVENTFD),
    ("timerfd", IN): Row(waits.TIMER, "timerfd_create(2)", "the timer expires"),
    ("signalfd", IN): Row(waits.SIGNAL, "signalfd(2)", "one of its signals is sent"),
    ("inotify", IN): Row(waits.FILE_CHANGE, "inotify(7)", "a file that is watched changes"),
    ("fanotify", IN): Row(waits.FILE_CHANGE, "fanotify(7)", "a file that is watched is used"),
    ("device", IN): Row(waits.EVENT, "read(2)", "the device has new data", "", _KERNEL),
    ("device", OUT): Row(waits.EVENT, "write(2)", "the device has room", "", _UNSEEN),
    ("file", IN): Row(waits.FILE, "read(2)", "the storage answers", "", (waits.BY_STORAGE,)),
    ("file", OUT): Row(waits.FILE, "write(2)", "the storage answers", "", (waits.BY_STORAGE,)),
}
_OTHER = Row(waits.EVENT, "poll(2)", "the file is ready", "", _UNSEEN)
"""An unset timerfd, a userfaultfd, a seccomp listener and others: /proc does not show who will
cause the event."""
NOT_ACCEPTED = "no process has accepted the connection yet"
_MESSAGES = ("UDP", "UNIX datagram")
_NAMES = {"eventpoll": "epoll instance", "inotify": "inotify instance"}
"""The names in the manual for what the kernel calls otherwise."""


class Place(Record):
    """The file at which a process waits, and the way."""

    case: BlockedProcess
    file: Descriptor
    way: Way
    is_polled: bool
    kind: str
    """The key of `ROWS`."""
    socket: SocketInfo | None = None

    @property
    def row(self) -> Row:
        """The known facts about a wait there."""
        return ROWS.get((self.kind, self.way), _OTHER)

    @property
    def name(self) -> str:
        """The file's name in a sentence."""
        return file_words(self.file, self.socket)

    @property
    def act(self) -> str:
        """The act of the process, in words."""
        verb = "polls" if self.is_polled else {IN: "reads", OUT: "writes to"}[self.way]
        return f"{verb} {self.name} as descriptor {self.file.number}"

    def finding(self, act: str = "", *more: Statement) -> Finding:
        """Return the finding of a wait there, with other words and more proof than its row's."""
        row = self.row
        proof = (row.rule(self.name), *more)
        return Finding(row.situation, act or self.act, proof, wakers=row.wakers)

    def held(
        self,
        finding: Finding,
        holders: Sequence[Holder],
        hidden: Sequence[int],
        *,
        sharing: Iterable[Holder] = (),
        relative: int = 0,
    ) -> Finding:
        """Return the finding of a wait that these holders of the other end can end.

        A `hidden` process may be one of them, if it is related to the waiting process, or to
        `relative`, by which it may share the file with the holders and with `sharing`.
        """
        process = self.case.process
        others = [holder.pid for holder in holders if holder.pid != process]
        visible = {holder.pid for holder in (*holders, *sharing)}
        return changed(
            finding,
            edges=edges_to(others, self.row.holds.format(file_words(self.file))),
            holders=tuple(holders),
            by_own_threads=len(others) < len(holders),
            not_permitted=possible_heirs(hidden, relative or process, visible),
            wakers=() if holders else (waits.BY_UNSEEN,),
        )


def file_words(file: Descriptor, info: SocketInfo | None = None) -> str:
    """Return the name of a descriptor's file for use in a sentence; a socket has its addresses.

    >>> file_words(Descriptor(3, "pipe:[77]", "r", False, 0, "pipe", 1, 77))
    'the pipe [77]'
    >>> file_words(Descriptor(4, "anon_inode:[signalfd]", "rw", False, 0, "anonymous", 1, 9))
    'a signalfd'
    >>> http = SocketInfo(8, "TCP", local="127.0.0.1:80")
    >>> file_words(Descriptor(5, "socket:[8]", "rw", False, 0, "socket", 1, 8), http)
    'the socket [8] (TCP 127.0.0.1:80)'
    """
    if file.kind in ("pipe", "socket"):
        words = f"the {file.kind} [{file.inode}]"
    elif file.kind == "anonymous":
        name = _NAMES.get(_anonymous_kind(file), _anonymous_kind(file))
        words = f"{'an' if name[:1] in 'aei' else 'a'} {name}"
    else:
        kind = {"fifo": "the FIFO", "terminal": "the terminal", "file": "the file"}.get(file.kind)
        words = f"{kind or file.kind} {file.target}"
    if info is None:
        return words
    parts = " ".join(filter(None, (info.kind, info.local)))
    remote = f", connected to {info.remote}" if info.remote else ""
    return f"{words} ({parts}{remote})"


def _anonymous_kind(file: Descriptor) -> str:
    return file.target.removeprefix("anon_inode:").strip("[]")


def waiting_at(
    case: BlockedProcess, file: Descriptor | None, way: Way, *, is_polled: bool = False
) -> Finding:
    """Find out what a call on this descriptor waits for, or a poll until it is ready."""
    if file is None:
        situation, does = (waits.READ, "reads") if way == IN else (waits.WRITE, "writes to")
        return Finding(situation, f"{does} a descriptor that cannot be seen")
    info = socket_info(case.pid, file.inode) if file.kind == "socket" else None
    place = Place(case, file, way, is_polled, _kind(case, file, info, is_polled=is_polled), info)
    finding = _FINDERS.get(place.kind, Place.finding)(place)
    is_limited = file.kind == "socket" and not is_polled
    return with_limit_of_socket(case, file, finding, way) if is_limited else finding


def _kind(
    case: BlockedProcess, file: Descriptor, info: SocketInfo | None, *, is_polled: bool
) -> str:
    if file.kind == "socket":
        return _socket_kind(info)
    if is_master(case.directory, file.number):
        return "master"
    if file.kind == "anonymous":
        return _anonymous_kind(file)
    if file.kind in ("pipe", "fifo", "terminal"):
        return file.kind
    if case.seen.state != "D" and (is_polled or file.kind == "device"):
        return "device"
    return "file"


# Pipes and FIFOs.


def _at_pipe(place: Place) -> Finding:
    case, file, is_reader = place.case, place.file, place.way == IN
    ends = pipe_holders(file)
    holders = ends.writers if is_reader else ends.readers
    is_alone = all(holder.pid == case.process for holder in holders)
    act = place.act
    if is_alone and not place.is_polled:
        use, end = ("writing", "write end") if is_reader else ("reading", "read end")
        act = f"{act}, and no other process has opened it for {use}"
        if file.kind == "pipe":
            act = f"{place.act}, whose {end} only it holds" if holders else place.act
    text = "Which process holds the other end, if any: no table that we may read shows it."
    finding = place.finding(act, *[Statement(text, NOT_SEEN)] * (not holders))
    sharing = (*ends.readers, *ends.writers)
    finding = place.held(finding, holders, ends.not_permitted, sharing=sharing)
    finding = changed(finding, target=file.target_for(is_reader=is_reader))
    if file.kind == "fifo":
        # Any process may open a FIFO. But if one writes there, it is the one that is waited for.
        waker = waits.BY_CLIENT if is_reader and is_alone else waits.BY_UNSEEN
        finding = changed(finding, wakers=(waker,), not_permitted=ends.not_permitted)
    return _of_fork_server(case, _left_open(case, finding)) if is_reader else finding


def until_closed(case: BlockedProcess, file: Descriptor) -> Finding:
    """Find out who has to close the other end of a pipe, if a poll reports nothing else."""
    way = IN if file.end == "read end" else OUT
    finding = waiting_at(case, file, way, is_polled=True)
    text = "At this end only POLLERR or POLLHUP comes, when the last other end is closed."
    proof = (inferred("poll(2)", text), *finding.proof[1:])
    return changed(finding, situation=waits.POLL, proof=proof, needs_all=True)


def _of_fork_server(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding of a reader; it waits for the children of a fork server, not for that."""
    others = finding.waits_for
    started = started_for(case.process, others[0]) if len(others) == 1 else ()
    if not started:
        return finding
    text = f"Process {others[0]} is a fork server: it writes to the pipe when its child ends."
    proof = (*finding.proof, inferred("its socket and the pipes of its child", text))
    edges = edges_to(started, MUST_END, is_by_end=True)
    return changed(finding, situation=waits.CHILD, edges=edges, holders=(), proof=proof)


def _left_open(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding of a reader, marked if only left-over processes hold the other end."""
    others = finding.waits_for
    if not others or not all(is_left_over(pid, case.process) for pid in others):
        return finding
    who = f"Process {others[0]} is" if len(others) == 1 else "They are"
    text = f"{who} left over: the process that was to write there has ended, and the other end"
    rule = inferred("fork(2)", f"{text} was only inherited.")
    return changed(finding, is_left_open=True, proof=(*finding.proof, rule))


# Sockets.


def _socket_kind(info: SocketInfo | None) -> str:
    if info is None:
        return "far socket"
    if info.state == LISTENING:
        return "listener"
    if info.kind in _MESSAGES and not (info.peer and not info.local):
        # Any process may send to it, and any process may own the socket that it sends to.
        return "datagrams"
    is_connected = info.state == CONNECTED or info.peer
    if not is_connected or info.peer is None:
        return "far socket"
    return "socket"


def _at_socket(place: Place) -> Finding:
    case, info = place.case, place.socket
    assert info is not None
    if info.peer == 0:
        return changed(place, kind="far socket").finding(f"{place.act}: {NOT_ACCEPTED}")
    # A socket may have several descriptors, in several processes.
    holders = holders_of(0, info.peer or 0)
    finding = place.held(
        place.finding(),
        holders.seen,
        holders.not_permitted,
        sharing=holders_of(0, place.file.inode).seen if holders.not_permitted else (),
        relative=holders.seen[0].pid if holders.seen else 0,
    )
    return _left_open(case, finding) if place.way == IN else finding


def _at_far_socket(place: Place) -> Finding:
    text = (
        "The other end is the kernel, on another machine, in another network namespace, or hidden."
    )
    return place.finding("", Statement(text, NOT_SEEN))


def with_limit_of_socket(
    case: BlockedProcess, file: Descriptor, finding: Finding, way: Way
) -> Finding:
    """Return the finding of a call on a socket with the time limit that was set for the socket."""
    try:
        seconds = socket_time_limit(case.process, file.number, file.inode, is_reader=way == IN)
    except OSError:
        # It may have one (SO_RCVTIMEO in socket(7)).
        return changed(finding, wakers=(*finding.wakers, waits.BY_UNSEEN))
    return changed(finding, limit=seconds) if seconds else finding


def _listening(place: Place) -> Finding:
    number = place.file.number
    return place.finding(f"waits for the next connection at {place.name} as descriptor {number}")


# Terminals.


def _at_terminal(place: Place) -> Finding:
    """Find out what a process at a terminal waits for: a program with the master, or a person."""
    case, file, is_reader = place.case, place.file, place.way == IN
    masters = terminal_holders(case.directory, file)
    findings = [case.waits_of(it.pid) for it in masters.seen if it.pid != case.process]
    act = place.act
    if not is_reader and any(map(_reads_master, findings)):
        act = f"{act}, whose output ^S has stopped until ^Q is typed"
        return changed(place, kind="stopped terminal").finding(act)
    # A program such as `script` holds the master, and passes nothing on.
    is_by_program = bool(masters.seen) and not any(map(_passes_keys_on, findings))
    if is_reader and is_by_program:
        place = changed(place, kind="program's terminal")
    elif is_reader:
        act = f"{act}: it waits for the keyboard"
    hidden = masters.not_permitted if masters.seen else ()
    finding = place.held(place.finding(act), masters.seen, hidden)
    if not is_by_program:
        wakers = () if is_reader else (waits.BY_UNSEEN,)
        finding = changed(finding, edges=(), wakers=wakers)
    if is_reader and not place.is_polled:
        with suppress(OSError):
            seconds = terminal_time_limit(case.process, file.number, file.inode)
            finding = changed(finding, limit=seconds or None)
    return finding


_MAY_PASS_ON = (waits.RUNNING, waits.KEYBOARD, waits.NOT_PERMITTED, waits.UNKNOWN)


def _passes_keys_on(findings: Iterable[Finding]) -> bool:
    """Return whether a process passes a person's keys on to a terminal, or may do so.

    A terminal window, sshd, tmux or script waits for other input besides the terminal's output.
    """
    return any(
        {*it.parts} - {waits.TERMINAL_MASTER} or it.others or it.situation in _MAY_PASS_ON
        for it in findings
    )


def _reads_master(findings: Iterable[Finding]) -> bool:
    """Return whether a process waits for output at the terminal's master."""
    return any(waits.TERMINAL_MASTER in (it.situation, *it.parts) for it in findings)


def _at_master(place: Place) -> Finding:
    name = terminal_of(place.case.directory, place.file)
    holders = terminal_holders(place.case.directory, place.file)
    act = f"{place.act.partition(' ')[0]} the master of {name} as descriptor {place.file.number}"
    place = changed(place, file=changed(place.file, kind="terminal", target=name))
    finding = place.held(place.finding(act), holders.seen, holders.not_permitted)
    return _left_open(place.case, finding) if place.way == IN else finding


# Files without a name.


def _at_eventfd(place: Place) -> Finding:
    holders = holders_of_copies(place.case.process, place.file)
    return place.held(place.finding(), holders.seen, holders.not_permitted)


def _at_timerfd(place: Place) -> Finding:
    value = dict(place.case.fdinfo(place.file.number)).get("it_value", "")
    left = re.fullmatch(r"\((\d+), (\d+)\)", value)
    limit = float(f"{left[1]}.{left[2]:>09}") if left else 0.0
    if not limit:
        # Any process with a copy may set the timer.
        return changed(place, kind="unset timerfd").finding(f"{place.act}, which is not set")
    act = f"{place.act}: it waits until the timer expires, in {limit_words(limit)}"
    return changed(place.finding("" if place.is_polled else act), limit=limit)


def _at_signalfd(place: Place) -> Finding:
    signals = signals_in(dict(place.case.fdinfo(place.file.number)).get("sigmask", "0"))
    finding = awaited(place.case, signals, "signalfd", is_asked=True)
    return changed(finding, proof=(place.row.rule(place.name), *finding.proof))


_FINDERS: Mapping[str, Callable[[Place], Finding]] = {
    **dict.fromkeys(("pipe", "fifo"), _at_pipe),
    "socket": _at_socket,
    "far socket": _at_far_socket,
    "listener": _listening,
    "terminal": _at_terminal,
    "master": _at_master,
    "eventfd": _at_eventfd,
    "timerfd": _at_timerfd,
    "signalfd": _at_signalfd,
}
