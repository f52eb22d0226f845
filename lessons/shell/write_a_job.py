"""Write a shell: both the shell and the child put the child into its process group.

A shell gives each job a group, and then uses the group: for ^C, for fg, for kill.  If the shell
alone calls setpgid, the child may have executed its program by then, and the call fails.  If the
child alone calls it, the shell may use the group before it exists.  So both call it.
"""

from __future__ import annotations

import os
import signal

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
    delete,
    happens,
    how_many_outputs,
    insert,
    of,
    outputs,
    processes,
)

shell, job = processes("shell", "job")


# --- 1. Too late ---------------------------------------------------------------------------------
def after_exec() -> None:
    """The shell moves its child into a group when the child already runs its program."""
    read_end, write_end = os.pipe()
    job = os.fork()
    if job == 0:
        os.execvp("sleep", ["sleep", "1000"])  # closes the pipe
    os.close(write_end)
    os.read(read_end, 1)  # end of file: the exec is done
    try:
        os.setpgid(job, job)
    except OSError:
        os.write(1, b"too late\n")


# --- 2. Too early --------------------------------------------------------------------------------
def signal_the_group() -> None:
    """The shell ends a job by its group."""
    job = os.fork()
    if job == 0:  # in the job
        os.setpgid(0, 0)
        signal.pause()
    os.setpgid(job, job)
    try:
        os.kill(-job, signal.SIGKILL)
        os.write(1, b"killed")
    except ProcessLookupError:
        os.write(1, b"no group")
        os.kill(job, signal.SIGKILL)
    os.waitpid(job, 0)


the_callers = Compare(
    Explore(signal_the_group, id="orders", native=20, main="shell"),
    id="callers",
    title="setpgid is called by",
    variants={"both": Edit(), "the child only": delete("os.setpgid(job, job)")},
    columns={"possible outputs": how_many_outputs},
    claims=[
        Claim(
            "If the child alone calls setpgid, the group may not exist yet.",
            of("the child only", outputs == {"killed", "no group"}),
        ),
        Claim("If both call setpgid, the group always exists.", of("both", outputs == {"killed"})),
    ],
)

LESSON = Lesson(
    id="write-a-job",
    title="Write a shell: both call setpgid",
    minutes=6,
    chapter="the shell",
    requires=["write-a-shell", "jobs-and-terminal"],
    remember="Shell and child both call setpgid right after fork. The first call makes the "
    "group. The shell ignores EACCES: the child has made the group and called exec.",
    good_for="A ^C that sometimes misses a job, an fg that fails once in a hundred times: only one "
    "side called setpgid.",
    read_on=("setpgid(2), EACCES", "POSIX.1-2024 setpgid()", "TLPI 34.2 Process Groups"),
    exercise="shell-6",
    steps=[
        Say(
            "Step six: each job gets a *process group*. The child or its parent may call "
            "`setpgid`. Here the shell calls `setpgid` when the child already runs sleep."
        ),
        Predict(
            "What does this `setpgid` do?",
            Choice(
                "it succeeds",
                happens(shell.succeeds("setpgid")),
                "Before the child's `exec` the parent may move the child into a group. Here the "
                "child has called `exec` already.",
            ),
            Choice(
                "it fails with EACCES",
                happens(shell.fails("setpgid", "EACCES")),
                "After the `exec` the child runs another program. Then POSIX forbids the parent "
                "to change the child's group.",
            ),
            Choice(
                "it fails with EPERM",
                happens(shell.fails("setpgid", "EPERM")),
                "EPERM is for session leaders, and for groups of another session. The child is "
                "no leader, and the group is in its own session.",
            ),
            hint="setpgid(2) lists EACCES. What has the child done by then?",
        ),
        Run(
            after_exec,
            id="too-late",
            main="shell",
            leaves=[job],
            claims=[
                Claim(
                    "After the child's `exec` its parent cannot change its group any more.",
                    happens(shell.fails("setpgid", "EACCES")),
                    wrong=insert("os.close(write_end)\nsignal.pause()", above="os.execvp"),
                    facts=("setpgid-after-exec",),
                )
            ],
        ),
        Say(
            "So let the child call `setpgid`, before its `exec`. But the shell uses the group, "
            "for fg and for kill. When does the group exist?"
        ),
        Predict(
            "Leave out {line:os.setpgid(job, job)}. When does `kill(-job, …)` find the group?",
            Choice(
                "in every order",
                of("the child only", outputs == {"killed"}),
                "This needs the child to run first. After `fork` the order is unspecified: the "
                "shell's `kill` may come before the child's `setpgid`.",
            ),
            Choice(
                "in some orders",
                of("the child only", outputs == {"killed", "no group"}),
                "If the shell's `kill` comes first, there is no such group yet. With both calls "
                "the group exists in every order.",
            ),
            Choice(
                "in no order",
                of("the child only", outputs == {"no group"}),
                "This would be true if only a parent could make a group. The child makes its own "
                "by `setpgid(0, 0)`.",
            ),
            hint="Two calls, in two processes: `setpgid` and `kill`. What orders them?",
        ),
        the_callers,
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
