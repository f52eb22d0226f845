"""A process that reads from a socket, writes to it, or listens at it waits for the other end."""

from __future__ import annotations

import os
import struct

from simpsh.base.phrases import listed
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    file_words,
    numbered,
    unseen_words,
)
from simpsh.process.file_holders import holders_of
from simpsh.process.open_files import Descriptor
from simpsh.process.socket_table import (
    CONNECTED,
    LISTENING,
    SocketInfo,
    address_words,
    socket_info,
)

_UNIX, _INET, _INET6 = 1, 2, 10
_MESSAGES = ("UDP", "UNIX datagram")


def at_socket(
    case: BlockedProcess, file: Descriptor, *, is_reader: bool, is_polled: bool = False
) -> Finding:
    """Find out which process has the other end of a socket that is read, written to, or polled."""
    info = socket_info(case.pid, file.inode)
    if info is not None and info.state == LISTENING:
        return _listening(file, info, is_polled=is_polled)
    act = "polls" if is_polled else "reads" if is_reader else "writes to"
    brief = f"{act} {_words(file, info)} as descriptor {file.number}"
    rule = (
        "It continues when the other end sends or is closed."
        if is_reader
        else "The socket's buffer is full; the other end must read."
    )
    if info is not None and info.kind in _MESSAGES:
        # Any process may send to it, and what it sends to may be of any.
        return Finding(
            "socket", brief, ("It continues when a message comes.",) if is_reader else ()
        )
    if info is None or info.state != CONNECTED:
        return Finding("socket", brief, (rule,))
    if not info.peer:
        where = "Which process has the other end is not known."
        if info.peer == 0:
            where = "No process has accepted the connection at the other end yet."
        elif info.remote:
            where = (
                f"The other end, {info.remote}, cannot be seen here: it is on another machine, or "
                "in another network namespace."
            )
        return Finding("socket", brief, (rule, where))
    # One socket may be held by several descriptors, and by several processes.
    holders = holders_of(0, info.peer)
    others = tuple(holder for holder in holders.seen if holder.pid != case.process)
    details = [rule]
    for holder in holders.seen:
        numbers = numbered("descriptor", holder.numbers)
        subject, end = f"Process {case.name_of(holder.pid, holder.command)}", "the other end"
        if holder.pid == case.process:
            subject, end = "It", "the other end itself"
        details.append(f"{subject} holds {end}, the socket [{info.peer}], as {numbers}.")
    if not holders.seen:
        details.append(
            f"No process that can be seen has the other end, the socket [{info.peer}], open."
        )
    names = listed([f"process {case.name_of(holder.pid, holder.command)}" for holder in others])
    whose = f", whose other end is held by {names}" if others else ""
    return Finding(
        situation="socket",
        brief=f"{brief}{whose}",
        details=(*details, *unseen_words(holders.not_permitted)),
        waits_for=tuple(holder.pid for holder in others),
        holders=holders.seen,
        not_permitted=holders.not_permitted,
    )


def connecting(case: BlockedProcess, file: Descriptor | None) -> Finding:
    """Find out where a process listens, or what it connects to."""
    info = None if file is None else socket_info(case.pid, file.inode)
    if case.call == "connect":
        words = "a socket that cannot be seen" if file is None else file_words(file)
        number = "" if file is None else f" as descriptor {file.number}"
        target = _address(case)
        to = f" to {target}" if target else ""
        return Finding("socket", f"connects {words}{number}{to}, and no process has answered yet")
    if file is None:
        rule = "accept(2) returns when a process connects."
        brief = "listens on a socket that cannot be seen: it waits for a connection"
        return Finding("connection", brief, (rule,))
    return _listening(file, info)


def _listening(file: Descriptor, info: SocketInfo | None, *, is_polled: bool = False) -> Finding:
    brief = (
        f"listens on {_words(file, info)} as descriptor {file.number}: it waits for a connection"
    )
    begin = "It becomes ready" if is_polled else "accept(2) returns"
    return Finding("connection", brief, (f"{begin} when a process connects.",))


def _words(file: Descriptor, info: SocketInfo | None) -> str:
    """Return a socket with its addresses: `the socket [77] (TCP 127.0.0.1:80)`."""
    if info is None:
        return file_words(file)
    parts = " ".join(filter(None, (info.kind, info.local)))
    remote = f", connected to {info.remote}" if info.remote else ""
    return f"{file_words(file)} ({parts}{remote})"


def _address(case: BlockedProcess) -> str:
    """Return the address that connect(2) was called with; empty if it is of another family."""
    raw = case.memory(case.argument(1), min(case.argument(2) or 0, 128))
    if len(raw) < 4:
        return ""
    family, port = struct.unpack_from("=H", raw)[0], struct.unpack_from("!H", raw, 2)[0]
    if family == _UNIX:
        name = raw[2:]
        is_abstract = name.startswith(b"\0")
        return "@" + os.fsdecode(name[1:]) if is_abstract else os.fsdecode(name.partition(b"\0")[0])
    if family == _INET and len(raw) >= 8:
        return address_words(family, raw[4:8], port)
    if family == _INET6 and len(raw) >= 24:
        return address_words(family, raw[8:24], port)
    return ""
