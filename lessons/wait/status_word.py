"""The wait status: one number that says what a child has done.

How does one number say how a child ended or stopped, and with which value?  wait gives the parent
one number.  On Linux its low seven bits are the signal that killed the child, and 0 if the child
exited; the next byte is then the exit status.  Two more patterns say that the child is stopped, or
has continued.  POSIX specifies only the macros that take this number apart.
"""

from __future__ import annotations

import os
import resource
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    Variation,
    insert,
    prints_the_status,
    replace,
    some,
)

MACROS = ("WIFEXITED", "WIFSIGNALED", "WCOREDUMP", "WIFSTOPPED", "WIFCONTINUED")


# --- 1. Two ways to end --------------------------------------------------------------------------
def two_ends() -> None:
    """One child exits, and SIGKILL ends the other."""
    first = os.fork()
    if first == 0:  # in the first child
        os._exit(3)
    second = os.fork()
    if second == 0:  # in the second child
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(first, 0)
    os.waitpid(second, 0)


# --- 2. Not an end -------------------------------------------------------------------------------
def stopped_and_continued() -> None:
    """The parent stops its child, continues it, and ends it."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
        os._exit(0)
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)  # ① the child is stopped
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, os.WCONTINUED)
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)


# --- 3. The macros -------------------------------------------------------------------------------
def core_files(*, are_allowed: bool) -> None:
    """Set the limit of this process and its children for core files."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # A limit of 1 also prevents a dump that core_pattern would pipe to a program.
    least = 1 if most else 0
    resource.setrlimit(resource.RLIMIT_CORE, (most if are_allowed else least, most))


def ask_the_macros() -> None:
    """Print the wait status, and each macro that is true of it."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(3)
    _, word = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
    true = [name for name in MACROS if getattr(os, name)(word)]
    print(f"{word:#06x}", *true, end="", flush=True)


# --- 4. Eight bits of exit status ----------------------------------------------------------------
def a_big_code() -> None:
    """An exit status that does not fit."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(256)
    os.waitpid(child, 0)


# --- 5. A program to repair ----------------------------------------------------------------------
def report_both() -> None:
    """Say how each of two children has ended."""
    first = os.fork()
    if first == 0:  # in the first child
        os._exit(3)
    second = os.fork()
    if second == 0:  # in the second child
        os.kill(os.getpid(), signal.SIGKILL)
    for child in (first, second):
        _, word = os.waitpid(child, 0)
        if os.WIFSIGNALED(word):
            print("killed by signal", os.WTERMSIG(word), flush=True)
        else:
            print("exit status", os.WEXITSTATUS(word), flush=True)


# --- The runs, and wrong variants ----------------------------------------------------------------
as_in_a_shell = replace("os.WIFSIGNALED(word)", "os.WEXITSTATUS(word) > 128")

the_two_ends = Run(
    two_ends,
    id="ends",
    claims=[
        Claim(
            "`_exit(3)` gives the wait status 0x0300: the exit status in the high byte, 0 below.",
            "parent.gets(first, 0x0300)",
            wrong=replace("os._exit(3)", "os.kill(os.getpid(), 3)"),
        ),
        Claim(
            "SIGKILL gives 0x0009: the number of the signal in the low bits, and 0 above.",
            "parent.gets(second, 0x0009)",
            wrong=replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)"),
        ),
    ],
)

not_an_end = Run(
    stopped_and_continued,
    id="stopped",
    claims=[
        Claim(
            "The stopped child gives 0x137f: 0x7f in the low byte, the signal (0x13 is 19, "
            "SIGSTOP) in the high byte.",
            "parent.gets(child, 0x137f)",
            wrong=replace("os.WUNTRACED", "os.WNOHANG"),
        ),
        Claim(
            "The continued child gives 0xffff.",
            "parent.gets(child, 0xffff)",
            wrong=replace("os.WCONTINUED", "os.WNOHANG"),
        ),
        Claim(
            "Neither was an end: SIGTERM kills the child later, and the wait status is 0x000f.",
            "parent.gets(child, 0x000f)",
            wrong=replace("signal.SIGTERM", "signal.SIGKILL"),
        ),
    ],
)

EXIT = "os._exit(3)"
STOPS = "os.kill(os.getpid(), signal.SIGSTOP)\nsignal.pause()"
CONTINUES = "os.waitid(os.P_PID, child, os.WSTOPPED)\nos.kill(child, signal.SIGCONT)"
FORKS = "child = os.fork()"
ALLOWED, CONTINUED = "aborts, and may leave a core file", "stops, and gets SIGCONT"

the_macros = Compare(
    Run(ask_the_macros, id="macro", leaves=["child"]),
    id="macros",
    needs=("prlimit64",),
    title="the child",
    variants={
        "calls _exit(3)": Edit(),
        "is killed by SIGKILL": replace(EXIT, "os.kill(os.getpid(), signal.SIGKILL)"),
        "aborts, without a core file": replace(EXIT, "os.abort()")
        + insert("core_files(are_allowed=False)", above=FORKS),
        ALLOWED: replace(EXIT, "os.abort()") + insert("core_files(are_allowed=True)", above=FORKS),
        "stops": replace(EXIT, STOPS),
        CONTINUED: replace(EXIT, STOPS) + insert(CONTINUES, above="_, word"),
    },
    columns={"wait status and true macros": "output"},
    claims=[
        Claim(
            "Exactly one of `WIFEXITED`, `WIFSIGNALED`, `WIFSTOPPED` and `WIFCONTINUED` is true.",
            "row('calls _exit(3)').output == '0x0300 WIFEXITED' and "
            "row('is killed by SIGKILL').output == '0x0009 WIFSIGNALED' and "
            "row('stops').output == '0x137f WIFSTOPPED' and "
            "'WIFCONTINUED' in row('stops, and gets SIGCONT').output",
        ),
        Claim(
            "`WCOREDUMP` is the bit 0x80 next to the signal: the kernel has written a *core dump*.",
            "row('aborts, and may leave a core file').output == '0x0086 WIFSIGNALED WCOREDUMP'",
            needs=("core dumps",),
        ),
        Claim(
            "`WCOREDUMP` looks at this bit alone, so it is true of 0xffff as well. It has a "
            "meaning only if `WIFSIGNALED` is true.",
            "row('stops, and gets SIGCONT').output == '0xffff WCOREDUMP WIFCONTINUED'",
        ),
    ],
)

the_codes = Compare(
    Run(a_big_code, id="code"),
    id="codes",
    title="what the child calls",
    variants={
        "_exit(255)": replace("256", "255"),
        "_exit(256)": Edit(),
        "_exit(300)": replace("256", "300"),
        "_exit(-1)": replace("256", "-1"),
    },
    columns={"WEXITSTATUS in the parent": "child.status"},
    claims=[
        Claim(
            "The parent gets 44 for 300 (300 − 256). It gets 255 for −1.",
            "row('_exit(300)').child.status == 44 and row('_exit(-1)').child.status == 255",
        )
    ],
)

LESSON = Lesson(
    id="status-word",
    title="The wait status",
    minutes=8,
    chapter="exec and wait",
    requires=["wait-scenarios"],
    exercise="open-file",
    remember="Read a wait status with the macros. First ask what happened: exit, kill, stop or "
    "continue. Then read the exit status or the signal.",
    good_for="A script that treats every failure alike cannot tell a bug (SIGSEGV) from a full "
    "disk (exit status 1) or from an operator's SIGTERM.",
    read_on=("wait(2)", "signal(7)", "core(5)", "POSIX.1-2024 <sys/wait.h>"),
    steps=[
        Say(
            "`wait` gives the parent one number about its child, the *wait status*. POSIX "
            "specifies only **macros** that take the number apart, such as `WIFEXITED`. Here you "
            "look at the bits themselves, as Linux sets them."
        ),
        Predict(
            "Which two numbers does the parent get, one for `first` and one for `second`?",
            Choice(
                "0x0003 and 0x0009",
                "parent.gets(first, 0x0003) and parent.gets(second, 0x0009)",
                "If a parent saw plain numbers, it could not tell `_exit(9)` from *SIGKILL*. So "
                "Linux moves the exit status up by eight bits.",
            ),
            Choice(
                "0x0300 and 0x0009",
                "parent.gets(first, 0x0300) and parent.gets(second, 0x0009)",
                "An exit status goes into the high byte. A signal that killed the child goes into "
                "the low seven bits.",
            ),
            Choice(
                "0x0300 and 0x0900",
                "parent.gets(first, 0x0300) and parent.gets(second, 0x0900)",
                "0x0900 is the wait status of `_exit(9)`. The second child did not exit: a signal "
                "killed it, and a signal is in the low byte.",
            ),
            hint="SIGKILL has the number 9. The parent must be able to tell a child that calls "
            "`_exit(9)` from a child that SIGKILL kills.",
            again=[
                replace("os._exit(3)", "os.kill(os.getpid(), 3)"),
                replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)"),
            ],
        ),
        the_two_ends,
        Predict(
            "{line:os.WUNTRACED} returns with the wait status 0x137f. **What has the child done?**",
            Choice(
                "exit status 0x13 has ended it",
                "child.exits(19)",
                "The wait status of `_exit(0x13)` is 0x1300. Here the low byte is 0x7f, which "
                "says: this child has not ended.",
            ),
            Choice(
                "signal 0x7f has killed it",
                "parent.gets(child, 0x007f)",
                "A killed child has its signal here, 0x09 for SIGKILL. On x86 and ARM no signal "
                "has the number 127, so 0x7f was free to mean “stopped”.",
            ),
            Choice(
                "signal 0x13 has stopped it",
                "parent.gets(child, 0x137f)",
                "0x7f in the low byte means “stopped”, and 0x13 in the high byte is SIGSTOP. A "
                "*stopped* process exists and can continue.",
            ),
            hint="Split the number into two bytes. 0x7f is 127, and signals end at 64 on x86 and "
            "ARM.",
        ),
        not_an_end,
        Predict(
            "The child continues, and the wait status is 0xffff. **Which** `WIF…` macro is true?",
            Choice(
                "`WIFEXITED` alone",
                "'WIFEXITED' in row('stops, and gets SIGCONT').output",
                "0xff00 is exit status 255, and there `WIFEXITED` is true. It asks that the low "
                "seven bits are 0; here they are all 1.",
            ),
            Choice(
                "`WIFCONTINUED` alone",
                "'WIFE' not in row('stops, and gets SIGCONT').output and "
                "'WIFSIG' not in row('stops, and gets SIGCONT').output",
                "0xffff is a value of its own: no other `WIF…` macro is true of it.",
            ),
            Choice(
                "all four of them",
                "'WIFSIGNALED' in row('stops, and gets SIGCONT').output",
                "Macros that test one bit each could all be true. The four `WIF…` macros test for "
                "patterns, and these patterns exclude each other.",
            ),
            hint="The low seven bits are 0 after an exit. After SIGKILL they are the number of the "
            "signal. After a stop the low byte is 0x7f.",
        ),
        the_macros,
        Say(
            "You will read that the program ended abnormally if `WIFEXITED` is false. It is not "
            "so: this holds only if the parent asked for ends alone. With `WUNTRACED` or "
            "`WCONTINUED`, the child may be alive. So test `WIFSIGNALED` as well."
        ),
        Ask(
            "The child calls `_exit(256)`. Which *exit status* does the parent get?",
            answer="child.status",
            because="Only the low eight bits of the number arrive, and in 256 they are all 0. So "
            "the parent reads success.",
            near={
                "256": "The wait status has eight bits for the exit status, so 255 is the highest.",
                "255": "The kernel does not lower a big number to the highest one. The kernel "
                "drops the bits above the eighth.",
                "1": "257 arrives as 1. The low eight bits of 256 are 0, and 0 means success.",
            },
            hint="Write 256 as a binary number, and keep the last eight digits.",
        ),
        Run(
            a_big_code,
            id="lost",
            claims=[
                Claim(
                    "The parent reads an exit status of 256 as 0, success.",
                    "child.status == 0",
                    wrong=replace("os._exit(256)", "os._exit(257)"),
                )
            ],
        ),
        the_codes,
        Try(
            (
                "After SIGKILL, `$?` is 137 in simpsh, dash and bash: 128 + 9. POSIX says "
                "only “above 128”. Type a line in which:"
            ),
            asks={
                "the 137 that is printed is the value of `$?`": prints_the_status(137),
                "no signal has ended a process": some(
                    "", ("not anyone.killed()", "a signal ended a process")
                ),
            },
            hint="`sh -c 'exit N'` is a process that exits with a status of your choice.",
            solution="sh -c 'exit 137'; echo $?",
            wrong={
                "sh -c 'kill -9 $$'; echo $?": "`$?` is 137, because SIGKILL ended sh. The task "
                "asks for 137 without such a signal.",
                "echo 137": "`echo` prints its argument. The task asks for the status of a "
                "process.",
                "sh -c 'exit 9'; echo $?": "An exit with 9 is 9 in `$?`. A shell adds 128 only for "
                "a signal.",
            },
            note=(
                "`$?` is one number for two ways to end. The wait status tells them apart: "
                "0x8900 is an exit with 137, 0x0009 is SIGKILL."
            ),
            variation=Variation({r"\breturn (137)\b": "{}"}, alters_statuses=True),
        ),
        Repair(
            Run(
                report_both,
                id="repair",
                claims=[
                    Claim(
                        "The parent collects both children.",
                        "len(parent.collects()) == 2",
                        wrong=replace("(first, second)", "(first,)"),
                        hint="Each child needs a wait of its own.",
                    ),
                    Claim(
                        "The killed child is reported by the number of its signal.",
                        "'killed by signal 9\\n' in output",
                        wrong=[as_in_a_shell, replace("WTERMSIG", "WEXITSTATUS")],
                        hint="Which macro asks whether a signal ended the child, and which one "
                        "gives its number?",
                    ),
                    Claim(
                        "The child that exited is reported by its exit status.",
                        "'exit status 3\\n' in output",
                        wrong=[
                            replace("os.WIFSIGNALED(word)", "True"),
                            replace("os.WEXITSTATUS(word)", "word"),
                        ],
                        hint="Which macro gives the exit status, without the bits below it?",
                    ),
                ],
            ),
            task="This program should print `exit status 3` and `killed by signal 9`. It prints "
            "`exit status 0` for the child that SIGKILL ended. Fix it.",
            broken=as_in_a_shell,
            broken_in_c=replace("WIFSIGNALED(word)", "WEXITSTATUS(word) > 128"),
            hint="A `$?` above 128 is how a shell reports a signal. The status word has another "
            "place.",
            praise="An exit and a signal are different ends. The program asks for one before it "
            "takes the number of the other.",
        ),
    ],
)
