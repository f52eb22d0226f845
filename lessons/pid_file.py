"""A pid file is a lock with a number in it, and the lock is what counts.

“Only one of us may run” cannot be said by a file that is there, nor by a number that may be old.
A lock can say it, which the kernel takes back when its holder is gone: if it is taken before the
file is touched, kept as long as the daemon lives, and kept by nobody else.
"""

# ruff: noqa: SIM115 - a file that nobody closes is what some of this is about
from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    at,
    delete,
    file,
    hangs,
    happens,
    insert,
    none_of,
    of,
    outputs,
    processes,
    replace,
    returns,
    words,
)

daemon, second = processes("daemon", "second")
stopper, helper, worker = processes("stopper", "helper", "worker")


# --- 1. Look, then write -----------------------------------------------------------------------
def start_two() -> None:
    """Two starts at the same time; each looks whether there is a pid file."""
    for _ in range(2):
        daemon = os.fork()
        if daemon == 0:  # in a daemon
            with suppress(FileExistsError):
                if not os.path.exists("pid"):
                    os.open("pid", os.O_CREAT | os.O_WRONLY)
                    os.write(1, b"started ")
            os._exit(0)
    os.wait()
    os.wait()


# --- 2. Empty, then lock -------------------------------------------------------------------------
def start_again() -> None:
    """A daemon runs; it is started once more."""
    pid_file = open("pid", "w")
    fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print(os.getpid(), file=pid_file, flush=True)
    second = os.fork()
    if second == 0:  # in the second
        try:
            mine = open("pid", "w")
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os._exit(1)  # one is running already
        os._exit(0)
    os.waitpid(second, 0)


# --- 3. A number, and whom it means --------------------------------------------------------------
def stop() -> None:
    """A command that stops the daemon, whose number it has read from the pid file."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        signal.pause()
    stopper = os.fork()
    if stopper == 0:  # in the stopper
        os.setpgid(0, 0)  # as shells do with each job
        helper = os.fork()
        if helper == 0:  # in its helper
            signal.pause()
        number = int("0\n")  # so it stands in the file
        os.kill(number, signal.SIGTERM)
    os.waitpid(stopper, 0)


# --- 4. The object that holds the lock -----------------------------------------------------------
def take_the_lock() -> None:
    """Lock the pid file."""
    pid_file = open("pid", "a")
    fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def two_daemons() -> None:
    """A daemon takes the lock; then a second one tries."""
    take_the_lock()  # in the daemon
    second = os.fork()  # ① the daemon has been there
    if second == 0:  # in the second
        take_the_lock()
        os.write(1, b"started too")
        os._exit(0)
    os.waitpid(second, 0)


# --- 5. Who else has the lock --------------------------------------------------------------------
def restart() -> None:
    """A daemon ends, its worker does not; a new daemon waits for the lock."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        lock = os.open("pid", os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)  # the old one
        worker = os.fork()
        if worker == 0:  # in the worker
            signal.pause()
        os._exit(0)
    os.waitpid(daemon, 0)
    new = os.open("pid", os.O_RDWR | os.O_CREAT)
    fcntl.flock(new, fcntl.LOCK_EX)  # the new one


# --- Edits ---------------------------------------------------------------------------------------
in_one_step = replace("os.O_CREAT", "os.O_CREAT | os.O_EXCL")
keeps_the_text = replace('mine = open("pid", "w")', 'mine = open("pid", "a")')
a_good_number = replace('int("0\\n")', "daemon")
plain_descriptor = replace('open("pid", "a")', 'os.open("pid", os.O_RDWR | os.O_CREAT)')
LESSON = Lesson(
    id="pid-file",
    title="A pid file is a lock with a number in it",
    minutes=10,
    chapter="pipes and daemons",
    requires=["daemonize"],
    remember="Open without emptying, lock, empty, write – and keep that one descriptor for life. "
    "The number is a hint; the lock is the truth.",
    good_for="“Already running” after a crash, a restart that fails while an old worker lives, a "
    "stop command that ends the wrong process: each of them is one of these five mistakes.",
    read_on=("flock(2)", "fcntl_locking(2)", "open(2), O_EXCL", "kill(2)", "proc_locks(5)"),
    steps=[
        Say(
            "A daemon writes its pid into a file: so that no second one starts, and so that it "
            "can be stopped. There are five ways to get this wrong. The first: look, then create."
        ),
        Predict(
            "Two are started at the same moment. How many **can** start?",
            Choice(
                "always one",
                outputs == {"started "},
                "It would be so if looking and creating were one step: open with O_EXCL is.",
            ),
            Choice(
                "one or two",
                outputs == {"started ", "started started "},
                "If the other one looks between the looking and the creating, both find nothing.",
            ),
        ),
        Explore(
            start_two,
            id="race",
            native=20,
            births=("daemon 2",),
            facts=("pidfile-toctou",),
            claims=[
                Claim(
                    "In some orders both start.",
                    outputs == {"started ", "started started "},
                    wrong=in_one_step,
                ),
            ],
        ),
        Say(
            "`O_EXCL` closes that gap, but after a crash the file is there and nothing starts. A "
            "**lock** goes with its holder. The second mistake: open, then lock."
        ),
        Predict(
            "The daemon has the lock. What is in its pid file after a second start?",
            Choice(
                "its number, as before",
                all_of(happens(second.exits(1)), none_of(file("pid") == "")),
                "The second is refused, but by then it has opened the file with “w”.",
            ),
            Choice(
                "nothing",
                file("pid") == "",
                "open with “w” empties the file, whoever has locked it: a lock forbids locking, "
                "not writing.",
            ),
            Choice(
                "the number of the second",
                all_of(happens(second.exits(0)), none_of(file("pid") == "")),
                "It would write its own only when it had the lock, and it is refused.",
            ),
        ),
        Run(
            start_again,
            id="again",
            main="daemon",
            watch=("open",),
            facts=("truncate-before-lock",),
            claims=[
                Claim(
                    "The second daemon was refused.",
                    happens(second.exits(1)),
                    wrong=delete("fcntl.flock(pid_file"),
                ),
                Claim(
                    "All the same, the number is gone: nobody can stop the daemon by this file.",
                    file("pid") == "",
                    wrong=keeps_the_text,
                ),
            ],
        ),
        Predict(
            "The pid file says **0**: half written, or damaged. Who gets the stopper's SIGTERM?",
            Choice(
                "nobody: there is no process 0",
                none_of(happens(stopper.receives("SIGTERM")), happens(daemon.receives("SIGTERM"))),
                "For kill, 0 is no process but *my own group*; and −1 is *everybody that I may "
                "signal*.",
            ),
            Choice(
                "the daemon",
                happens(daemon.receives("SIGTERM")),
                "It would if its number stood there.",
            ),
            Choice(
                "the stopper and its helper",
                all_of(happens(stopper.receives("SIGTERM")), happens(helper.receives("SIGTERM"))),
                "kill(0, …) means the sender's own process group: the stopper, and all that "
                "runs in its job.",
            ),
        ),
        Run(
            stop,
            id="stop",
            leaves=[daemon],
            facts=("pidfile-parsing",),
            claims=[
                Claim(
                    "The stopper has ended itself, and a helper that has nothing to do with it.",
                    all_of(
                        happens(stopper.is_killed_by("SIGTERM")),
                        happens(helper.is_killed_by("SIGTERM")),
                    ),
                    wrong=a_good_number,
                ),
                Claim("The daemon runs.", at("end", daemon.state == "S"), wrong=a_good_number),
            ],
        ),
        Say(
            "So accept digits only, a number above 1 and up to pid_max. By now it may be another's "
            "all the same. Whether the daemon runs, ask the **lock** – if it is kept."
        ),
        Predict(
            "The daemon has locked the file; the function has returned. And the **second**?",
            Choice(
                "it is refused: the lock is held",
                none_of(second.prints("started too")),
                "So it is where the descriptor stays open: os.open, or an object that somebody "
                "keeps.",
            ),
            Choice(
                "it gets the lock, too",
                second.prints("started too"),
                "Nobody keeps the object pid_file. Python closes its file, and the lock goes "
                "silently.",
            ),
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
                    "When the function has returned, nobody has the file open.",
                    at("①", none_of(daemon.holds_file("pid"))),
                    wrong=plain_descriptor,
                ),
                Claim(
                    "The second gets the lock and starts.",
                    second.prints("started too"),
                    wrong=plain_descriptor,
                ),
            ],
        ),
        Predict(
            "The old daemon is dead, its worker lives. Does the new daemon get the lock?",
            Choice(
                "yes: its holder is dead",
                of("nothing", returns),
                "So it would be with a lock of fcntl, which belongs to the process. flock belongs "
                "to the open file description, and fork shares that.",
            ),
            Choice(
                "no: the worker has it",
                of("nothing", hangs),
                "The worker's copy of the descriptor keeps the open file description, and with it "
                "the lock.",
            ),
        ),
        Compare(
            Run(restart, id="restart", leaves=[worker]),
            id="lifetimes",
            title="what is changed",
            variants={
                "nothing": Edit(),
                "the worker closes it": insert("os.close(lock)", above="signal.pause()"),
                "the worker executes a program": insert(
                    'os.execvp("sleep", ["sleep", "1000"])', above="signal.pause()"
                ),
                "fcntl locks: lockf": replace("fcntl.flock(lock", "fcntl.lockf(lock")
                + replace("fcntl.flock(new", "fcntl.lockf(new"),
                "somebody deletes the file": insert('os.unlink("pid")', above="new = os.open"),
            },
            columns={"the new daemon": words(hangs, "sleeps in flock", "has the lock")},
            facts=("pidfile-lock-lifetime",),
            claims=[
                Claim("A worker that keeps the descriptor keeps the lock.", of("nothing", hangs)),
                Claim(
                    "Closed on exec, or by hand, it goes with the daemon.",
                    all_of(
                        of("the worker closes it", returns),
                        of("the worker executes a program", returns),
                    ),
                ),
                Claim(
                    "A deleted file is another file: the old lock is held, and both run.",
                    of("somebody deletes the file", returns),
                ),
            ],
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
