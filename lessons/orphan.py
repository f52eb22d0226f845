"""An orphan has a parent: another one.

When a process ends, its children live on.  Each of them gets a new parent in the same moment, the
nearest living ancestor that is a subreaper, or else the init of its PID namespace.  A signal, too,
goes to one process and not to its children: whoever wants to end a family signals its group.  One
kind of orphan the kernel does look after: a stopped job whose shell has gone.
"""

from __future__ import annotations

import ctypes
import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    at,
    delete,
    happens,
    insert,
    never,
    of,
    processes,
    reaper,
    replace,
    words,
)

adopter, parent, child = processes("adopter", "parent", "child")
caller, program, helper = processes("caller", "program", "helper")
shell, job, sleep = processes("shell", "job", "sleep")


# --- 1. Who adopts -------------------------------------------------------------------------------
def adopt_orphans() -> None:
    """Become a subreaper: prctl(PR_SET_CHILD_SUBREAPER, 1), which Python has no function for."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)


def lose_the_parent() -> None:
    """A child outlives its parent; the grandparent has offered to adopt."""
    adopt_orphans()  # a subreaper from now on: prctl(2)
    parent = os.fork()
    if parent == 0:  # in the parent
        child = os.fork()
        if child == 0:  # in the child
            signal.pause()  # it lives until it is killed
        os._exit(0)  # ① the child has its parent
    os.waitpid(parent, 0)  # ② the parent has ended
    os.waitpid(-1, 0)


# --- 2. Whom a signal reaches --------------------------------------------------------------------
def stop_a_program() -> None:
    """Somebody's time-out: the program is killed."""
    program = os.fork()
    if program == 0:  # in the program
        os.setpgid(0, 0)
        helper = os.fork()
        if helper == 0:  # in the helper
            signal.pause()
        signal.pause()
    os.kill(program, signal.SIGTERM)  # ① both are busy
    os.waitpid(program, 0)


# --- 3. A stopped job ----------------------------------------------------------------------------
def leave_a_stopped_job() -> None:
    """A shell ends and leaves a job that was stopped, as by ^Z."""
    shell = os.fork()
    if shell == 0:  # in the shell
        os.setsid()
        job = os.fork()
        if job == 0:  # in the job
            os.setpgid(0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(0)
        os.waitpid(job, os.WUNTRACED)
        os._exit(0)  # ① the job is stopped
    os.waitpid(shell, 0)


# --- Worlds in which it is not so ----------------------------------------------------------------
nobody_adopts = delete("adopt_orphans()")
parent_stays = insert("signal.pause()", above="os._exit(0)")
whole_group = replace("os.kill(program", "os.killpg(program")
not_stopped = replace("os.kill(os.getpid(), signal.SIGSTOP)", "signal.pause()") + replace(
    "os.waitpid(job, os.WUNTRACED)", "pass"
)
with_nohup = insert("signal.signal(signal.SIGHUP, signal.SIG_IGN)", above="os.kill(os.getpid()")
shell_stays = insert("signal.pause()", above="os._exit(0)  # ①")

the_signals = Compare(
    Run(stop_a_program, id="a-program", main="caller", leaves=[helper]),
    id="signals",
    title="the caller calls",
    variants={"os.kill(program)": Edit(), "os.killpg(program)": whole_group},
    columns={
        "the program": words(happens(program.is_killed_by("SIGTERM")), "killed", "lives on"),
        "its helper": words(happens(helper.is_killed_by("SIGTERM")), "killed", "lives on"),
    },
    claims=[
        Claim(
            "A signal for the program leaves its helper alive, with another parent.",
            of("os.kill(program)", at("end", helper.parent == reaper)),
            facts=("kill-reaches-one",),
        ),
        Claim(
            "A signal for the group reaches both.",
            of("os.killpg(program)", happens(helper.is_killed_by("SIGTERM"))),
            facts=("kill-reaches-one",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="orphan",
    title="An orphan gets another parent",
    minutes=8,
    chapter="orphans and zombies",
    requires=["wait-scenarios"],
    remember="Children outlive their parents. They are adopted by the nearest subreaper, else by "
    "init; and nobody tells them.",
    good_for="A test runner kills a server that timed out, and the next run finds the port taken: "
    "by the server's workers. Start such a program in a group of its own, and signal the group.",
    read_on=(
        "PR_SET_CHILD_SUBREAPER(2const)",
        "kill(2)",
        "setpgid(2)",
        "POSIX.1-2024 _exit(), “Consequences of Process Termination”",
    ),
    steps=[
        Say(
            "Three generations. The oldest has told the kernel: *whoever is orphaned below me, I "
            "adopt*. Such a process is a **subreaper**; `systemd --user` is one."
        ),
        Predict(
            "At ② the parent has ended. Who is the **child's parent** now?",
            Choice(
                "init, pid 1",
                at("②", child.parent == reaper),
                "Many books say so. It is true where no ancestor is a subreaper; here is one, and "
                "it is nearer.",
            ),
            Choice(
                "still the parent, as long as that is a zombie",
                at("②", child.parent == parent),
                "A zombie keeps its number and its status, nothing else; children are given away "
                "when it ends.",
            ),
            Choice(
                "the adopter",
                at("②", child.parent == adopter),
                "It is the nearest living ancestor that has offered itself. The child is not told.",
            ),
        ),
        Run(
            lose_the_parent,
            id="adopted",
            main="adopter",
            at_rest=[Kill(child)],
            claims=[
                Claim(
                    "The child has changed parents while the dead one is still a zombie.",
                    all_of(
                        at("①", child.parent == parent),
                        at("②", all_of(parent.state == "Z", child.parent == adopter)),
                    ),
                    wrong=[nobody_adopts, parent_stays],
                    facts=("orphan-reparented",),
                ),
                Claim(
                    "Nothing else has changed for it: the same group, the same session.",
                    at("②", all_of(child.group == parent.group, child.session == parent.session)),
                    wrong=insert("os.setsid()", above="signal.pause()"),
                    facts=("orphan-reparented",),
                ),
                Claim(
                    "The adopter collects a process that it has never forked.",
                    all_of(happens(parent.forks(child)), happens(adopter.collects(child))),
                    wrong=nobody_adopts,
                    facts=("orphan-reparented",),
                ),
            ],
        ),
        Say(
            "So `getppid() == 1` is no test for “my parent is dead”: a subreaper's pid is any "
            "number. Compare with the pid that the parent had, hold a pidfd, or have the kernel "
            "signal you. (Some texts give init the pid 0; it is 1, and 0 is *its* parent.)"
        ),
        Predict(
            "The caller loses patience and kills the program. What becomes of its **helper**?",
            Choice(
                "it is killed with its parent",
                of("os.kill(program)", happens(helper.is_killed_by("SIGTERM"))),
                "A signal for a pid reaches one process. ^C ends both because a terminal signals "
                "a whole *group*.",
            ),
            Choice(
                "it lives on, with another parent",
                of("os.kill(program)", at("end", helper.state == "S")),
                "Neither the signal nor its parent's end concerns it.",
            ),
            Choice(
                "it gets SIGHUP",
                of("os.kill(program)", happens(helper.receives("SIGHUP"))),
                "SIGHUP tells of a terminal that is gone, or wakes stopped jobs. The helper has "
                "lost no terminal and is not stopped.",
            ),
        ),
        the_signals,
        Predict(
            "A job is **stopped**, and its shell ends. What becomes of it?",
            Choice(
                "it stays stopped for ever",
                never(job.ends),
                "So it would be if the kernel did not look after *orphaned groups*.",
            ),
            Choice(
                "it gets SIGHUP, and is continued to notice",
                all_of(happens(job.is_killed_by("SIGHUP")), happens(job.continues)),
                "POSIX wants it for an orphaned group with somebody stopped in it.",
            ),
            Choice(
                "it is continued, and runs to its end",
                happens(job.exits(0)),
                "So it is under `nohup`: SIGHUP is ignored, SIGCONT remains.",
            ),
        ),
        Run(
            leave_a_stopped_job,
            id="stopped",
            main="login",
            claims=[
                Claim(
                    "The end of its shell brings the job SIGHUP and SIGCONT.",
                    all_of(happens(job.receives("SIGHUP")), happens(job.continues)),
                    wrong=[not_stopped, shell_stays],
                    facts=("orphaned-pgrp",),
                ),
                Claim(
                    "SIGHUP kills it.",
                    happens(job.is_killed_by("SIGHUP")),
                    wrong=[with_nohup, not_stopped],
                    facts=("orphaned-pgrp",),
                ),
            ],
        ),
        Try(
            "Start `sleep 1000` so that it is not your shell's child: it shall be an orphan at "
            "once, and no job of yours.",
            expect=all_of(happens(sleep.is_adopted(reaper)), never(shell.forks(sleep))),
            hint="Parentheses are a process. It may end while what it started goes on.",
            solution="(sleep 1000 &)",
            wrong=["sleep 1000 &", "nohup sleep 1000 &", "{ sleep 1000 & }"],
            praise="The subshell ended, so sleep has another parent. `jobs` does not know it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
