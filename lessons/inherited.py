"""What a child has from its parent, and what it has not.

Nearly everything that a process *is* goes over to its child: directory, limits, environment, signal
mask, handlers.  What does not is what belongs to one pid or one thread: signals that are on their
way, alarms, record locks, the time used, the other threads.  And what does go over is a copy, the
state of a generator of random numbers included.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import random
import resource
import select
import signal
import threading
import time

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    NotShown,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    anyone_but,
    at,
    before,
    delete,
    hangs,
    happens,
    insert,
    move,
    none_of,
    of,
    output,
    processes,
    replace,
    told_at,
)

parent, child, child_2, shell = processes("parent", "child", "child 2", "shell")


# --- 1. Signals --------------------------------------------------------------------------------
def signals() -> None:
    """A signal is caught, another is blocked, and one of these waits to be delivered."""
    signal.signal(signal.SIGTERM, print)  # caught
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)  # blocked: it is pending
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ① nobody has done anything yet
    os.waitpid(child, 0)


# --- 2. One question, asked in both ------------------------------------------------------------
def asked_in_both() -> None:
    """The parent arranges something, and both look whether they have it."""
    ask = os.getcwd
    os.chdir("/")
    in_parent = ask()
    child = os.fork()
    if child == 0:  # in the child
        in_child = ask()
        os._exit(0)
    os.waitpid(child, 0)


def has_alarm() -> int:
    """How many seconds are left of an alarm; 0 if there is none."""
    return round(signal.getitimer(signal.ITIMER_REAL)[0])


def may_lock(path: str) -> str:
    """Ask for a record lock, without waiting; who has it already is granted it again."""
    try:
        fcntl.lockf(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "refused"
    return "granted"


# --- 3. A lock of a thread that is not there -----------------------------------------------------
def locked() -> None:
    """A thread takes a lock; another forks."""
    lock, is_taken = threading.Lock(), threading.Event()

    def helper() -> None:
        with lock:
            is_taken.set()
            signal.pause()  # it has much to do

    threading.Thread(target=helper, daemon=True).start()
    is_taken.wait()
    child = os.fork()
    if child == 0:  # in the child
        lock.acquire()
        os._exit(0)
    os.waitpid(child, 0)
