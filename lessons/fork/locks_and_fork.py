"""Locks and fork: a flock is shared with the child, a record lock is not inherited.

A lock of `flock` belongs to the open file description, which parent and child share: it does not
keep the child out.  A record lock of `lockf` or `fcntl` belongs to a process, so the child
has none.  The parent loses a record lock when it closes any descriptor of the file.
"""

from __future__ import annotations

import fcntl
import os

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    hangs,
    happens,
    insert,
    of,
    processes,
    replace,
)

parent, child = processes("parent", "child")
granted, refused = child.prints("granted"), child.prints("refused")


# --- 1. The child asks for the parent's lock ----------------------------------------------------
def one_lock() -> None:
    """The parent holds the lock; the child asks for it, and does not wait."""
    fd = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:  # in the child
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # no waiting
            os.write(1, b"granted")
        except BlockingIOError:
            os.write(1, b"refused")
        os._exit(0)
    os.waitpid(child, 0)


# --- 2. The child gives the lock back -----------------------------------------------------------
def given_back() -> None:
    """The child unlocks; after that the parent asks with a new open."""
    fd = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:  # in the child
        fcntl.flock(fd, fcntl.LOCK_UN)
        os._exit(0)
    os.waitpid(child, 0)
    other = os.open("lock", os.O_RDWR)  # another description
    try:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(1, b"free")
    except BlockingIOError:
        os.write(1, b"locked")


# --- Variants -----------------------------------------------------------------------------------
child_opens_itself = insert('fd = os.open("lock", os.O_RDWR)', above="try:")
record_lock = replace("flock(fd, fcntl.LOCK_EX)", "lockf(fd, fcntl.LOCK_EX)") + replace(
    "flock(fd, fcntl.LOCK_EX |", "lockf(fd, fcntl.LOCK_EX |"
)
closes_another = insert('os.close(os.open("lock", os.O_RDWR))', above="child = os.fork()")
free, locked = parent.prints("free"), parent.prints("locked")

the_locks = Compare(
    Run(one_lock, id="locks-again"),
    id="locks",
    title="the parent holds",
    variants={
        "a flock": Edit(),
        "a record lock": record_lock,
        "a record lock; opens and closes": record_lock + closes_another,
        "a flock; the child opens itself": child_opens_itself,
    },
    columns={"the child asks, and is": child.output},
    claims=[
        Claim(
            "A record lock belongs to the process: the child is refused.",
            of("a record lock", refused),
            facts=("lock-kinds-and-fork",),
        ),
        Claim(
            "The parent opened the file again and closed that descriptor: its record lock is gone.",
            of("a record lock; opens and closes", granted),
            facts=("lock-kinds-and-fork",),
        ),
        Claim(
            "With a new open the child has its own description, and is refused.",
            of("a flock; the child opens itself", refused),
            facts=("lock-kinds-and-fork",),
        ),
    ],
)

the_ends = Compare(
    Run(given_back, id="unlock"),
    id="ends",
    title="the child",
    variants={
        "unlocks: LOCK_UN": Edit(),
        "closes fd": replace("fcntl.flock(fd, fcntl.LOCK_UN)", "os.close(fd)"),
        "does nothing, and ends": replace("fcntl.flock(fd, fcntl.LOCK_UN)", "pass"),
    },
    columns={"then the lock is": parent.output},
    claims=[
        Claim(
            "LOCK_UN in the child frees the lock of the parent.",
            of("unlocks: LOCK_UN", free),
            facts=("lock-kinds-and-fork",),
        ),
        Claim(
            "A close in the child frees nothing: the parent still refers to the description.",
            of("closes fd", locked),
            facts=("lock-kinds-and-fork",),
        ),
    ],
)

# --- The lesson ---------------------------------------------------------------------------------
LESSON = Lesson(
    id="locks-and-fork",
    title="Locks and fork",
    minutes=6,
    chapter="fork",
    requires=["rule-6-open-files"],
    remember="A flock belongs to the open file description and is shared; a record lock belongs to "
    "the process and is not inherited.",
    good_for="A daemon that forks workers: with `flock`, a worker that lives on keeps the lock. "
    "With a record lock, a library that opens and closes the file loses it.",
    read_on=(
        "flock(2)",
        "fcntl(2), Advisory record locking",
        "lockf(3)",
        "Kerrisk, TLPI, chapter 55",
    ),
    steps=[
        Say("A *lock* on a file keeps other processes out, if they ask for it as well."),
        Predict(
            "The parent holds the lock. The child asks on the inherited `fd`. What happens?",
            Choice(
                "the child is refused: EWOULDBLOCK",
                refused,
                "That is so if the child opens the file itself. Here both use one open file "
                "description, and the lock belongs to it.",
            ),
            Choice(
                "the child gets the lock, too",
                granted,
                "The lock belongs to the open file description, and both share the description. "
                "So the lock does not keep the child out.",
            ),
            Choice(
                "both sleep for ever: a deadlock",
                hangs,
                "You expect that the child waits for its parent. With LOCK_NB no call waits, and "
                "here the lock is granted at once.",
            ),
            hint="Rule 6: what do parent and child share? To what does a `flock` belong?",
        ),
        Run(
            one_lock,
            id="lock",
            claims=[
                Claim(
                    "The child was granted the lock that its parent holds.",
                    granted,
                    wrong=child_opens_itself,
                    facts=("lock-kinds-and-fork",),
                )
            ],
        ),
        Predict(
            "Now the parent takes a *record lock* with `lockf`, the kind that POSIX has. When does "
            "the lock keep the child out?",
            Choice(
                "never: the child inherits the lock",
                of("a record lock", granted),
                "That is so for `flock`. fork(2) says that record locks are not inherited: a "
                "record lock belongs to one process.",
            ),
            Choice(
                "with lockf, if the parent closes nothing",
                all_of(
                    of("a record lock", refused), of("a record lock; opens and closes", granted)
                ),
                "The lock belongs to the process, and the child is another one. But a close of "
                "**any** descriptor of the file drops the lock.",
            ),
            Choice(
                "with lockf, whatever the parent closes",
                all_of(
                    of("a record lock", refused), of("a record lock; opens and closes", refused)
                ),
                "You expect that a lock stays until its own descriptor is closed. POSIX says: "
                "close **any** descriptor of the file, and the lock is gone.",
            ),
            hint="fcntl(2) says when the kernel releases a record lock. Read that sentence twice.",
        ),
        the_locks,
        Predict(
            "Back to `flock`. The parent holds the lock, and the child calls **LOCK_UN**. The "
            "parent has not unlocked. Is the file still locked?",
            Choice(
                "locked: only the owner can unlock",
                of("unlocks: LOCK_UN", locked),
                "You expect that the parent owns the lock. The owner is the open file description, "
                "and the child refers to it just as the parent does.",
            ),
            Choice(
                "free: the child unlocked it for both",
                of("unlocks: LOCK_UN", free),
                "There is one lock, of one description. LOCK_UN on any descriptor of it frees the "
                "lock.",
            ),
            Choice(
                "the call fails in the child",
                of("unlocks: LOCK_UN", happens(child.fails("flock"))),
                "You expect that the kernel checks which process locked. A `flock` remembers the "
                "description, and no process.",
            ),
            hint="How many locks are there, and how many descriptors lead to it?",
        ),
        the_ends,
        Say(
            "Linux has a third kind, the *open file description lock* (`F_OFD_SETLK`, fcntl(2)): "
            "parts of a file, as with record locks, but owned by the description, as with `flock`. "
            "POSIX.1-2024 has this kind, too."
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
