"""Write a shell: report how a command ended, by the macros and not by the bits.

The wait status is a word: an exit and a signal are stored in different bits, and the bits are
Linux's.  POSIX has macros.  A shell reports an exit by its code, and a signal by a number above
128; most shells take 128 and the number of the signal.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Fact,
    Lesson,
    Predict,
    Run,
    Say,
    Shell,
    Try,
    all_of,
    anyone,
    happens,
    of,
    processes,
    replace,
    value,
)

shell, command = processes("shell", "command")


# --- A status ------------------------------------------------------------------------------------
def report() -> None:
    """The command is killed."""
    command = os.fork()
    if command == 0:  # in the command
        os.kill(os.getpid(), signal.SIGKILL)
    _, word = os.waitpid(command, 0)
    status = word >> 8
    print("status", status, flush=True)


by_the_macros = replace(
    "status = word >> 8",
    "if os.WIFSIGNALED(word):\n    status = 128 + os.WTERMSIG(word)\n"
    "else:\n    status = os.WEXITSTATUS(word)",
)
last = Fact("echo $? prints", lambda scene: "".join(scene.run.output.split()[-1:]))

the_statuses = Compare(
    Run(Shell("sh -c 'exit 3'; echo $?"), id="status"),
    id="statuses",
    title="simpsh runs",
    variants={
        "sh -c 'exit 3'": Edit(),
        "sh -c 'kill -9 $$'": replace("exit 3", "kill -9 $$"),
        "./nosuch": replace("sh -c 'exit 3'", "./nosuch"),
        "/ (a directory)": replace("sh -c 'exit 3'", "/"),
        "false | true": replace("sh -c 'exit 3'", "false | true"),
    },
    columns={"echo $? prints": last},
    claims=[
        Claim(
            "For a killed command simpsh reports 128 and the signal: 137.",
            of("sh -c 'kill -9 $$'", last == "137"),
        ),
        Claim("127 means: there is no such command.", of("./nosuch", last == "127")),
        Claim(
            "126 means: the file exists and cannot be executed.",
            of("/ (a directory)", last == "126"),
        ),
        Claim(
            "The status of a pipeline is the status of its last command.",
            of("false | true", last == "0"),
        ),
    ],
)

LESSON = Lesson(
    id="write-a-status",
    title="Write a shell: report the status",
    minutes=6,
    chapter="the shell",
    requires=["write-a-shell", "status-word"],
    remember="Ask the macros how a command ended. A shell reports the exit code, or a number above "
    "128 for a signal.",
    good_for="A build that continues after a crash: its runner took the upper byte of the word for "
    "the status.",
    read_on=(
        "wait(2)",
        "POSIX.1-2024 Shell Command Language 2.8.2 Exit Status",
        "bash(1), EXIT STATUS",
    ),
    exercise="shell-3",
    steps=[
        Say(
            "Step three: `waitpid` has returned the *wait status*, and your shell must report it. "
            "This shell takes the upper byte of the word."
        ),
        Predict(
            "SIGKILL, number 9, ends the command. What does this shell print?",
            Choice(
                "status 0",
                value("status") == 0,
                "On Linux the upper byte is the exit code. This command did not exit, so the byte "
                "is 0, and 0 looks like success.",
            ),
            Choice(
                "status 137",
                value("status") == 137,
                "Shells report 137: they add 128 to WTERMSIG(word). This shell does not, and no "
                "`wait` returns 137.",
            ),
            Choice(
                "status 9",
                value("status") == 9,
                "`word & 127` would be 9: the number of the signal is in the **low** bits. This "
                "shell shifts them out.",
            ),
            hint="Draw the 16 bits of the word for a killed process. What is left after `>> 8`?",
        ),
        Run(
            report,
            id="report",
            main="shell",
            watch=("status",),
            claims=[
                Claim(
                    "This shell reports a killed command as a success.",
                    all_of(happens(command.is_killed_by("SIGKILL")), value("status") == 0),
                    wrong=by_the_macros,
                    facts=("status-word-layout",),
                )
            ],
        ),
        Run(
            report,
            id="macros",
            main="shell",
            edit=by_the_macros,
            watch=("status",),
            claims=[
                Claim(
                    "With WIFSIGNALED and WTERMSIG the shell reports 137.",
                    value("status") == 137,
                    wrong=replace("os.WIFSIGNALED(word)", "False"),
                    facts=("status-word-layout",),
                )
            ],
        ),
        Say(
            "The bits are Linux's; POSIX has the macros only. For a signal POSIX requires a status "
            "**above 128**. bash, dash and simpsh report 128 and the number of the signal; ksh93 "
            "reports 256 and the number."
        ),
        Predict(
            "`false` ends with 1, `true` with 0. What does `echo $?` print after `false | true`?",
            Choice(
                "0",
                of("false | true", last == "0"),
                "The shell waits for both commands and keeps the status of the last one.",
            ),
            Choice(
                "1",
                of("false | true", last == "1"),
                "One failure is enough after `set -o pipefail`, which POSIX has since 2024. "
                "Without it only the last command counts.",
            ),
            Choice(
                "256",
                of("false | true", last == "256"),
                "256 is the wait status of `false` on Linux. A shell reports the exit code, and "
                "here the last command's.",
            ),
            hint="A pipeline has two commands and one status. Which command is the last one?",
        ),
        the_statuses,
        Try(
            "Make `echo $?` print 143, by a command that SIGTERM ends.",
            expect=all_of(happens(anyone.is_killed_by("SIGTERM")), happens(anyone.writes("143\n"))),
            hint="`$$` is the pid of the shell that expands it; `sh -c '…'` is a shell.",
            solution="sh -c 'kill $$'; echo $?",
            wrong={
                "sh -c 'exit 143'; echo $?": "The status is 143. But `sh` exits by itself: no "
                "signal ends it.",
                "echo 143": "`echo` prints the number itself. The task asks for the status of a "
                "command that SIGTERM ends.",
                "sh -c 'kill -9 $$'; echo $?": "Signal 9 is SIGKILL, and the status is 137. The "
                "task asks for SIGTERM.",
                "sleep 1000 & kill $!; echo $?": "SIGTERM ends `sleep`. But `$?` is the status "
                "of the last foreground command, and that is `kill`.",
            },
            praise="The word had 15 in its low bits, the number of SIGTERM. The shell added 128.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
