"""The number in a pid file is only a hint; the lock says whether the daemon runs.

A program finds a pid in a file: what does it know about the process?  A crash leaves the file with
its number, and the number may belong to another process by now.  A damaged file may say 0 or −1,
and kill gives these numbers a special meaning: the sender's group, or all processes that the sender
may signal.  So check the number, and ask the lock.
"""

from __future__ import annotations

import fcntl
import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Lesson,
    Predict,
    Repair,
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
    processes,
    replace,
    returns,
)

starter, daemon = processes("starter", "daemon")
stopper, helper = processes("stopper", "helper")


# --- 1. After a crash ----------------------------------------------------------------------------
def crash() -> None:
    """A daemon is killed; then another program asks whether it runs."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        lock = os.open("pid", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.write(lock, b"%d\n" % os.getpid())
        os.kill(os.getpid(), signal.SIGKILL)  # a crash
    os.waitpid(daemon, 0)
    asker = os.open("pid", os.O_RDONLY)
    fcntl.flock(asker, fcntl.LOCK_EX)  # is the daemon running?


# --- 2. A number, and which processes it means ---------------------------------------------------
def stop() -> None:
    """A command stops the daemon by the number from the pid file."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        signal.pause()
    stopper = os.fork()
    if stopper == 0:  # in the stopper
        os.setpgid(0, 0)  # as shells do with each job
        helper = os.fork()
        if helper == 0:  # in the stopper's helper
            signal.pause()
        number = int("0\n")  # the text of the pid file
        os.kill(number, signal.SIGTERM)
    os.waitpid(stopper, 0)


# --- Edits ---------------------------------------------------------------------------------------
a_good_number = replace('int("0\\n")', "daemon")


# --- A program to repair ------------------------------------------------------------------------
def check_and_stop() -> None:
    """A command stops the daemon by the number from a damaged pid file."""
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        signal.pause()
    stopper = os.fork()
    if stopper == 0:  # in the stopper
        os.setpgid(0, 0)  # as shells do with each job
        helper = os.fork()
        if helper == 0:  # in the stopper's helper
            signal.pause()
        number = int("0\n")  # the text of the pid file
        if number <= 1:
            os._exit(1)
        os.kill(number, signal.SIGTERM)
    os.waitpid(stopper, 0)


no_check = delete("if number <= 1") + delete("os._exit(1)")


LESSON = Lesson(
    id="pid-file-number",
    title="How good is the pid in a file?",
    minutes=6,
    chapter="daemons",
    requires=["pid-file"],
    remember="The lock says whether the daemon runs. The number is a hint: check that it is digits "
    "only and above 1, before you signal it.",
    good_for="A stop command that reads a damaged pid file can end itself, its whole job, or "
    "another process. Service managers use a cgroup or a pidfd, and need no number.",
    read_on=("kill(2)", "flock(2)", "proc_locks(5)", "pidfd_send_signal(2)"),
    exercise="daemon",
    steps=[
        Say(
            "A daemon has locked its pid file and written its number. Then SIGKILL ends it: no "
            "handler runs. Does the daemon run? A program tries to take the lock."
        ),
        Predict(
            "Which number and which lock does the program find?",
            Choice(
                "no number and a free lock",
                all_of(file("pid") == "", returns),
                "A daemon that ends by SIGTERM can remove its number. SIGKILL runs no handler: "
                "the number is data in a file, and stays.",
            ),
            Choice(
                "the number and a held lock",
                hangs,
                "The lock is held if another process has the descriptor, a worker for example. "
                "Here the last descriptor was closed at the daemon's end.",
            ),
            Choice(
                "the number and a free lock",
                all_of(none_of(file("pid") == ""), returns),
                "The number is still in the file. The kernel closed the daemon's descriptors, "
                "and the lock ended with the last one.",
            ),
            hint="Is the number in the file or in the kernel? And the lock?",
        ),
        Run(
            crash,
            id="crash",
            main="starter",
            claims=[
                Claim(
                    "After a crash the number is still in the file, and the lock is free.",
                    all_of(
                        happens(daemon.is_killed_by("SIGKILL")), none_of(file("pid") == ""), returns
                    ),
                    wrong=[
                        insert("os.ftruncate(lock, 0)", above="# a crash"),
                        insert("os.fork() or signal.pause()", above="# a crash"),
                    ],
                    facts=("pidfile-lock-lifetime",),
                )
            ],
        ),
        Predict(
            "A damaged pid file says **0**. Which processes get the SIGTERM that the process "
            "`stopper` sends?",
            Choice(
                "none of the three",
                none_of(happens(stopper.receives("SIGTERM")), happens(daemon.receives("SIGTERM"))),
                "You read 0 as a pid. For `kill`, 0 means “my own process group”, and −1 means "
                "“all processes that I may signal”.",
            ),
            Choice(
                "the daemon",
                happens(daemon.receives("SIGTERM")),
                "The daemon gets SIGTERM if its own number is in the file. `kill` knows no other "
                "way to find a process.",
            ),
            Choice(
                "the stopper and its helper",
                all_of(happens(stopper.receives("SIGTERM")), happens(helper.receives("SIGTERM"))),
                "`kill(0, …)` signals the sender's own process group: here the stopper and its "
                "helper.",
            ),
            hint="kill(2) names four cases: above 0, 0, −1, and below −1.",
        ),
        Run(
            stop,
            id="stop",
            leaves=[daemon],
            facts=("pidfile-parsing",),
            claims=[
                Claim(
                    "SIGTERM ends the stopper itself and its helper.",
                    all_of(
                        happens(stopper.is_killed_by("SIGTERM")),
                        happens(helper.is_killed_by("SIGTERM")),
                    ),
                    wrong=a_good_number,
                ),
                Claim(
                    "The daemon still runs.", at("end", daemon.state == "S"), wrong=a_good_number
                ),
            ],
        ),
        Say(
            "So accept digits only, and a number above 1 and below pid_max. Even this number may "
            "belong to another process by now. Try the **lock** first: if you get it, no daemon "
            "runs, and there is no process to signal."
        ),
        Repair(
            Run(
                check_and_stop,
                id="repair",
                main="starter",
                leaves=[daemon, helper],
                claims=[
                    Claim(
                        "The helper of the stopper lives on.",
                        at("end", helper.state == "S"),
                        wrong=[no_check, replace("number <= 1", "number < 0")],
                        hint="Which processes does `kill` mean by the number 0?",
                    ),
                    Claim(
                        "The stopper exits with 1: the number is not a daemon's.",
                        stopper.status == 1,
                        wrong=[
                            replace("os._exit(1)", "os._exit(0)"),
                            delete("os.kill(number, signal.SIGTERM)")
                            + delete("if number <= 1")
                            + delete("os._exit(1)"),
                        ],
                        hint="The caller should learn that the stopper has stopped nothing.",
                    ),
                    Claim(
                        "The daemon lives on.",
                        at("end", daemon.state == "S"),
                        wrong=replace("os._exit(1)", "number = daemon"),
                        hint="A damaged file names no process: so send no signal.",
                    ),
                ],
            ),
            task="The pid file is damaged and says 0. This stopper ends itself and its helper with "
            "SIGTERM. It should send no signal, and exit with 1. Fix it.",
            broken=no_check,
            broken_in_c=delete("if (number <= 1)") + delete("_exit(1);"),
            hint="kill(2): 0 and negative numbers mean groups.",
            praise="The stopper looked at the number before it sent anything.",
        ),
    ],
)
