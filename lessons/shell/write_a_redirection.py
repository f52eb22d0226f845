"""Write a shell: redirect in the child, never in the shell.

A redirection changes descriptors, and descriptors belong to a process.  Before the fork the
redirection changes the shell, for good.  Between fork and exec it changes only the child, and
the program inherits it over exec.
"""

from __future__ import annotations

import os

from simpsh.course import (
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    anyone,
    count,
    file,
    move,
    output,
    processes,
    replace,
)

shell, command = processes("shell", "command")


# --- A redirection -------------------------------------------------------------------------------
def redirected() -> None:
    """Typed: echo one >log, and then: echo two."""
    for word, log in ("one", "log"), ("two", ""):
        if log:
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT, 0o666), 1)
        command = os.fork()
        if command == 0:  # in the child
            os.execvp("echo", ["echo", word])
        os.waitpid(command, 0)


in_the_child = move("command = os.fork()", above="if log:") + replace(
    "if log:", "if command == 0 and log:"
)

LESSON = Lesson(
    id="write-a-redirection",
    title="Write a shell: redirect in the child",
    minutes=5,
    chapter="the shell",
    requires=["write-a-shell", "redirection-order"],
    remember="Redirect between fork and exec, in the child: the shell's own descriptors stay as "
    "they are.",
    good_for="Everything that a command gets and the shell keeps is set between fork and exec: "
    "descriptors, directory, user, limits.",
    read_on=("dup2(2)", "POSIX.1-2024 Shell Command Language 2.7 Redirection"),
    exercise="shell-4",
    steps=[
        Say(
            "Step four: `echo one >log`, and after it `echo two`. This shell calls `dup2` as soon "
            "as it sees the redirection."
        ),
        Predict(
            "{line:os.dup2} comes **before** the `fork`. Where does “two” go?",
            Choice(
                "to the old output",
                output == "two\n",
                "The redirection ends with its command if the **child** calls `dup2`, after the "
                "`fork`. Here the shell calls `dup2`.",
            ),
            Choice(
                "into log as well",
                file("log") == "one\ntwo\n",
                "The shell changes its own descriptor 1. All its later children inherit the file.",
            ),
            Choice(
                "nowhere, as log is closed",
                all_of(output == "", file("log") == "one\n"),
                "You expect echo's end to close the file. It closes echo's own descriptor; the "
                "shell's descriptor 1 stays open.",
            ),
            hint="Which process calls `dup2`? Does it still exist when “two” is written?",
        ),
        Run(
            redirected,
            id="redirected",
            main="shell",
            watch=("dup2",),
            claims=[
                Claim(
                    "The shell itself stays redirected: “two” is in log as well.",
                    all_of(file("log").contains("two\n"), output == ""),
                    wrong=in_the_child,
                )
            ],
        ),
        Run(
            redirected,
            id="in-the-child",
            main="shell",
            edit=in_the_child,
            watch=("dup2",),
            claims=[
                Claim(
                    "In the child the redirection ends with the command.",
                    all_of(file("log") == "one\n", output == "two\n"),
                    wrong=replace("command == 0 and log", "log"),
                )
            ],
        ),
        Try(
            "Write “one” and “two” into the file log, a line each, by two echos.",
            # With >>, what an earlier line has left in log comes first.
            expect=all_of(
                file("log").contains("one\ntwo\n"), output == "", count(anyone.execs("echo")) == 2
            ),
            hint="Redirect both at once, or let the second one append.",
            solution="(echo one; echo two) >log",
            wrong={
                "echo one >log; echo two >log": "The second `>log` truncates the file. Only "
                "“two” is in log.",
                "echo one; echo two >log": "Only the second `echo` is redirected. “one” comes to "
                "the terminal.",
                "echo one two >log": "One `echo` writes both words in one line. The task asks "
                "for two lines, by two `echo`.",
            },
            praise="Both lines are in log. With `( … )` or `>>` only children were redirected.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
