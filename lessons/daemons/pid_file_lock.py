"""A lock of flock lasts until the last descriptor of its open file description is closed.

A daemon holds a lock on its pid file: which events end the lock?  So the daemon must keep the
descriptor: a Python object that is no longer used closes its file, and the lock is gone.  And no
other process may keep the descriptor: a worker that inherits it holds the lock after the daemon's
end, and no new daemon can start.
"""

# ruff: noqa: SIM115 - some demonstrations leave a file open on purpose
from __future__ import annotations

import fcntl
import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    all_of,
    at,
    delete,
    hangs,
    insert,
    none_of,
    of,
    processes,
    replace,
    returns,
    words,
)

daemon, second, worker = processes("daemon", "second", "worker")


# --- 1. The object that holds the lock -----------------------------------------------------------
def take_the_lock() -> None:
    """Lock the pid file."""
    pid_file = open("pid", "a")
    fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def two_daemons() -> None:
    """A daemon takes the lock; then a second one tries."""
    take_the_lock()  # in the daemon
    second = os.fork()  # ① the function has returned
    if second == 0:  # in the second
        take_the_lock()
        os.write(1, b"started too")
        os._exit(0)
    os.waitpid(second, 0)


# --- 2. Which other process has the lock ---------------------------------------------------------
def restart() -> None:
    """A daemon ends, its worker does not; a new daemon waits for the lock."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        lock = os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX)  # the old one
        worker = os.fork()
        if worker == 0:  # in the worker
            signal.pause()
        os._exit(0)
    os.waitpid(daemon, 0)
    new = os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(new, fcntl.LOCK_EX)  # the new one


# --- Edits ---------------------------------------------------------------------------------------
plain_descriptor = replace('open("pid", "a")', 'os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)')

the_lifetimes = Compare(
    Run(restart, id="restart", leaves=[worker]),
    id="lifetimes",
    title="what is changed",
    variants={
        "nothing": Edit(),
        "the worker closes it": insert("os.close(lock)", above="signal.pause()"),
        "the worker executes a program": insert(
            'os.execvp("sleep", ["sleep", "1000"])', above="signal.pause()"
        ),
        "record locks: lockf": replace("fcntl.flock(lock", "fcntl.lockf(lock")
        + replace("fcntl.flock(new", "fcntl.lockf(new"),
        "the pid file is deleted before": insert('os.unlink("pid")', above="new = os.open"),
    },
    columns={"the new daemon": words(hangs, "sleeps in flock", "has the lock")},
    facts=("pidfile-lock-lifetime",),
    claims=[
        Claim(
            "A worker that keeps the descriptor keeps the lock.",
            of("nothing", hangs),
            facts=("pidfile-lock-lifetime",),
        ),
        Claim(
            "If the worker's descriptor is closed, by `close` or by `exec`, the lock ends with "
            "the daemon.",
            all_of(
                of("the worker closes it", returns), of("the worker executes a program", returns)
            ),
        ),
        Claim(
            "A new file of the same name is another file. Its lock is free: the new daemon gets "
            "it, although the worker still holds the old one.",
            of("the pid file is deleted before", returns),
        ),
    ],
)

LESSON = Lesson(
    id="pid-file-lock",
    title="How long does a lock last?",
    minutes=7,
    chapter="daemons",
    requires=["pid-file", "rule-6-open-files"],
    remember="Keep the descriptor of the lock for the daemon's whole life, and close it in all "
    "other processes. Never delete a locked pid file.",
    good_for="A restart that fails while an old worker lives; two daemons although both lock: look "
    "in `/proc/PID/fd` for the processes that have the pid file open.",
    read_on=(
        "flock(2)",
        "fcntl_locking(2)",
        "proc_locks(5)",
        "TLPI 55.2 File Locking with flock()",
    ),
    exercise="daemon",
    steps=[
        Say(
            "The daemon locks first; now the lock must **last**. A lock of `flock` belongs to "
            "the *open file description* and ends with its last descriptor. Here a function "
            "opens the file and locks it.",
            code=take_the_lock,
        ),
        Predict(
            "The daemon's function has returned. What happens to the **second** daemon?",
            Choice(
                "it is refused the lock",
                none_of(second.prints("started too")),
                "It is refused if the daemon still has its descriptor: one from `os.open` stays "
                "open until you close it. Here Python has closed the file.",
            ),
            Choice(
                "it gets the lock as well",
                second.prints("started too"),
                "At the function's return no name refers to the object `pid_file`. Python closes "
                "its file, and the lock ends without a message.",
            ),
            Choice(
                "it waits for the lock",
                at("rest", second.asleep_in == "flock"),
                "`flock` waits if the lock is held and LOCK_NB is missing. Here LOCK_NB is "
                "given, and no process holds the lock.",
            ),
            hint="How long does the object `pid_file` live? What does Python do with a file that "
            "is not used any more?",
        ),
        Run(
            two_daemons,
            id="object",
            main="daemon",
            also=[take_the_lock],
            watch=("open", "close"),
            facts=("lock-object-lifetime",),
            claims=[
                Claim(
                    "After the function's return the daemon does not have the file open.",
                    at("①", none_of(daemon.holds_file("pid"))),
                    wrong=plain_descriptor,
                ),
                Claim(
                    "The second daemon gets the lock and starts.",
                    second.prints("started too"),
                    wrong=plain_descriptor,
                ),
            ],
        ),
        Predict(
            "The old daemon has ended; its worker lives. Does the new daemon get the lock?",
            Choice(
                "yes: its holder has ended",
                of("nothing", returns),
                "A record lock (`fcntl`, `lockf`) belongs to the process and ends with it. A "
                "lock of `flock` belongs to the open file description.",
            ),
            Choice(
                "no: the worker holds it",
                of("nothing", hangs),
                "`fork` shares the open file description. The worker's descriptor keeps the "
                "description open, and the lock with it.",
            ),
            Choice(
                "no: a file stays locked for ever",
                all_of(of("nothing", hangs), of("the worker closes it", hangs)),
                "A lock is not part of the file. The kernel has it, and removes it with the last "
                "descriptor.",
            ),
            hint="After the daemon's end: which process has a descriptor of the locked open file "
            "description?",
        ),
        the_lifetimes,
        Repair(
            Run(
                restart,
                id="repair",
                edit=insert("os.close(lock)", above="signal.pause()"),
                leaves=[worker],
                claims=[
                    Claim(
                        "The new daemon gets the lock.",
                        returns,
                        wrong=[delete("os.close(lock)"), replace("os.close(lock)", "os.dup(lock)")],
                        hint="The lock belongs to an open file description. Which process still "
                        "has it open?",
                    ),
                    Claim(
                        "The worker lives on.",
                        at("end", worker.state == "S"),
                        wrong=insert("os.kill(worker, signal.SIGKILL)", above="os._exit(0)"),
                        hint="The worker has more to do: no process may end it.",
                    ),
                ],
            ),
            task="The old daemon has ended, and its worker lives on. The new daemon should get "
            "the lock. It waits for ever. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=insert("if (worker == 0)\n    close(lock);", above="if (worker == 0)  // in"),
            hint="What does the worker inherit from the daemon?",
            praise="The worker closed its copy of the descriptor. The daemon's end closed the "
            "last one, and the lock was free.",
        ),
    ],
)
