"""system runs a shell, and the shell reads every character of the line.

system(3) is fork, exec of `sh -c LINE`, and waitpid, in one call.  It returns a wait status.  While
it waits, the parent ignores SIGINT and SIGQUIT and blocks SIGCHLD.  If the line contains what a
stranger has typed, the stranger decides which programs run.
"""

from __future__ import annotations

import os
import shlex  # noqa: F401 - one of the variants below quotes the name

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
    anyone,
    at,
    happens,
    never,
    of,
    output,
    processes,
    replace,
    words,
)

parent, sleep = processes("parent", "sleep")


def by_system() -> None:
    """Fork, exec of a shell, and wait, in one call; the shell reads what a user has typed."""
    name = "notes; exec sleep 1000"  # a user has typed this
    print(f"{os.system('echo ' + name):#06x}")


# --- Worlds in which it is not so, and other ways ------------------------------------------------
by_spawn = replace("os.system(", "os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', ")
no_shell = replace("os.system('echo ' + name)", "os.spawnlp(os.P_WAIT, 'echo', 'echo', name)")
QUOTED = "os.system with shlex.quote(name)"

the_system = Run(
    by_system,
    id="system",
    births=("sleep",),
    at_rest=[Kill(sleep)],
    claims=[
        Claim(
            "`system` has executed sleep, which the user has typed.",
            happens(sleep.execs("sleep")),
            wrong=no_shell,
            facts=("system3",),
        ),
        Claim(
            "`system` returns the *wait status*: 0x000f, killed by SIGTERM.",
            all_of(happens(parent.wait_returns(sleep, 15)), output.contains("0x000f")),
            wrong=by_spawn,
            facts=("system3",),
        ),
        Claim(
            "While `system` waits, the parent ignores SIGINT and blocks SIGCHLD.",
            at("rest", parent.ignores("SIGINT"), parent.blocks("SIGCHLD")),
            wrong=by_spawn,
            facts=("system3",),
        ),
    ],
)

the_remedies = Compare(
    Run(by_system, id="line", births=("sleep",), at_rest=[Kill(sleep)]),
    id="remedies",
    title="the program calls",
    variants={
        "os.system('echo ' + name)": Edit(),
        QUOTED: replace("+ name", "+ shlex.quote(name)"),
        "spawn of echo with two arguments": no_shell,
    },
    columns={
        "runs a shell": words(happens(anyone.execs("sh")), "yes", "no"),
        "runs sleep": words(happens(anyone.execs("sleep")), "yes", "no"),
    },
    claims=[
        Claim(
            "Quoted, the name is one argument of echo for the shell.",
            of(QUOTED, all_of(happens(anyone.execs("sh")), never(anyone.execs("sleep")))),
        ),
        Claim(
            "Without a shell no program reads the name as a command line.",
            of("spawn of echo with two arguments", never(anyone.execs("sh"))),
            facts=("system3",),
        ),
    ],
)

LESSON = Lesson(
    id="system-runs-a-shell",
    title="system runs a shell on what it is given",
    minutes=5,
    chapter="wait",
    requires=["exec-replaces", "status-word"],
    exercise="split-words",
    remember="system gives the whole line to a shell. Never put into that line what another person "
    "has typed; pass arguments as a list instead.",
    good_for="“Command injection” has a number of its own in the list of software weaknesses: "
    "CWE-78. A file name with a semicolon is enough.",
    read_on=(
        "system(3), CAVEATS",
        "POSIX.1-2024 system()",
        "CWE-78",
        "subprocess of Python, “Security Considerations”",
    ),
    steps=[
        Say(
            "`system` is *fork*, *exec* of `sh -c LINE`, and *wait*, in one call. A common "
            "statement is: `system` is safer than fork and exec, because it does all checks "
            "itself. Here a user has typed the name.",
            code=by_system,
        ),
        Predict(
            "Which commands run?",
            Choice(
                "echo alone, with all the words",
                never(anyone.execs("sleep")),
                "Without a shell you are right. A shell splits the line at `;`.",
            ),
            Choice(
                "echo, and then sleep",
                happens(sleep.execs("sleep")),
                "The shell splits the line at `;`, also if a user typed it.",
            ),
            Choice(
                "none: the shell finds no such program",
                happens(anyone.exits(127)),
                "With `execvp` you are right. A shell splits the line first.",
            ),
            hint="What does your shell do with `echo notes; exec sleep 1000`?",
        ),
        Predict(
            "SIGTERM (15) ends sleep. Which number does `system` return?",
            Choice(
                "0x000f",
                output.contains("0x000f"),
                "`system` returns the *wait status* of the child, which is sleep now.",
            ),
            Choice(
                "0x008f, which is 143",
                output.contains("0x008f"),
                "143 is 128 + 15, the number that a **shell** puts into `$?`. Here exec has "
                "replaced the shell, so it reports nothing.",
            ),
            Choice(
                "0x8f00, an exit with 143",
                output.contains("0x8f00"),
                "Without `exec` in the line you can be right: then a shell waits for sleep and "
                "exits with 143. Here no shell is left.",
            ),
            hint="system returns what waitpid reports of its child. Which program is in this child "
            "at the end?",
        ),
        the_system,
        Predict(
            "A program has to print a name that a user has typed. Which call runs **no shell**?",
            Choice(
                "os.system with the plain name",
                of("os.system('echo ' + name)", never(anyone.execs("sh"))),
                "`system` always runs `sh -c`, for every line, also for one word.",
            ),
            Choice(
                "os.system with shlex.quote(name)",
                of(QUOTED, never(anyone.execs("sh"))),
                "The quotes protect the name from the shell, but a shell still runs. One forgotten "
                "quote is enough for an accident.",
            ),
            Choice(
                "spawn with a list of arguments",
                of("spawn of echo with two arguments", never(anyone.execs("sh"))),
                "Each argument goes to echo as it is. No program reads the arguments as a command "
                "line.",
            ),
            hint="One of the calls gets one text, another gets a list.",
        ),
        the_remedies,
        Try(
            "The variable holds what a stranger has typed:\n\n"
            "    name='notes; sleep 1000'; sh -c \"echo $name\"\n\n"
            "Print the name with `sh -c` and echo, so that sleep does **not** run.",
            expect=all_of(
                output == "notes; sleep 1000\n",
                happens(anyone.execs("sh")),
                never(anyone.execs("sleep")),
            ),
            hint="`sh -c LINE NAME ARGUMENT` gives the line the argument as `$1`.",
            solution="name='notes; sleep 1000'; sh -c 'echo \"$1\"' sh \"$name\"",
            wrong=[
                "name='notes; sleep 1000'; echo \"$name\"",
                "name='notes'; sh -c \"echo $name\"",
            ],
            praise="The line is fixed, and the name is an argument. The shell does not read an "
            "argument as a command.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
