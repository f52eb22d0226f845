"""For each way of waiting: the symptom's name, the lesson that explains it, and what to change."""

from __future__ import annotations

from collections.abc import Collection

from simpsh.base import waits
from simpsh.base.waits import Situation, Waker

SYMPTOMS: dict[Situation, tuple[str, str, str]] = {
    waits.KEPT_FROM_TERMINAL: (
        "E-STOPPED",
        "stop-and-continue",
        "continue it with fg; let a background job neither read its terminal nor set it",
    ),
    waits.STOPPED: (
        "E-STOPPED",
        "stop-and-continue",
        "continue it with kill -CONT, or with fg or bg in its shell, before you wait for it",
    ),
    waits.TRACED: (
        "E-TRACED",
        "stop-and-continue",
        "let the tracer continue it (PTRACE_CONT in ptrace(2)) before it waits for anything else",
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
    waits.FULL_PIPE: (
        "E-PIPE-FULL",
        "full-pipe",
        "read the pipe before, or while, you wait for the writer; close each read end not used",
    ),
    waits.TERMINAL_OUTPUT: (
        "E-TERMINAL-OUTPUT",
        "jobs-and-terminal",
        "read the terminal's master while you wait for the other program; after ^S, type ^Q",
    ),
    waits.LOCK: (
        "E-LOCK-HELD",
        "pid-file",
        "unlock it before you wait for anything else, and let no child inherit it",
    ),
    waits.SHARED_MEMORY: (
        "E-LOCK-SHARED",
        "shared-counter",
        "let each process that ends early post or unlock first; see also robust mutexes",
    ),
    waits.VFORK_CHILD: (
        "E-WAIT-VFORK",
        "posix-spawn",
        "let the child call exec or _exit at once; posix_spawn(3) does",
    ),
    waits.SIGNAL: (
        "E-WAIT-SIGNAL",
        "signals-blocked",
        "block the signal before you look whether to wait; let it in by the mask of sigsuspend(2) "
        "or ppoll(2), or take it with sigtimedwait(2)",
    ),
    waits.ZOMBIE: (
        "E-ZOMBIE",
        "zombie",
        "when SIGCHLD comes, let the parent collect every child that has ended: waitpid(2) with "
        "WNOHANG until it finds none",
    ),
    waits.MEMORY: (
        "E-WAIT-THREAD",
        "threads-and-fork",
        "take locks in one order; unlock or post on each way out of a thread; fork before threads "
        "start",
    ),
    waits.IDLE_LOOP: (
        "E-LOOP-IDLE",
        "self-pipe",
        "give each wait of the event loop a time limit, or an event that ends it",
    ),
    waits.FULL_SOCKET: (
        "E-SOCKET-WAIT",
        "self-pipe",
        "let the other end read before it writes more; limit the wait (poll(2), SO_SNDTIMEO)",
    ),
    waits.SOCKET: (
        "E-SOCKET-WAIT",
        "self-pipe",
        "let the other end send or close; limit the wait (poll(2), SO_RCVTIMEO)",
    ),
    waits.CHILD: (
        "E-WAIT-CHILD",
        "wait-scenarios",
        "if the child is to live on, do not wait for it; else end it first",
    ),
    # A healthy event loop polls such descriptors, too, so another reason comes first.
    waits.EVENT: (
        "E-EVENT-WAIT",
        "self-pipe",
        "cause the event also on the way out of a process that ends early, or limit the wait "
        "(poll(2))",
    ),
}
"""By situation: a stable name of the symptom, the lesson that explains it, and a change that avoids
the wait. If several fit, the first counts."""

AWAITED: dict[Waker, str] = {
    waits.BY_CLIENT: "a process that connects, sends a message or opens the FIFO",
    waits.BY_SIGNAL: "a signal",
    waits.BY_PERSON: "a typed line; without input, start it with </dev/null",
    waits.BY_CLOCK: "the end of a sleep",
    waits.BY_KERNEL: "an event that the kernel reports, such as a change of a file",
    waits.BY_ITSELF: "its own work, which strace -p PID shows",
    waits.BY_STORAGE: "the cause is below the program: its storage has to answer",
    waits.BY_HANDLER: "a handler of a signal may end the wait; what a handler does is not visible",
    waits.BY_OPERATION: (
        "an operation that it has passed to the kernel (io_uring, aio); /proc does not show which"
    ),
    waits.BY_UNSEEN: "which process has to act, if any, cannot be seen from here",
}
"""By waker: the event that ends a wait."""


def symptom_of(situations: Collection[Situation]) -> tuple[str, str, str]:
    """Return the symptom of waits that nothing can end, its lesson, and a change that avoids it."""
    return next((SYMPTOMS[it] for it in SYMPTOMS if it in situations), ("", "", ""))
