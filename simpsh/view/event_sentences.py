"""One event of a run in one sentence: who did what, by symbolic names."""

from __future__ import annotations

from simpsh.base import events
from simpsh.base.events import Event
from simpsh.base.phrases import (
    command_words,
    ending_words,
    errno_words,
    escaped,
    status_news,
    status_words,
)
from simpsh.base.signal_names import Signal
from simpsh.chronicle.chronicle_model import Chronicle

_STANDARD = ("stdin", "stdout", "stderr")
_LONGEST_TEXT = 24


def sentence(chronicle: Chronicle, index: int) -> str:
    """Return what an event is, on one line, without a full stop; empty for one for machines."""
    return escaped(_sentence(chronicle, index))


def _sentence(chronicle: Chronicle, index: int) -> str:
    event = chronicle.events[index]
    who = chronicle.label(chronicle.owners[index])
    match event.what:
        case events.Start():
            return f"{who} starts: {command_words(event.what.argv)}"
        case events.Fork():
            return _fork(chronicle, who, event.what)
        case events.Exec():
            found = ", ".join(redirections(chronicle, index))
            words = f" ({found})" if found else ""
            return f"{who} execs {command_words(event.what.argv)}{words}"
        case events.ExecError():
            return f"{who} cannot exec {event.what.path}: {errno_words(event.what.errno)}"
        case events.Exit():
            return f"{who} {ending_words(event.what.status)}"
        case _:
            return _parenthood(chronicle, index, who, event)


def _parenthood(chronicle: Chronicle, index: int, who: str, event: Event) -> str:
    match event.what:
        case events.Reap():
            return _reap(chronicle, index, event.what)
        case events.Reparent():
            adopter = chronicle.label(event.what.adopter) or "another process"
            return f"{who} is an orphan: {adopter} adopts it"
        case events.Wait() | events.WaitReturn():
            return _wait(chronicle, index, who, event.what)
        case _:
            return _signal_or_io(chronicle, index, who, event)


def _signal_or_io(chronicle: Chronicle, index: int, who: str, event: Event) -> str:
    match event.what:
        case events.SignalSend():
            return _send(chronicle, index, who, event.what)
        case events.SignalDeliver():
            return _deliver(chronicle, index, who, event.what)
        case events.Stop(signal):
            return f"{who} stops ({Signal(signal)})"
        case events.Continue():
            return f"{who} continues"
        case events.Read() | events.Write():
            return _transfer(chronicle, who, event.what)
        case events.Rest(waiting):
            parts = (f"{chronicle.label(name)} {words}" for name, words in waiting)
            return f"No process can move any more: {'; '.join(parts)}"
        case _:
            return _descriptor_or_group(chronicle, index, who, event)


def _descriptor_or_group(chronicle: Chronicle, index: int, who: str, event: Event) -> str:
    match event.what:
        case events.Pipe(read_fd, write_fd, inode, name):
            # The shell's own record has no inode: the pipe is known by where it was made.
            letter = chronicle.pipe_name(inode or f"made at {index}") or name
            return f"{who} makes pipe {letter}: {read_fd} reads, {write_fd} writes"
        case events.Close(fd):
            target = chronicle.target_before(index, fd)
            return f"{who} closes {fd}, {_end_words(chronicle, target)}"
        case events.SetSid():
            return f"{who} begins a session"
        case events.SetPgid(target, pgid, _):
            moved = _name_of_pid(chronicle, index, target) if target else who
            group = f"group {_name_of_pid(chronicle, index, pgid)}" if pgid else "its own group"
            return f"{who} puts {moved} into {group}"
        case events.TcSetPgrp(pgid):
            group = _name_of_pid(chronicle, index, pgid)
            return f"{who} gives the terminal to group {group}"
        case events.Dup(old, new, _):
            return f"{who} makes {new} point where {old} points"
        case events.Open(path, fd):
            return f"{who} opens {path} as {fd}" if fd >= 0 else f"{who} cannot open {path}"
        case _:
            return ""


def _fork(chronicle: Chronicle, who: str, what: events.Fork) -> str:
    if what.thread:
        return f"{who} starts a thread"
    child = chronicle.label(what.child)
    if len(what.pids) > 1:
        child += f", which is process {what.pids[-1]} in its PID namespace"
    if what.inferred:
        return f"{who} forks {child} (concluded: it was killed before it could report)"
    if what.syscall == "vfork":
        # Within the exec: the parent may be seen to go on before the exec is complete.
        name = chronicle.label(what.child)
        return f"{who} forks {child} (vfork: waits until {name} is in exec or ends)"
    return f"{who} forks {child}"


def _reap(chronicle: Chronicle, index: int, what: events.Reap) -> str:
    child = chronicle.processes.get(what.child)
    status = child.status if child is not None else None
    words = f": {status_words(status)}" if status is not None else ""
    by = chronicle.label(what.by or chronicle.owners[index])
    if by == "kernel":
        return (
            f"{chronicle.label(what.child)} is gone at once: "
            "its parent ignores SIGCHLD, or has set SA_NOCLDWAIT"
        )
    if not by:
        return f"{chronicle.label(what.child)} is gone{words}; who reaped it was not seen"
    return f"{by} reaps {chronicle.label(what.child)}{words}"


def _wait(chronicle: Chronicle, index: int, who: str, what: events.Wait | events.WaitReturn) -> str:
    if isinstance(what, events.Wait):
        target = chronicle.bearer(what.target, index)
        return f"{who} waits for {target.label if target is not None else 'any child'}"
    if what.child_pid < 0:
        return f"{who}'s wait fails: {errno_words(what.errno)}"
    if what.status is None:
        return f"{who} finds no news of a child"
    return f"{who} learns that {chronicle.label(what.child)} {status_news(what.status)}"


def _send(chronicle: Chronicle, index: int, who: str, what: events.SignalSend) -> str:
    name = Signal(what.signal).name if what.signal else "no signal (a test)"
    target = _name_of_pid(chronicle, index, what.target)
    if what.syscall == "pidfd_send_signal" and what.target < 1:
        # The descriptor names no pid any more: the process has been collected.
        target = "a process that is gone"
    elif what.target < -1:
        target = f"group {_name_of_pid(chronicle, index, -what.target)}"
    elif what.target == -1:
        target = "every process it may"
    elif what.target == 0:
        target = "its own group"
    if what.errno:
        return f"{who} cannot send {name} to {target}: {errno_words(what.errno)}"
    return f"{who} sends {name} to {target}"


def _deliver(chronicle: Chronicle, index: int, who: str, what: events.SignalDeliver) -> str:
    name = Signal(what.signal).name
    sent = sendings(chronicle, index)
    if len(sent) > 1:
        return f"{name} reaches {who}, once for {len(sent)} that were sent"
    if what.sender:
        return f"{name} from {_name_of_pid(chronicle, index, what.sender)} reaches {who}"
    return f"{name} reaches {who}"


def sendings(chronicle: Chronicle, index: int) -> list[int]:
    """Return the sendings that a delivery ends; several, if they were made one while pending."""
    return [
        cause
        for cause in chronicle.causes.direct(index)
        if isinstance(chronicle.events[cause].what, events.SignalSend)
    ]


def _transfer(chronicle: Chronicle, who: str, what: events.Read | events.Write) -> str:
    is_read = isinstance(what, events.Read)
    verb, direction = ("reads", "from") if is_read else ("writes", "to")
    where = descriptor_words(chronicle, what.fd, what.pipe)
    if what.errno:
        return f"{who} {verb} {direction} {where} and fails: {errno_words(what.errno)}"
    if is_read and what.count == 0:
        return f"{who} reads the end of {where}"
    text = what.text
    if text and len(text) <= _LONGEST_TEXT and len(text) >= what.count:
        return f'{who} {verb} "{escaped(text)}" {direction} {where}'
    return f"{who} {verb} {what.count} bytes {direction} {where}"


def descriptor_words(chronicle: Chronicle, number: int, inode: str) -> str:
    """Return what a descriptor is: a pipe's letter, a standard one's name, else its number."""
    if letter := chronicle.pipe_name(inode):
        return f"pipe {letter}"
    return _STANDARD[number] if 0 <= number < len(_STANDARD) else f"descriptor {number}"


def redirections(chronicle: Chronicle, index: int) -> list[str]:
    """Return which standard descriptors of an exec'ed process differ from the first process's."""
    process = chronicle.process_of(index)
    root = next(iter(chronicle.processes.values()), None)
    if process is None or root is None or not process.parent:
        return []
    begin = root.programs[1].begin if len(root.programs) > 1 else root.birth
    usual, table = root.table_at(begin), process.table_at(index)
    found = []
    for number, name in enumerate(_STANDARD):
        target = table.get(number, "")
        if target and target != usual.get(number):
            arrow = "←" if number == 0 else "→"
            words = _end_words(chronicle, target, is_short=True)
            found.append(escaped(f"{name} {arrow} {words}"))
    return found


def _end_words(chronicle: Chronicle, target: str, *, is_short: bool = False) -> str:
    if target[-2:] not in (" r", " w"):
        return target or "nothing it is known to point to"
    letter = chronicle.pipe_name(target[:-2])
    name = f"pipe {letter}" if letter else "a pipe"
    end = "read" if target.endswith("r") else "write"
    return name if is_short else f"the {end} end of {name}"


def _name_of_pid(chronicle: Chronicle, index: int, pid: int) -> str:
    """Return who had a pid at the time of an event; the pid itself for an outsider."""
    bearer = chronicle.bearer(pid, index)
    return bearer.label if bearer is not None else f"process {pid}"
