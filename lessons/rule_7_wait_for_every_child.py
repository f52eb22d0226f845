"""Rule 7: wait for every child.

A process that ends keeps its number and its status until somebody asks for them.  Only its parent
can ask, so every fork is a promise to wait.  The wait may come early or late, in another thread,
or be handed to somebody else; but if it never comes, the dead pile up.
"""

from __future__ import annotations

import os
import signal
import threading

from simpsh.course import (
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone,
    at,
    before,
    count,
    delete,
    everyone_called,
    happens,
    how_many,
    insert,
    output,
    processes,
    replace,
)

parent, child, shell = processes("parent", "child", "shell")
children, sleepers = everyone_called("child"), everyone_called("sleep")


# --- 1. Five jobs, no wait -----------------------------------------------------------------------
def five_jobs() -> None:
    """A program that starts helpers, and has no time for them."""
    for _ in range(5):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(0)
    signal.pause()  # it has other work


# --- 2. Five jobs, five waits --------------------------------------------------------------------
def five_waits() -> None:
    """The same, with a wait for each."""
    for _ in range(5):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(0)
    for _ in (1, 2, 3, 4, 5):
        os.wait()
    os.write(1, b"all collected")  # ①


# --- 3. Another thread waits ---------------------------------------------------------------------
def another_thread() -> None:
    """The child belongs to the process, so any of its threads can collect it."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)
    collector = threading.Thread(target=os.waitpid, args=(child, 0))
    collector.start()
    collector.join()
    os.write(1, b"collected")  # ①


# --- Worlds in which it is not so ----------------------------------------------------------------
children_ignored = insert(
    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="for _ in range(5):"
)
one_wait_too_few = replace("(1, 2, 3, 4, 5)", "(1, 2, 3, 4)")
children_live = replace("os._exit(0)", "signal.pause()")
nobody_collects = replace("target=os.waitpid, args=(child, 0)", "target=os.getpid")

the_dead_pile_up = Run(
    five_jobs,
    id="no-wait",
    facts=("rule7-wait-for-every-child", "every-process-passes-z"),
    leaves=[parent, *processes("child", "child 2", "child 3", "child 4", "child 5")],
    claims=[
        Claim(
            "When nobody can move any more, there are five zombies.",
            at("rest", how_many(children, lambda one: one.state == "Z") == 5),
            wrong=[children_ignored, children_live],
            facts=("rule7-wait-for-every-child",),
        ),
        Claim(
            "Each has ended, with status 0; none has been collected.",
            all_of(count(children.ends) == 5, count(parent.collects()) == 0),
            wrong=children_live,
            facts=("every-process-passes-z",),
        ),
    ],
)

each_is_collected = Run(
    five_waits,
    id="waits",
    facts=("rule7-wait-for-every-child",),
    claims=[
        Claim(
            "Five forks, five waits, five collected.",
            count(parent.collects()) == 5,
            wrong=one_wait_too_few,
            facts=("rule7-wait-for-every-child",),
        ),
        Claim(
            "At ① no child is left, not even a dead one.",
            at("①", how_many(children, lambda one: one.exists) == 0),
            wrong=one_wait_too_few,
            facts=("rule7-wait-for-every-child",),
        ),
    ],
)

LESSON = Lesson(
    id="rule-7-wait-for-every-child",
    title="Rule 7: wait for every child",
    minutes=6,
    chapter="fork",
    requires=["rule-5-order"],
    remember="Every fork is a promise to wait, once for each child.",
    good_for="A server that forks for each request and never waits works for weeks, until fork "
    "fails: the table is full of its dead.",
    read_on=("wait(2)", "waitpid(2)", "POSIX.1-2024 wait()", "the lessons zombie and no-zombies"),
    steps=[
        Say(
            "A program starts five helpers. They end at once; the program goes on with other work, "
            "and never waits for them."
        ),
        Predict(
            "All five have ended. **How many of them are still there?**",
            Choice(
                "none: who has ended is gone",
                at("rest", how_many(children, lambda one: one.exists) == 0),
                "That would be so if nobody could ever want their status. The kernel keeps it for "
                "the parent: with SIGCHLD ignored it would not.",
            ),
            Choice(
                "all five, as zombies",
                at("rest", how_many(children, lambda one: one.state == "Z") == 5),
                "What is kept is a number and a status, until the parent asks. It never does.",
            ),
            Choice(
                "one: the last",
                at("rest", how_many(children, lambda one: one.state == "Z") == 1),
                "That would need a place that the next one overwrites. Each has a row of its own "
                "in the table of processes.",
            ),
        ),
        the_dead_pile_up,
        Show(
            "family",
            of="no-wait",
            at="rest",
            text="Z is a zombie. Every process passes this state, if only for a moment, unless its "
            "parent has said that it will not ask (SIGCHLD ignored, SA_NOCLDWAIT).",
        ),
        Say(
            "The cure is as plain as the rule: as many waits as forks. `wait` takes any child that "
            "has ended; if none has, it sleeps until one does."
        ),
        each_is_collected,
        Predict(
            "One thread forks, **another thread** of the same process calls waitpid for that "
            "child. What happens?",
            Choice(
                "it fails: ECHILD",
                happens(parent.fails("waitpid", "ECHILD")),
                "It would for a child of another *process*. Threads are one process to the kernel, "
                "with one set of children.",
            ),
            Choice(
                "it collects the child",
                happens(parent.collects(child)),
                "A child belongs to the process, not to the thread that forked.",
            ),
            Choice(
                "nothing: only the first thread gets it",
                at("①", child.state == "Z"),
                "The child would still be a zombie at ①. It is gone.",
            ),
        ),
        Run(
            another_thread,
            id="thread",
            facts=("any-thread-may-wait",),
            claims=[
                Claim(
                    "At ① the child has been collected, by a thread that did not fork it.",
                    all_of(happens(parent.collects(child)), at("①", child.is_gone)),
                    wrong=nobody_collects,
                    facts=("any-thread-may-wait",),
                ),
                Claim(
                    "A process started a thread, and it has no child of its own.",
                    happens(parent.starts_a_thread),
                    wrong=replace("collector.start()", "os.waitpid(child, 0)")
                    + delete("collector.join()"),
                ),
            ],
        ),
        Try(
            "At a prompt the shell waits for you, `&` or not. Let two processes run at the same "
            "time, let the shell wait for **both**, and print `done` after that.",
            expect=all_of(
                count(shell.collects()) >= 3,
                before(sleepers.ends, anyone.writes("done\n")),
                output.contains("done"),
            ),
            hint="`&` starts a command behind; the builtin `wait` waits for all that are behind.",
            solution="sleep 0 & sleep 0 & wait; echo done",
            wrong=["echo done", "sleep 0 & sleep 0 & echo done"],
            praise="Three forks, three waits: the shell owes one to each of its children.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
