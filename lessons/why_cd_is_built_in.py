"""Why cd is built in.

The working directory belongs to a process, like its memory.  A program is run in a child, and
what a child does to itself is gone with it.  So whatever is to change the shell must be done by
the shell: cd, umask, ulimit, export, exec, exit, wait.
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
    Shell,
    Show,
    Try,
    all_of,
    anyone_but,
    at,
    happens,
    how_many_processes,
    insert,
    never,
    of,
    output,
    processes,
    replace,
    words,
)

child, shell, subshell = processes("child", "shell", "subshell")


# --- A shell that runs cd like a program ---------------------------------------------------------
def cd_in_a_child() -> None:
    """What would happen if cd were a program."""
    os.umask(0o022)
    child = os.fork()
    if child == 0:  # in the child
        os.chdir("/tmp")
        os.umask(0o077)
        os._exit(0)  # ① the child has done its work
    os.waitpid(child, 0)
    os.write(1, os.getcwd().encode())  # ② the shell goes on


in_the_shell = insert('os.chdir("/tmp")', above="child = os.fork()")
masked_in_the_shell = replace("os.umask(0o022)", "os.umask(0o077)")
not_done = replace('os.chdir("/tmp")', 'os.chdir(".")')

as_a_program = Run(
    cd_in_a_child,
    id="as-a-program",
    main="shell",
    facts=("cd-must-be-builtin",),
    claims=[
        Claim(
            "At ① the child is in /tmp, and the shell is where it was.",
            at("①", child.cwd == "/tmp", shell.cwd != "/tmp"),
            wrong=[in_the_shell, not_done],
            facts=("cd-must-be-builtin",),
        ),
        Claim(
            "At ② the child is gone, and the shell still has not moved.",
            at("②", child.is_gone, shell.cwd != "/tmp"),
            wrong=in_the_shell,
            facts=("cd-must-be-builtin",),
        ),
        Claim(
            "The same goes for the umask: each process has its own.",
            at("①", child.umask == 0o077, shell.umask == 0o022),
            wrong=masked_in_the_shell,
            facts=("cd-must-be-builtin",),
        ),
    ],
)

# --- Parentheses fork, braces do not -------------------------------------------------------------
LINE = "x=1; (x=2; cd /tmp); echo $x; pwd"
braces = replace("(x=2; cd /tmp);", "{ x=2; cd /tmp; };")

parentheses_and_braces = Compare(
    Run(Shell(LINE, births=("subshell",)), id="line"),
    id="groups",
    title="x=1, then …",
    variants={"(x=2; cd /tmp)": Edit(), "{ x=2; cd /tmp; }": braces},
    columns={
        "processes": how_many_processes,
        "echo $x prints": words(happens(anyone_but(shell).writes("1\n")), "1", "2"),
        "pwd says": words(output.contains("/tmp\n"), "/tmp", "where it was"),
    },
    facts=("subshell-vs-group",),
    claims=[
        Claim(
            "Parentheses make a process; the change dies with it.",
            of(
                "(x=2; cd /tmp)",
                all_of(happens(subshell.ends), happens(anyone_but(shell).writes("1\n"))),
            ),
            facts=("subshell-vs-group",),
        ),
        Claim(
            "Braces group commands and make no process: the shell itself has moved.",
            of("{ x=2; cd /tmp; }", output == "2\n/tmp\n"),
            facts=("subshell-vs-group",),
        ),
    ],
)

LESSON = Lesson(
    id="why-cd-is-built-in",
    title="Why cd is built in",
    minutes=5,
    chapter="the shell itself",
    requires=["redirection-order"],
    remember="What a child changes of itself, it changes of itself alone. Whoever is to change "
    "the shell must be the shell.",
    good_for="A script that sets variables for you must be read by your shell, with the dot "
    "command, not run; and a cd inside `( … )` needs no cd back.",
    read_on=(
        "chdir(2)",
        "umask(2)",
        "POSIX.1-2024 Shell Command Language 2.12 Shell Execution Environment",
    ),
    steps=[
        Say(
            "A shell runs a program by fork, exec and wait. Suppose that cd were a program, too. "
            "Here is what the shell would do, with what cd does put in place of the exec."
        ),
        Predict(
            "The child changes to /tmp and ends. **Where is the shell at ②?**",
            Choice(
                "where it was",
                at("②", shell.cwd != "/tmp"),
                "Each process has a working directory of its own. fork copied it; {line:os.chdir} "
                "changed the copy.",
            ),
            Choice(
                "in /tmp",
                at("②", shell.cwd == "/tmp"),
                "That would be so if both were one process. They are two, and chdir is about the "
                "process that calls it.",
            ),
            Choice(
                "in /tmp until the child ends",
                at("①", shell.cwd == "/tmp"),
                "It would need a directory that the two share. At ① the child is in /tmp, and the "
                "shell is not.",
            ),
        ),
        as_a_program,
        Show(
            "family",
            of="as-a-program",
            at="①",
            text="The umask went the same way. So would limits (ulimit), variables (export), the "
            "replacement of the shell (exec), its end (exit), and the waiting for *its* children "
            "(wait). All of these are built in, in every shell.",
        ),
        Predict(
            "In simpsh: `x=1; (x=2; cd /tmp); echo $x; pwd`. What does `echo $x` print?",
            Choice(
                "1",
                of("(x=2; cd /tmp)", happens(anyone_but(shell).writes("1\n"))),
                "Parentheses are a fork: a subshell sets its own x, changes its own directory, and "
                "ends.",
            ),
            Choice(
                "2",
                of("(x=2; cd /tmp)", happens(anyone_but(shell).writes("2\n"))),
                "That would be so in braces: `{ x=2; cd /tmp; }` runs in the shell itself.",
            ),
        ),
        parentheses_and_braces,
        Try(
            "Print the name of the root directory with `pwd`, and be where you were afterwards – "
            "without typing a second cd.",
            expect=all_of(
                output == "/\n",
                happens(anyone_but(shell).is_born),
                never(anyone_but(shell).execs("echo")),
            ),
            hint="Whose working directory may change, so that yours does not?",
            solution="(cd /; pwd)",
            wrong=["cd /; pwd", "echo /", "{ cd /; pwd; }"],
            praise="The subshell went to /, printed where it was, and took its directory with it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
