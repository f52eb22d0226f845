"""For each way of waiting: the symptom's name, the lesson that explains it, and what to change."""

from __future__ import annotations

from simpsh.base import waits
from simpsh.base.waits import Situation

_FULL = (
    "E-PIPE-FULL",
    "full-pipe",
    "read the pipe before, or while, you wait for the writer; close each read end not used",
)
_FIFO_OPEN = "E-FIFO-OPEN", "fifo", "let another process open the FIFO's other end"
SYMPTOMS: dict[Situation, tuple[str, str, str]] = {
    waits.STOPPED: (
        "E-STOPPED",
        "stop-and-continue",
        "continue it with fg; let a background job neither read its terminal nor set it",
    ),
    waits.TERMINAL_INPUT: (
        "E-TERMINAL-INPUT",
        "jobs-and-terminal",
        "write to the terminal's master what the other program reads, before you wait for it",
    ),
    waits.TERMINAL_MASTER: (
        "E-TERMINAL-OPEN",
        "jobs-and-terminal",
        "close the terminal where it is not used; give what stays in the background another input "
        "and output (</dev/null >/dev/null 2>&1)",
    ),
    waits.EMPTY_PIPE: (
        "E-PIPE-HANG",
        "pipe-hang",
        "close each write end that is not used; give what stays in the background another output "
        "(>/dev/null 2>&1)",
    ),
    waits.FULL_PIPE: _FULL,
    waits.FULL_FIFO: _FULL,
    waits.EMPTY_FIFO: ("E-FIFO-HANG", "fifo", "close each write end of the FIFO that is not used"),
    waits.NO_WRITER: _FIFO_OPEN,
    waits.NO_READER: _FIFO_OPEN,
    waits.TERMINAL_OUTPUT: (
        "E-TERMINAL-OUTPUT",
        "jobs-and-terminal",
        "read the terminal's master while you wait for the other program; after ^S, type ^Q",
    ),
    waits.LOCK: (
        "E-LOCK-HELD",
        "locks-and-fork",
        "unlock it before the long part, and let no child inherit it",
    ),
    waits.SHARED_MEMORY: (
        "E-LOCK-SHARED",
        "shared-flags",
        "let each process that ends early post or unlock first; see also robust mutexes",
    ),
    waits.FUTEX: (
        "E-LOCK-MEMORY",
        "threads-and-fork",
        "take locks in one order; unlock on each way out of a thread; do not fork while another "
        "thread may hold one",
    ),
    waits.MESSAGE_QUEUE: (
        "E-QUEUE-WAIT",
        "event-loop",
        "let a process that ends send its last message first, or give the wait a time limit",
    ),
    waits.SEMAPHORE_SET: (
        "E-QUEUE-WAIT",
        "event-loop",
        "let the kernel give back what a process took when that ends (SEM_UNDO in semop(2))",
    ),
    waits.VFORK_CHILD: (
        "E-WAIT-VFORK",
        "posix-spawn",
        "let the child call exec or _exit at once; posix_spawn(3) does",
    ),
    waits.SIGNAL: (
        "E-WAIT-SIGNAL",
        "signals-blocked",
        "block the signal before you look whether to wait, and wait with sigsuspend(2) or, with a "
        "time limit, sigtimedwait(2)",
    ),
    waits.ZOMBIE: ("E-ZOMBIE", "zombie", "let the parent wait for its child when SIGCHLD comes"),
    waits.SEMAPHORE: (
        "E-WAIT-THREAD",
        "threads-and-fork",
        "take locks in one order; unlock or post on each way out of a thread; fork before threads "
        "start",
    ),
    waits.IDLE_LOOP: (
        "E-LOOP-IDLE",
        "event-loop",
        "give each wait of the event loop a time limit, or an event that ends it",
    ),
    waits.SOCKET: (
        "E-SOCKET-WAIT",
        "event-loop",
        "let the other end send or close; limit the wait (poll(2), SO_RCVTIMEO)",
    ),
    waits.EVENT: (
        "E-EVENT-WAIT",
        "event-loop",
        "cause the event also on the way out of a process that ends early, or limit the wait "
        "(poll(2))",
    ),
    waits.LOOP: (
        "E-WAIT-LOOP",
        "event-loop",
        "wait for the event itself, with waitpid(2), a pidfd, poll(2) or inotify(7)",
    ),
    waits.NAMESPACE: (
        "E-NAMESPACE-END",
        "pid-1",
        "collect each process that was started in the namespace from outside",
    ),
    waits.CHILD: (
        "E-WAIT-CHILD",
        "wait-scenarios",
        "if the child is to live on, do not wait for it; else end it first",
    ),
}
"""By situation: a stable name of the symptom, the lesson that explains it, and a change that avoids
the wait. If several fit, the first counts."""

WITHOUT_SYMPTOM: dict[Situation, str] = {
    **dict.fromkeys(
        (waits.NOT_PERMITTED, waits.READ, waits.WRITE),
        "ask again as root, or as the user of that process if it is another",
    ),
    waits.TRACED: "let the tracer continue the process, or end the tracer",
    waits.KERNEL_THREAD: "nothing, it works for the kernel",
    waits.UNKNOWN: "the cause is below the program: look at its file system, device or supervisor",
    waits.OPEN: "the cause is below the program: look at the file system, device or listener there",
    waits.FILE: "the cause is below the program: look at the device or the file system's server",
    waits.RUNNING: "nothing if it computes; simpsh trace -p PID shows the calls of a loop",
    waits.THREAD: "nothing if that thread is at work; else let it end",
    waits.THREADS_ONLY: "nothing if that thread is at work; else let it end",
    waits.KEYBOARD: "nothing, a typed line ends the wait; without input, start it with </dev/null",
    waits.FILE_CHANGE: "nothing, a change of a watched file ends the wait",
    waits.CONNECTION: "nothing, a client that connects ends the wait",
    waits.EVENT: "nothing, any of the events in the first sentence ends the wait",
    waits.TIMER: "nothing, the time ends the wait",
    waits.POLL: "nothing, any of the events in the first sentence ends the wait",
}
"""Situations that are not symptoms: the event that ends each, or why none is needed."""


def changes(situations: set[Situation]) -> tuple[str, str, str]:
    """Return the symptom that the situations show, its lesson, and a change that avoids the wait.

    If they are not a symptom, the first two are empty, and the third names the event that ends the
    wait.
    """
    for situation, symptom in SYMPTOMS.items():
        if situation in situations:
            return symptom
    for situation, change in WITHOUT_SYMPTOM.items():
        if situation in situations:
            return "", "", change
    return "", "", WITHOUT_SYMPTOM[waits.POLL]
