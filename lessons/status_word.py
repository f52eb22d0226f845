"""The status word: sixteen bits that say how it ended.

wait gives the parent one number.  Its low seven bits are the signal that killed the child, or 0
if it ended by itself; the high byte is the exit code then.  Two further patterns tell of a child
that has not ended at all: it was stopped, or continued.
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
    Run,
    Say,
    Try,
    all_of,
    anyone,
    happens,
    never,
    of,
    output,
    processes,
    replace,
)

parent, child, first, second = processes("parent", "child", "first", "second")
UNLIMITED = resource.RLIM_INFINITY


# --- 1. Two ways to end --------------------------------------------------------------------------
def two_ends() -> None:
    """One child exits, one is killed."""
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
    os.waitpid(child, os.WUNTRACED)
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, os.WCONTINUED)
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)


# --- 3. Eight bits of code -----------------------------------------------------------------------
def a_big_code() -> None:
    """A code that does not fit."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(256)
    os.waitpid(child, 0)


# --- 4. One more bit -----------------------------------------------------------------------------
def dump_a_core() -> None:
    """A child that aborts, and may leave a core."""
    resource.setrlimit(resource.RLIMIT_CORE, (UNLIMITED, UNLIMITED))
    child = os.fork()
    if child == 0:  # in the child
        os.abort()
    os.waitpid(child, 0)


# --- Worlds in which it is not so ----------------------------------------------------------------
exits_with_9 = replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(9)")
killed_by_3 = replace("os._exit(3)", "os.kill(os.getpid(), 3)")
no_news_of_stops = replace("os.WUNTRACED", "os.WNOHANG")
no_news_of_continuing = replace("os.WCONTINUED", "os.WNOHANG")
no_core_allowed = replace("(UNLIMITED, UNLIMITED)", "(0, UNLIMITED)")

the_two_ends = Run(
    two_ends,
    id="ends",
    claims=[
        Claim(
            "_exit(3) gives the word 0x0300: the code in the high byte, 0 below.",
            happens(parent.wait_returns(first, 0x0300)),
            wrong=killed_by_3,
            facts=("status-word-layout",),
        ),
        Claim(
            "SIGKILL gives the word 0x0009: the signal's number in the low bits, no code.",
            happens(parent.wait_returns(second, 0x0009)),
            wrong=exits_with_9,
            facts=("status-word-layout",),
        ),
    ],
)

not_an_end = Run(
    stopped_and_continued,
    id="stopped",
    claims=[
        Claim(
            "A stopped child: 0x7f in the low byte, the signal (19, SIGSTOP) in the high one.",
            happens(parent.wait_returns(child, 0x137F)),
            wrong=no_news_of_stops,
            facts=("status-word-layout",),
        ),
        Claim(
            "A continued child: 0xffff.",
            happens(parent.wait_returns(child, 0xFFFF)),
            wrong=no_news_of_continuing,
            facts=("status-word-layout",),
        ),
        Claim(
            "Neither was an end: the child is killed by SIGTERM after that, word 0x000f.",
            child.status_word == 0x000F,
            wrong=replace("signal.SIGTERM", "signal.SIGKILL"),
        ),
    ],
)

CODES = "os._exit(256)"
the_codes = Compare(
    Run(a_big_code, id="code"),
    id="codes",
    title="what the child calls",
    variants={
        "_exit(255)": replace(CODES, "os._exit(255)"),
        "_exit(256)": Edit(),
        "_exit(300)": replace(CODES, "os._exit(300)"),
        "_exit(-1)": replace(CODES, "os._exit(-1)"),
    },
    columns={"what the parent gets": child.status},
    facts=("exit-code-8-bits",),
    claims=[
        Claim(
            "256 arrives as 0: success.",
            of("_exit(256)", child.status == 0),
            facts=("exit-code-8-bits",),
        ),
        Claim(
            "300 arrives as 44: 300 − 256.",
            of("_exit(300)", child.status == 44),
            facts=("exit-code-8-bits",),
        ),
        Claim(
            "−1 arrives as 255, as 255 does.",
            of("_exit(-1)", child.status == 255),
            facts=("exit-code-8-bits",),
        ),
    ],
)

LESSON = Lesson(
    id="status-word",
    title="The status word: how did it end?",
    minutes=7,
    chapter="wait",
    requires=["wait-scenarios"],
    remember="Ask the macros in order: exited? then the code; killed? then the signal; stopped? "
    "then it still lives.",
    good_for="A script that treats every status but 0 alike cannot tell a bug (SIGSEGV) from a "
    "full disk (exit 1) from an impatient operator (SIGTERM).",
    read_on=("wait(2)", "signal(7)", "core(5)", "POSIX.1-2024 <sys/wait.h>"),
    steps=[
        Say(
            "A child leaves its parent one number, the **status word**. The macros WIFEXITED, "
            "WEXITSTATUS, WIFSIGNALED and WTERMSIG take it apart; here you look at the bits."
        ),
        Predict(
            "Which two numbers does wait give to the parent, for the first and the second child?",
            Choice(
                "3 and 9",
                all_of(
                    happens(parent.wait_returns(first, 3)), happens(parent.wait_returns(second, 9))
                ),
                "Then nobody could tell a code 9 from SIGKILL. So a code is moved up by eight "
                "bits: 3 becomes 0x0300.",
            ),
            Choice(
                "0x0300 and 0x0009",
                all_of(
                    happens(parent.wait_returns(first, 0x0300)),
                    happens(parent.wait_returns(second, 0x0009)),
                ),
                "A code stands in the high byte; a signal that killed, in the low seven bits.",
            ),
            Choice(
                "0x0300 and 0x0900",
                all_of(
                    happens(parent.wait_returns(first, 0x0300)),
                    happens(parent.wait_returns(second, 0x0900)),
                ),
                "0x0900 would be _exit(9): an end of the child's own choice. This one was killed.",
            ),
        ),
        the_two_ends,
        Say(
            "Many books say: if WIFEXITED is false, the program died abnormally. That holds only "
            "if you asked for nothing but ends. With WUNTRACED and WCONTINUED, wait tells of more."
        ),
        Predict(
            "waitpid(child, WUNTRACED) returns with the word 0x137f. **What has the child done?**",
            Choice(
                "exited with code 0x13",
                happens(child.exits(19)),
                "That would be 0x1300. The low byte 0x7f says: it has not ended.",
            ),
            Choice(
                "been killed by signal 127",
                happens(parent.wait_returns(child, 0x007F)),
                "No signal has the number 127: 0x7f was free, and means “stopped”.",
            ),
            Choice(
                "been stopped by signal 0x13, SIGSTOP",
                happens(parent.wait_returns(child, 0x137F)),
                "0x7f says stopped, the high byte by what. It lives, and can go on.",
            ),
        ),
        not_an_end,
        Ask(
            "The child calls `_exit(256)`. What exit code does the parent get?",
            answer=child.status,
            because="Only the low eight bits of the code arrive, and 256 has none of them: the "
            "parent reads success.",
            near={
                "256": "There are eight bits for a code, so 255 is the greatest.",
                "255": "It is not cut off at the greatest; the bits above are dropped.",
                "1": "Nothing in the code says failure once the high bits are gone.",
            },
        ),
        Run(
            a_big_code,
            id="lost",
            claims=[
                Claim(
                    "A code of 256 is a success.",
                    child.status == 0,
                    wrong=replace("os._exit(256)", "os._exit(257)"),
                    facts=("exit-code-8-bits",),
                )
            ],
        ),
        the_codes,
        Run(
            dump_a_core,
            id="core",
            needs=("core dumps",),
            facts=("core-dump-flag",),
            claims=[
                Claim(
                    "Killed by SIGABRT, and the bit 0x80 says: a core was written.",
                    happens(parent.wait_returns(child, 0x0086)),
                    wrong=no_core_allowed,
                    facts=("core-dump-flag",),
                ),
            ],
        ),
        Try(
            "A shell says 137 for “killed by 9” (128 + 9). Make `echo $?` print 137 although "
            "nobody was killed.",
            expect=all_of(
                happens(anyone.exits(137)),
                never(anyone.is_killed_by("SIGKILL")),
                output == "137\n",
            ),
            hint="`sh -c 'exit N'` is a process that ends with a code of your choice.",
            solution="sh -c 'exit 137'; echo $?",
            wrong=["sh -c 'kill -9 $$'; echo $?", "echo 137", "sh -c 'exit 9'; echo $?"],
            praise="$? is one number for two ways to end. The status word tells them apart: 0x8900 "
            "is not 0x0009.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
