"""A child outlives its parent, and gets a new parent.

A parent ends before its child: which process is the child's parent then?  When a process ends, its
children do not end.  At the same moment each child gets a new parent: the nearest living ancestor
that is a subreaper, or else the init of its pid namespace.  A signal, too, goes to one process and
not to its children; to end a family, signal its process group.
"""

from __future__ import annotations

import ctypes
import os
import signal

from simpsh.course import (
    REAPER,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    asked,
    delete,
    in_words,
    insert,
    replace,
    stays,
)


# --- 1. Who adopts -------------------------------------------------------------------------------
def adopt_orphans() -> None:
    """Become a subreaper: prctl(PR_SET_CHILD_SUBREAPER, 1). Python has no function for this."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)


def lose_the_parent() -> None:
    """A child outlives its parent; the grandparent has offered to adopt."""
    adopt_orphans()  # a subreaper from now on: prctl(2)
    parent = os.fork()
    if parent == 0:  # in the parent
        child = os.fork()
        if child == 0:  # in the child
            signal.pause()  # the child is alive until you kill it
        os._exit(0)  # ① the child has its parent
    os.waitpid(parent, 0)  # ② the parent has ended
    os.waitpid(-1, 0)


# --- 2. Which processes a signal reaches ---------------------------------------------------------
def stop_a_program() -> None:
    """A time limit: the caller kills the program."""
    told, tell = os.pipe()
    program = os.fork()
    if program == 0:  # in the program
        os.setpgid(0, 0)
        helper = os.fork()
        if helper == 0:  # in the helper
            os.write(tell, b".")  # it is alive
        signal.pause()
    os.read(told, 1)
    os.kill(program, signal.SIGTERM)  # ① both are alive
    os.waitpid(program, 0)


# --- 3. A child that ends with its parent --------------------------------------------------------
def die_with_the_parent() -> None:
    """Get SIGTERM when the parent's thread ends: prctl(PR_SET_PDEATHSIG, SIGTERM)."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGTERM, 0, 0, 0)


# --- Variants in which the claims are false ------------------------------------------------------
no_adopter = delete("adopt_orphans()")
parent_stays = insert("signal.pause()", above="os._exit(0)")
the_group = replace("os.kill(program", "os.killpg(program")
WITH_PARENT = "os.kill(program); PDEATHSIG is set"
HELPER = "if helper == 0:  # in the helper"
with_parent = replace(HELPER, HELPER + "\n    die_with_the_parent()")

the_signals = Compare(
    Run(stop_a_program, id="a-program", main="caller", leaves=["helper"]),
    id="signals",
    title="the caller calls",
    variants={
        "os.kill(program)": Edit(),
        "os.killpg(program)": the_group,
        WITH_PARENT: with_parent,
    },
    columns={
        "the program": "'killed' if program.killed('SIGTERM') else 'alive'",
        "its helper": "'killed' if helper.killed('SIGTERM') else 'alive'",
    },
    claims=[
        Claim(
            "A signal for the program leaves its helper alive, with a new parent.",
            "row('os.kill(program)').at('end').helper.parent == row('os.kill(program)').reaper",
        ),
        Claim(
            "A signal for the *process group* reaches both.",
            "row('os.killpg(program)').helper.killed('SIGTERM')",
        ),
        Claim(
            "If the helper has called `prctl(PR_SET_PDEATHSIG, SIGTERM)`, the kernel sends "
            "SIGTERM to the helper when the thread that forked it ends.",
            "row('os.kill(program); PDEATHSIG is set').helper.killed('SIGTERM')",
        ),
    ],
)


# --- A program to repair -------------------------------------------------------------------------
def end_all_of_it() -> None:
    """A time limit: the caller ends a program that has started a helper."""
    ready, tell = os.pipe()
    program = os.fork()
    if program == 0:  # in the program
        os.setpgid(0, 0)
        helper = os.fork()
        if helper == 0:  # in the helper
            os.write(tell, b"!")
        signal.pause()
    os.read(ready, 1)  # both are alive
    os.killpg(program, signal.SIGTERM)
    os.waitpid(program, 0)


the_program_alone = replace("os.killpg(program", "os.kill(program")


# --- What the task asks --------------------------------------------------------------------------
def is_orphan(line: LineRun) -> str:
    """Each sleep that is left has the adopter as its parent."""
    left = line.looks(line.living("sleep"))
    owned = [look.parent for look in left.values() if look.parent != REAPER]
    return f"its parent is {in_words(owned[0])}" if owned else ""


LESSON = Lesson(
    id="orphan",
    title="Which process is an orphan's parent?",
    minutes=7,
    chapter="signals and families",
    requires=["wait-scenarios"],
    exercise="make-orphan",
    remember="A child outlives its parent. The nearest subreaper adopts the child, else init, and "
    "the kernel does not tell the child.",
    good_for="A test runner kills a server that took too long. The server's workers keep the port, "
    "and the next run fails. Start the server in a process group of its own, and signal the group.",
    read_on=(
        "prctl(2), PR_SET_CHILD_SUBREAPER and PR_SET_PDEATHSIG",
        "kill(2)",
        "setpgid(2)",
        "POSIX.1-2024 _exit(), “Consequences of Process Termination”",
    ),
    steps=[
        Say(
            "Here are three generations. The oldest process has told the kernel: *adopt* my "
            "descendants when they become *orphans*. On Linux such a process is a *subreaper*; "
            "`systemd --user` is one."
        ),
        Predict(
            "At ② the parent has ended. Which process is the **child's parent** now?",
            Choice(
                "the init process",
                "at(2).child.parent == reaper",
                "You will read that init adopts all orphans. It is not so: it adopts them only if "
                "no ancestor is a *subreaper*. Here the grandparent is one.",
            ),
            Choice(
                "the dead parent",
                "at(2).child.parent == parent",
                "That would need a zombie that keeps its children. When a process ends, the "
                "kernel gives its children another parent at once.",
            ),
            Choice(
                "its grandparent",
                "at(2).child.parent == adopter",
                "The grandparent, `adopter`, is the nearest living ancestor that is a "
                "*subreaper*. The kernel does not tell the child.",
            ),
            hint="{line:adopt_orphans} comes first. What has `adopter` asked the kernel to do?",
            again=[no_adopter],
        ),
        Run(
            lose_the_parent,
            id="adopted",
            main="adopter",
            at_rest=[Kill("child")],
            claims=[
                Claim(
                    "The child has its new parent while the dead parent is still a zombie.",
                    "at(1).child.parent == parent and at(2).parent.state == 'Z' and "
                    "at(2).child.parent == adopter",
                    wrong=[no_adopter, parent_stays],
                ),
                Claim(
                    "Nothing else has changed for the child: it has the same process group and the "
                    "same session.",
                    "at(2).child.group == at(2).parent.group and "
                    "at(2).child.session == at(2).parent.session",
                    wrong=insert("os.setsid()", above="signal.pause()"),
                ),
                Claim(
                    "`adopter` collects a process that it has not forked.",
                    "parent.forks(child) and adopter.collects(child)",
                    wrong=no_adopter,
                ),
            ],
        ),
        Say(
            "`ps -l` shows such a family, for example like this. S is the state (Z for a "
            "*zombie*), and PPID is the parent's pid:\n\n    F S  UID  PID PPID  C PRI  NI ADDR SZ "
            "WCHAN  TTY       TIME CMD\n    1 Z 1000 4242 4240  0  80   0 -     0 -      pts/0 "
            "00:00:00 parent <defunct>\n    1 S 1000 4243 4240  0  80   0 -  2345 do_sys pts/0 "
            "00:00:00 child"
        ),
        Say(
            "So do not wait for `getppid() == 1`: the new parent may be a subreaper. Compare with "
            "your parent's old pid. `prctl(PR_SET_PDEATHSIG, …)` asks for a signal when the "
            "**thread** that forked you ends."
        ),
        Predict(
            "The caller kills the program. What happens to its **helper**?",
            Choice(
                "SIGTERM ends it as well",
                "row('os.kill(program)').helper.killed('SIGTERM')",
                "With `os.killpg` SIGTERM would reach the helper as well. `kill` with a pid "
                "reaches one process, not its children.",
            ),
            Choice(
                "it gets another parent",
                "row('os.kill(program)').at('end').helper.state == 'S'",
                "The signal goes to one process. The end of this process does not end the helper: "
                "the helper becomes an orphan.",
            ),
            Choice(
                "it is sent a SIGHUP",
                "row('os.kill(program)').helper.gets_signal('SIGHUP')",
                "The kernel sends SIGHUP to an *orphaned process group* if a member is stopped. "
                "The helper sleeps; it is not stopped.",
            ),
            hint="How many processes does the first argument of `os.kill` name?",
        ),
        the_signals,
        Try(
            (
                "Start a program so that it is an orphan at once, and no job of your shell. "
                "After the line:"
            ),
            asks={
                "`sleep 1000` runs": stays("sleep", "1000"),
                "it has been adopted: its parent is no process of your line": asked(is_orphan),
            },
            hint="Parentheses start a subshell. The subshell may end while the command that it "
            "started continues.",
            solution="(sleep 1000 &)",
            wrong={
                "sleep 1000 &": "`&` starts `sleep` as a job. Your shell is still its parent, and "
                "`jobs` lists it.",
                "nohup sleep 1000 &": "With `nohup`, `sleep` ignores SIGHUP. Your shell is still "
                "its parent, and `sleep` is a job.",
                "{ sleep 1000 & }": "Braces group commands without a new process. Your shell "
                "itself starts `sleep`, so it is the parent.",
                "(sleep 1000) &": "The subshell is in the background, not `sleep` inside it. As "
                "long as `sleep` runs, its parent does not end.",
            },
            note="`jobs` does not list the orphan, and `ps -l` shows another PPID.",
        ),
        Repair(
            Run(
                end_all_of_it,
                id="repair",
                main="caller",
                claims=[
                    Claim(
                        "SIGTERM ends the program, and the caller collects it.",
                        "program.killed('SIGTERM') and caller.collects(program)",
                        wrong=[replace("os.killpg(program,", "os.kill(0,"), delete("os.waitpid(")],
                        hint="The caller must live on: it is not in the process group of the "
                        "program.",
                    ),
                    Claim(
                        "SIGTERM ends the helper, too.",
                        "helper.killed('SIGTERM')",
                        wrong=[the_program_alone, delete("os.setpgid(0, 0)") + the_program_alone],
                        hint="The helper is not a child of the caller. What do the program and its "
                        "helper share, but not with the caller?",
                    ),
                ],
            ),
            task="The caller ends a program that takes too long. Its helper lives on as an "
            "orphan. Both should end. Fix it.",
            broken=the_program_alone,
            broken_in_c=replace("kill(-program", "kill(program"),
            hint="`kill` can name more than one process. See its first argument in kill(2).",
            praise="The signal went to the process group: the program and all that it started.",
        ),
    ],
)
