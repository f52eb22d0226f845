"""Write a shell: a loop of read, split, fork, exec and wait.

The shell forks; the child executes the command; the shell waits.  If exec fails, the child is still
a shell: it must leave by _exit(127), or it goes on with the loop.  exec takes a
list of words, so the shell splits the line first.
"""

from __future__ import annotations

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
    anyone,
    count,
    delete,
    happens,
    how_many_processes,
    never,
    of,
    processes,
    replace,
)

shell, command = processes("shell", "command")


# --- A word, and several -------------------------------------------------------------------------
def two_lines() -> None:
    """Two lines are typed: there is no program nosuch, and there is a program echo."""
    for line in "nosuch it", "echo done":
        words = line.split()
        command = os.fork()
        if command != 0:  # in the shell
            os.waitpid(command, 0)
            continue
        try:
            os.execvp(words[0], words)
        except OSError:
            os.write(2, b"not found\n")
        os._exit(127)


# --- Edits ---------------------------------------------------------------------------------------
no_exit = delete("os._exit(127)")
done = count(anyone.writes("done\n"))

the_loop = Compare(
    Run(two_lines, id="lines", main="shell"),
    id="loop",
    title="the shell",
    variants={
        "as it is": Edit(),
        "without _exit(127)": no_exit,
        "without split": replace("line.split()", "[line]"),
    },
    columns={"processes": how_many_processes, "“done” is written": done},
    claims=[
        Claim(
            "Without _exit the child is a second shell: it runs the next line, too.",
            of("without _exit(127)", all_of(done == 2, how_many_processes == 4)),
        ),
        Claim(
            "Without split the shell looks for a program “echo done”, with the blank.",
            of("without split", all_of(done == 0, never(anyone.execs("echo")))),
        ),
    ],
)

LESSON = Lesson(
    id="write-a-shell",
    title="Write a shell: split, fork, exec, wait",
    minutes=6,
    chapter="the shell",
    requires=["why-cd-is-built-in"],
    remember="The child executes a program or leaves by _exit(127); the shell waits. exec takes "
    "a list of words, and the shell makes the list.",
    good_for="make, cron, a build server, `subprocess` in Python: each has this loop inside.",
    read_on=("execvp(3)", "wait(2)", "POSIX.1-2024 Shell Command Language 2.8.2 Exit Status"),
    exercise="shell-1",
    steps=[
        Say("You write a shell, in six checked steps: the exercises **shell-1** to **shell-6**."),
        Predict(
            "There is no program nosuch. How many processes run, the shell included?",
            Choice(
                "2",
                how_many_processes == 2,
                "Two programs run: the shell and echo. But `fork` makes a process before `exec` "
                "is tried, one for each line.",
            ),
            Choice(
                "3",
                how_many_processes == 3,
                "The shell forks once for each line. The first child finds no program and leaves "
                "by `_exit`; the second becomes echo.",
            ),
            Choice(
                "4",
                how_many_processes == 4,
                "Four run without {line:os._exit}: then the child whose `exec` failed goes on "
                "with the loop, and forks, too.",
            ),
            hint="Count the calls of `fork`. Which process calls it each time?",
        ),
        Run(
            two_lines,
            id="typed",
            main="shell",
            claims=[
                Claim(
                    "The child whose `exec` failed ends with 127, and the shell goes on with the "
                    "next line.",
                    all_of(happens(command.exits(127)), done == 1),
                    wrong=no_exit,
                    facts=("exec-errors",),
                )
            ],
        ),
        Predict(
            "Leave out {line:os._exit}. **How often** is “done” written?",
            Choice(
                "once",
                of("without _exit(127)", done == 1),
                "You expect a failed `exec` to end its process. `exec` returns after a failure, "
                "and the child goes on with the loop.",
            ),
            Choice(
                "twice",
                of("without _exit(127)", done == 2),
                "The child has become a second shell. It runs the next line, and the first shell "
                "runs it, too.",
            ),
            Choice(
                "never",
                of("without _exit(127)", done == 0),
                "“done” is never written if the failure stops the loop. It stops neither the "
                "shell's loop nor the child's.",
            ),
            hint="After the failed `exec` two processes are in the loop. What does each do?",
        ),
        the_loop,
        Say(
            "`split` does not understand quotes: `echo 'a  b'` has two words. The exercises "
            "**shell-1** (one word) and **shell-2** (any number) check your own loop."
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
