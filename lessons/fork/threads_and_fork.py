"""Threads and fork: the child has one thread.

A process with several threads forks: what does the child have?  fork copies the memory of the whole
process, but only the thread that calls fork.  A lock that another thread holds is copied in its
locked state.  The thread that should release the lock does not exist in the child.
"""

from __future__ import annotations

import os
import signal
import threading

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
    delete,
    insert,
    move,
    replace,
)


# --- 1. A second thread ---------------------------------------------------------------------------
def two_threads() -> None:
    """The parent has a second thread; then it forks."""
    threading.Thread(target=signal.pause).start()
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ①
    os.waitpid(child, 0)
    os._exit(0)  # ends both threads


# --- 2. The second thread holds a lock ------------------------------------------------------------
def hold(lock: threading.Lock, taken: threading.Event) -> None:
    """Run as the second thread."""
    with lock:
        taken.set()
        signal.pause()  # works for a long time


def fork_with_threads() -> None:
    """The second thread holds the lock; the first thread forks."""
    lock, taken = threading.Lock(), threading.Event()
    threading.Thread(target=hold, args=[lock, taken]).start()
    taken.wait()
    child = os.fork()
    if child == 0:  # in the child
        lock.acquire()
        os._exit(0)
    os.waitpid(child, 0)


# --- Variants -------------------------------------------------------------------------------------
child_starts_one = insert("threading.Thread(target=signal.pause).start()", above="os._exit(0)  # ①")
own_lock = replace("lock.acquire()", "threading.Lock().acquire()")
no_lock = replace("lock.acquire()", "pass")
execs_at_once = replace("lock.acquire()", 'os.execv("/bin/true", ["true"])')

forked = ("child",)  # the last line before fork may be the other thread's

the_ways = Compare(
    Run(fork_with_threads, id="ways-again", also=[hold], births=forked, leaves=["parent", "child"]),
    id="ways",
    needs=("threads",),
    title="the child",
    variants={
        "takes the parent's lock": Edit(),
        "takes a lock of its own": own_lock,
        "execs another program at once": execs_at_once,
    },
    columns={"what happens to it": "'ends' if child.ends else 'sleeps for ever'"},
    claims=[
        Claim(
            "After `exec` the locks of the old program no longer exist.",
            "row('execs another program at once').child.execs('true')",
        )
    ],
)


# --- A program to repair ------------------------------------------------------------------------
def work(lock: threading.Lock, ready: int) -> None:
    """Run as the second thread."""
    with lock:
        os.write(1, b"the thread has the lock\n")
        os.write(ready, b"!")
        signal.pause()  # works for a long time


def fork_first() -> None:
    """A child and a thread both need the lock."""
    lock = threading.Lock()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # in the child
        with lock:
            os.write(1, b"the child has its lock\n")
        os._exit(0)
    threading.Thread(target=work, args=[lock, write_end]).start()
    os.read(read_end, 1)
    os.waitpid(child, 0)
    os._exit(0)  # ends both threads


START_IN_C = (
    "if (pthread_create(&thread, NULL, work, NULL) != 0)\n"
    '    errx(1, "pthread_create");\n'
    "read(ends[0], &byte, 1);"
)
START = "threading.Thread(target=work, args=[lock, write_end]).start()"
thread_first = move(START, above="child = os.fork()") + move(
    "os.read(read_end, 1)", above="child = os.fork()"
)


# --- The lesson -----------------------------------------------------------------------------------
LESSON = Lesson(
    id="threads-and-fork",
    title="Threads and fork",
    minutes=6,
    chapter="fork",
    requires=["inherited"],
    remember="Only the thread that calls `fork` exists in the child. Locks of other threads stay "
    "locked. So a program with threads should fork only to exec.",
    good_for="A child of a server with threads hangs once a day. At the fork another thread held "
    "the lock of a log, and the child tried to log a line.",
    read_on=("fork(2)", "pthread_atfork(3)", "signal-safety(7)", "POSIX.1-2024 fork()"),
    steps=[
        Say(
            "A *thread* is one flow of execution in a process. All threads of a process share its "
            "memory. A *mutex*, here `threading.Lock`, is held by one thread at a time; another "
            "thread that wants it sleeps."
        ),
        Predict(
            "The parent has two threads, and one of them forks. **How many threads** does the "
            "child have at ①?",
            Choice(
                "one, which called `fork`",
                "at(1).child.fields['Threads'] == 1",
                "`fork` copies the memory, and the thread that calls `fork`. POSIX says the same: "
                "the new process has a single thread.",
            ),
            Choice(
                "two, just like the parent",
                "at(1).child.fields['Threads'] == 2",
                "`fork` copies the memory, and with it the stacks of both threads. No thread runs "
                "on the copied stack of the second one.",
            ),
            Choice(
                "none, until it creates one",
                "at(1).child.fields['Threads'] == 0",
                "A process without a thread cannot run any code, not even {line:os._exit(0)  # ①}. "
                "The thread that called `fork` runs there.",
            ),
            hint="`fork` returns in the child. In which thread does it return?",
        ),
        Run(
            two_threads,
            id="threads",
            needs=("threads",),
            claims=[
                Claim(
                    "At ① the parent has two threads, the child one.",
                    "at(1).parent.fields['Threads'] == 2 and at(1).child.fields['Threads'] == 1",
                    wrong=child_starts_one,
                )
            ],
        ),
        Say(
            "That alone would do no harm. But the other threads leave something in memory: the "
            "locks that they hold. This is what the second thread does now:",
            code=hold,
        ),
        Predict(
            "The child asks for the lock. The thread that holds it is not in the child. **What "
            "happens?**",
            Choice(
                "the child gets the lock",
                "returns",
                "If the lock had been free at the fork, the child would get it. The lock is a "
                "word in memory, and in the child's copy the word says: taken.",
            ),
            Choice(
                "the child sleeps for ever",
                "at('rest').child.asleep_in == 'futex'",
                "The child's copy of the lock is taken. The thread that would release it exists "
                "only in the parent, and releases the parent's copy.",
            ),
            Choice(
                "the child gets an error",
                "child.exits(1)",
                "A plain mutex does not check its owner. A robust mutex "
                "(pthread_mutexattr_setrobust(3)) reports an owner that has **ended**; here the "
                "owner lives on in the parent.",
            ),
            code=fork_with_threads,
            hint="By rule 4 the lock is copied. In which state was it at the fork?",
        ),
        Run(
            fork_with_threads,
            id="lock",
            needs=("threads",),
            also=[hold],
            births=forked,
            leaves=["parent", "child"],
            claims=[
                Claim(
                    "The child sleeps in a lock that no thread of the child can release.",
                    "at('rest').child.asleep_in == 'futex'",
                    wrong=own_lock,
                ),
                Claim(
                    "So the parent waits for ever, too: no process can continue.",
                    "hangs",
                    wrong=no_lock,
                ),
            ],
        ),
        the_ways,
        Say(
            "POSIX says: after `fork` in a process with threads, the child may call only "
            "*async-signal-safe* functions until it calls exec. `printf` and `malloc` are not, "
            "because they take locks. Python 3.12 and later warn about such a fork."
        ),
        Repair(
            Run(
                fork_first,
                id="repair",
                births=forked,
                claims=[
                    Claim(
                        "The child gets its lock.",
                        "child.writes('the child has its lock\\n')",
                        wrong=[
                            thread_first,
                            insert("os._exit(1)", above='b"the child has its lock'),
                        ],
                        hint="The child has a copy of the lock as it was at the fork, and no "
                        "second thread to release it.",
                    ),
                    Claim(
                        "The fork is always before the thread takes the lock, or always after.",
                        "not unordered(child.born, parent.writes('the thread has the lock\\n'))",
                        wrong=move(START, above="child = os.fork()"),
                        hint="In this run the fork came first by chance. What makes it come first?",
                    ),
                    Claim(
                        "The second thread gets the lock of the parent.",
                        "parent.writes('the thread has the lock\\n')",
                        wrong=delete(START) + delete("os.read(read_end, 1)"),
                        hint="Keep the thread, and its work.",
                    ),
                    Claim(
                        "The parent collects the child.",
                        "parent.collects(child)",
                        wrong=delete("os.waitpid(child, 0)"),
                        hint="Keep the wait for the child.",
                    ),
                ],
            ),
            task="The second thread has the lock when the parent forks. The child needs the lock, "
            "too, and this program hangs. Child and thread should both get one. Fix it.",
            broken=thread_first,
            broken_in_c=(
                delete("pthread_create(&thread")
                + delete('errx(1, "pthread_create")')
                + delete("read(ends[0], &byte, 1)")
                + insert(START_IN_C, above="pid_t child = fork();")
            ),
            hint="At which moment is no thread inside the lock?",
            praise="The child was born before the thread. So its copy of the lock was free.",
        ),
    ],
)
