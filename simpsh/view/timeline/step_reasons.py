"""Why each step of a run happened: one or two sentences, with the rule behind it."""

from __future__ import annotations

from simpsh.base import events
from simpsh.base.phrases import short_status
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import killing_signal
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.view.event_sentences import sendings
from simpsh.view.timeline.timeline_rows import TimelineRow

_RULES = {
    "start": "The recording begins with this process; it was about to run the command.",
    "exec": "execve(2) keeps the process – its pid, parent and descriptors – and replaces the "
    "program in it.",
    "exec-error": "A failed execve(2) changes nothing: the old program continues, and has to say "
    "so.",
    "wait": "None of its children has news yet, so the kernel lets it sleep until one does.",
    "news": "wait(2) with WUNTRACED or WCONTINUED also returns for children that live on.",
    "adoption": "Its parent ended first. The kernel gives an orphan a new parent, who collects it "
    "in the end: the nearest subreaper among its ancestors, else process 1.",
    "pipe": "pipe(2) makes a buffer in the kernel with two ends: what is written to the one can "
    "be read from the other. fork copies both ends.",
    "read": "read(2) takes out what is there; it sleeps only while the pipe is empty.",
    "write": "write(2) puts bytes into the pipe's buffer; it sleeps only while that is full.",
    "signal": "kill(2) marks the signal pending; it acts when the target next runs.",
    "delivery": "The signal was pending; now that the process runs, it acts by its disposition.",
    "continue": "SIGCONT resumes a stopped process at the moment it is sent.",
    "session": "setsid(2) makes it the leader of a new session and a new group, with no terminal.",
    "rest": "Each waits for another of them, and all are asleep: nothing inside can change that. "
    "It takes a signal from outside.",
    "group": "setpgid(2) moves a process between groups: a job is a process group.",
    "terminal": "tcsetpgrp(3) says which group may read the terminal and gets its keys' signals.",
    "dup": "dup2(2) makes both numbers point to one open file description.",
    "open": "open(2) gives the lowest number that is free.",
}


def reason(chronicle: Chronicle, row: TimelineRow) -> str:
    """Return why a step happened, or which rule it shows."""
    what = chronicle.events[row.index].what
    match what:
        case events.Fork():
            return _fork(chronicle, what)
        case events.Exit():
            return _exit(chronicle, row, what)
        case events.Reap():
            return _reap(chronicle, row, what)
        case events.Read(count=0):
            return (
                "read(2) returns 0 once a pipe is empty and its last write end is closed, anywhere."
            )
        case events.Close():
            return _close(chronicle, row, what)
        case events.Stop(signal):
            return (
                f"The default action of {Signal(signal)}: it keeps its memory and descriptors, "
                "but gets no processor until SIGCONT; its parent is told."
            )
        case events.SignalDeliver() if len(sendings(chronicle, row.index)) > 1:
            return (
                "Pending signals do not queue: while one waits to be delivered, another of the "
                "same number adds nothing."
            )
        case _:
            return _RULES.get(row.kind, "")


def _fork(chronicle: Chronicle, what: events.Fork) -> str:
    child = chronicle.label(what.child)
    if what.thread:
        return "A thread shares its process's memory, descriptors and pid."
    if what.syscall == "vfork":
        return (
            f"vfork(2) lends {child} its parent's memory, so the parent sleeps until {child} "
            "has called execve or _exit."
        )
    return (
        f"fork(2) returns twice. {child} is a copy: the same program, at the same place in it, "
        "with copies of all descriptors; only the pid differs."
    )


def _exit(chronicle: Chronicle, row: TimelineRow, what: events.Exit) -> str:
    process = chronicle.processes.get(row.name)
    signal = killing_signal(what.status)
    why = f"The default action of {Signal(signal)} ended it. " if signal else ""
    if process is None or process.reap is None:
        return f"{why}It stays a zombie: no process collected its status while the recording ran."
    if process.collector in ("simpsh", "kernel", ""):
        return f"{why}Its memory is freed and its descriptors are closed."
    return (
        f"{why}Its memory is freed and its descriptors are closed; its entry with the status "
        f"{short_status(what.status)} stays, a zombie, until "
        f"{chronicle.label(process.collector)} collects it."
    )


def _reap(chronicle: Chronicle, row: TimelineRow, what: events.Reap) -> str:
    if what.by == "kernel":
        return (
            "No wait is needed for a child whose SIGCHLD is ignored (sigaction(2), SA_NOCLDWAIT)."
        )
    if what.by == "simpsh":
        return "simpsh started it, so simpsh collects it."
    by = chronicle.label(what.by or row.name)
    if not by:
        return "Its entry is freed, and no wait(2) that returned it was seen."
    return f"wait(2) gave {by} the status, and the kernel freed the entry: the zombie is gone."


def _close(chronicle: Chronicle, row: TimelineRow, what: events.Close) -> str:
    target = chronicle.target_before(row.index, what.fd)
    holders = chronicle.holders(target[:-2], target[-1:], row.index) if target else []
    if holders:
        names = ", ".join(chronicle.label(name) for name, _ in holders)
        return f"The end is not gone: {names} still {'hold' if len(holders) > 1 else 'holds'} it."
    if target.endswith("w"):
        return "This was the last write end: a reader now finds the end of file."
    return "This was the last read end: a writer now gets SIGPIPE."
