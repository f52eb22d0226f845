"""For each way of waiting: the symptom's name, the lesson that explains it, and what to change."""

_FULL = (
    "E-PIPE-FULL",
    "full-pipe",
    "read the pipe before, or while, you wait for the writer; close each read end not used",
)
_FIFO_OPEN = "E-FIFO-OPEN", "fifo", "let another process open the FIFO's other end"
SYMPTOMS = {
    "stopped": (
        "E-STOPPED",
        "stop-and-continue",
        "continue it with fg; let a background job neither read its terminal nor set it",
    ),
    "terminal input": (
        "E-TERMINAL-INPUT",
        "jobs-and-terminal",
        "write to the terminal's master what the other program reads, before you wait for it",
    ),
    "terminal master": (
        "E-TERMINAL-OPEN",
        "jobs-and-terminal",
        "close the terminal where it is not used; give what stays in the background another input "
        "and output (</dev/null >/dev/null 2>&1)",
    ),
    "empty pipe": (
        "E-PIPE-HANG",
        "pipe-hang",
        "close each write end that is not used; give what stays in the background another output "
        "(>/dev/null 2>&1)",
    ),
    "full pipe": _FULL,
    "full FIFO": _FULL,
    "empty FIFO": ("E-FIFO-HANG", "fifo", "close each write end of the FIFO that is not used"),
    "FIFO without a writer": _FIFO_OPEN,
    "FIFO without a reader": _FIFO_OPEN,
    "terminal output": (
        "E-TERMINAL-OUTPUT",
        "jobs-and-terminal",
        "read the terminal's master while you wait for the other program; after ^S, type ^Q",
    ),
    "lock": (
        "E-LOCK-HELD",
        "locks-and-fork",
        "unlock it before the long part, and let no child inherit it",
    ),
    "shared memory": (
        "E-LOCK-SHARED",
        "shared-flags",
        "let each process that ends early post or unlock first; see also robust mutexes",
    ),
    "futex": (
        "E-LOCK-MEMORY",
        "threads-and-fork",
        "take locks in one order; unlock on each way out of a thread; do not fork while another "
        "thread may hold one",
    ),
    "message queue": (
        "E-QUEUE-WAIT",
        "event-loop",
        "let a process that ends send its last message first, or give the wait a time limit",
    ),
    "semaphore set": (
        "E-QUEUE-WAIT",
        "event-loop",
        "let the kernel give back what a process took when that ends (SEM_UNDO in semop(2))",
    ),
    "vfork child": (
        "E-WAIT-VFORK",
        "posix-spawn",
        "let the child call exec or _exit at once; posix_spawn(3) does",
    ),
    "signal": (
        "E-WAIT-SIGNAL",
        "signals-blocked",
        "block the signal before you look whether to wait, and wait with sigsuspend(2) or, with a "
        "time limit, sigtimedwait(2)",
    ),
    "zombie": ("E-ZOMBIE", "zombie", "let the parent wait for its child when SIGCHLD comes"),
    "semaphore": (
        "E-WAIT-THREAD",
        "threads-and-fork",
        "take locks in one order; unlock or post on each way out of a thread; fork before threads "
        "start",
    ),
    "idle loop": (
        "E-LOOP-IDLE",
        "event-loop",
        "give each wait of the event loop a time limit, or an event that ends it",
    ),
    "socket": (
        "E-SOCKET-WAIT",
        "event-loop",
        "let the other end send or close; limit the wait (poll(2), SO_RCVTIMEO)",
    ),
    "event": (
        "E-EVENT-WAIT",
        "event-loop",
        "cause the event also on the way out of a process that ends early, or limit the wait "
        "(poll(2))",
    ),
    "loop": (
        "E-WAIT-LOOP",
        "event-loop",
        "wait for the event itself, with waitpid(2), a pidfd, poll(2) or inotify(7)",
    ),
    "namespace": (
        "E-NAMESPACE-END",
        "pid-1",
        "collect each process that was started in the namespace from outside",
    ),
    "child": (
        "E-WAIT-CHILD",
        "wait-scenarios",
        "if the child is to live on, do not wait for it; else end it first",
    ),
}
"""By situation: a stable name of the symptom, the lesson that explains it, and a change that avoids
the wait. If several fit, the first counts."""

WITHOUT_SYMPTOM = {
    **dict.fromkeys(
        ("not permitted", "read", "write"),
        "ask again as root, or as the user of that process if it is another",
    ),
    "traced": "let the tracer continue the process, or end the tracer",
    "kernel thread": "nothing, it works for the kernel",
    "unknown": "the cause is below the program: look at its file system, device or supervisor",
    "open": "the cause is below the program: look at the file system, device or listener there",
    "file": "the cause is below the program: look at the device or the server of the file system",
    "running": "nothing if it computes; simpsh trace -p PID shows the calls of a loop",
    "thread": "nothing if that thread is at work; else let it end",
    "threads only": "nothing if that thread is at work; else let it end",
    "keyboard": "nothing, a typed line ends the wait; without input, start it with </dev/null",
    "file change": "nothing, a change of a watched file ends the wait",
    "connection": "nothing, a client that connects ends the wait",
    "event": "nothing, any of the events in the first sentence ends the wait",
    "timer": "nothing, the time ends the wait",
    "poll": "nothing, any of the events in the first sentence ends the wait",
}
"""Situations that are not symptoms: the event that ends each, or why none is needed."""


def changes(situations: set[str]) -> tuple[str, str, str]:
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
    return "", "", WITHOUT_SYMPTOM["poll"]
