"""Rule 2: the value that fork returns says who is who.

One call, two returns: 0 in the child, the child's pid in the parent, −1 if there is no child.
A program must look at that value, at once, and let the child leave inside its branch.  What is
not decided by it is done by both.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource

from simpsh.course import (
    Ask,
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
    before,
    count,
    hangs,
    happens,
    how_many_processes,
    insert,
    never,
    of,
    processes,
    replace,
    returns,
    value,
)

parent, child, shell = processes("parent", "child", "shell")
libc = ctypes.CDLL(None)


# --- 1. One call, two values -------------------------------------------------------------------
def two_values() -> None:
    """Each looks at what it got."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ① both have their value
    os.waitpid(child, 0)


# --- 2. A child that does not leave ------------------------------------------------------------
def falls_through() -> None:
    """The branch ends, and the child goes on."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"the child's work\n")
    os.write(1, b"the parent's work\n")
    if child != 0:
        os.waitpid(child, 0)


# --- 3. A fork that fails ----------------------------------------------------------------------
def refused() -> None:
    """C's own fork, under a limit of one process."""
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    child = libc.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.write(1, b"the next line\n")
    if child > 0:
        os.waitpid(child, 0)


# --- 4. An argument that nobody checked -------------------------------------------------------
def sleeps() -> None:
    """What a C program does with the argument of its command line."""
    argument = b"-1"
    seconds = libc.atoi(argument)
    told = ctypes.c_uint(seconds).value  # sleep takes an unsigned int
    child = os.fork()
    if child == 0:  # in the child
        libc.sleep(told)
        os._exit(0)
    os.waitpid(child, 0)


def readings() -> None:
    """Three ways to read a number, before anybody forks."""
    argument = "-1"
    by_atoi = libc.atoi(argument.encode())
    try:
        by_int = str(int(argument))
    except ValueError:
        by_int = "refused"
    is_number = re.fullmatch("[0-9]{1,4}", argument)
    by_look = "accepted" if is_number else "refused"
    print(by_atoi, by_int, by_look)


# --- Worlds in which it is not so --------------------------------------------------------------
told_its_pid = insert("child = os.getpid()", above="os._exit(0)  # ①")
told_nothing = insert("child = 0", above="os.waitpid(child, 0)")
leaves_its_branch = insert("    os._exit(0)", above='os.write(1, b"the parent\'s work\\n")')
room_for_one_more = replace("(1, 1)", "(2, 2)")
no_time_at_all = replace('b"-1"', 'b"0"')


the_readings = Compare(
    Run(readings, id="reading"),
    id="readings",
    title="argument",
    variants={
        "60": replace('"-1"', '"60"'),
        "-1": Edit(),
        "abc": replace('"-1"', '"abc"'),
        "12x": replace('"-1"', '"12x"'),
        "1_000": replace('"-1"', '"1_000"'),
    },
    columns={"atoi()": value("by_atoi"), "int()": value("by_int"), "digits?": value("by_look")},
    claims=[
        Claim(
            "int refuses letters, but takes more than digits: 1_000 is a number to it.",
            of("1_000", value("by_int") == "1000"),
            facts=("argument-validation",),
        ),
        Claim(
            "Asked for digits only, 60 alone is accepted.",
            of("60", value("by_look") == "accepted"),
            facts=("argument-validation",),
        ),
    ],
)

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-2-return-value",
    title="Rule 2: the return value says who is who",
    minutes=9,
    chapter="fork",
    requires=["rule-1-both-continue"],
    remember="fork returns 0 in the child, the child's pid in the parent, −1 if there is no child. "
    "Look at it at once, and let the child leave inside its branch.",
    good_for="A server under load gets −1 one day. If nobody looks, that −1 is handed on as a pid, "
    "and `kill(−1, …)` means *everybody*.",
    read_on=("fork(2)", "getrlimit(2), RLIMIT_NPROC", "strtol(3)", "kill(2)"),
    steps=[
        Predict(
            "Both return from the same call. What does the **child** find in its `child`?",
            Choice(
                "0",
                at("①", child.value("child") == 0),
                "0 is nobody's pid, so it can mean: you are the new one. For the rest the child "
                "can ask: getpid, getppid.",
            ),
            Choice(
                "its own pid",
                at("①", child.value("child") == child.pid),
                "That is what the *parent* finds, who may have many children and no other safe way "
                "to learn which one it has made now. The child can ask getpid.",
            ),
            Choice(
                "its parent's pid",
                at("①", child.value("child") == parent.pid),
                "It could be so, but the child can ask getppid for that, at any time. 0 is there "
                "to tell the two apart.",
            ),
        ),
        Run(
            two_values,
            id="values",
            watch=("child",),
            claims=[
                Claim(
                    "The child has got 0, the parent the child's pid.",
                    at("①", child.value("child") == 0, parent.value("child") == child.pid),
                    wrong=[told_its_pid, told_nothing],
                    facts=("fork-returns-twice",),
                ),
            ],
        ),
        Ask(
            "The child does its work, and its branch ends. **How often is “the parent's work” "
            "done?**",
            answer=count(anyone.writes("the parent's work")),
            because="Behind the branch there are still two processes. What the value does not "
            "decide, both do.",
            near={
                1: "It would be once if the end of the branch were the end of the child. It goes "
                "on, by rule 1; an os._exit in the branch would end it.",
            },
        ),
        Run(
            falls_through,
            id="falls-through",
            claims=[
                Claim(
                    "The child has done its own work and the parent's; the branch on fork's value "
                    "is all that was decided.",
                    all_of(
                        before(child.writes("the child's"), child.writes("the parent's")),
                        never(parent.writes("the child's")),
                    ),
                    wrong=[leaves_its_branch, replace("if child == 0:", "if child >= 0:")],
                    facts=("rule2-branch-on-return",),
                ),
            ],
        ),
        Predict(
            "Line 1 allows this user **one** process, so fork must fail. How many processes come "
            "to {line:the next line}?",
            Choice(
                "one, and its child is −1",
                all_of(count(anyone.writes("the next")) == 1, value("child") == -1),
                "There is no child, and the parent goes on. Nothing but the value tells it.",
            ),
            Choice(
                "one, and its child is 0",
                all_of(count(anyone.writes("the next")) == 1, value("child") == 0),
                "0 would say that it *is* the child. It is the parent still, so there must be a "
                "third value.",
            ),
            Choice(
                "none: the program is ended",
                never(anyone.writes("the next")),
                "The kernel ends nobody for a failed call. In Python os.fork raises "
                "BlockingIOError; that ends a program which does not catch it.",
            ),
        ),
        Run(
            refused,
            id="refused",
            guard=4,
            watch=("child",),
            claims=[
                Claim(
                    "fork has failed for want of a place, EAGAIN; C's fork returned −1, and no "
                    "process was made.",
                    all_of(
                        happens(parent.fails("fork", "EAGAIN")),
                        value("child") == -1,
                        how_many_processes == 1,
                    ),
                    wrong=room_for_one_more,
                    facts=("fork-fails-eagain",),
                ),
            ],
        ),
        Say(
            "The run belonged to an ordinary user: **root is not bound** by that limit. Some books "
            "say that every call returns −1 when it fails. Most do; getpid cannot fail, mmap "
            "returns MAP_FAILED, and Python turns failures into exceptions."
        ),
        Predict(
            "Before fork comes the argument. A C program reads `-1` with atoi, and hands it to "
            "sleep. **When does the parent come back?**",
            Choice(
                "at once",
                returns,
                "It would if −1 were no time. But sleep has no negative numbers: 4294967295 it is.",
            ),
            Choice(
                "not in your lifetime",
                hangs,
                "sleep takes an *unsigned* number of seconds: −1 is 4294967295 of them, and that "
                "is 136 years.",
            ),
        ),
        Run(
            sleeps,
            id="sleeps",
            watch=("seconds", "told"),
            at_rest=[Kill(child)],
            claims=[
                Claim(
                    "sleep was told 4294967295 seconds. The child sleeps, the parent waits for it, "
                    "and nobody can move.",
                    all_of(hangs, value("told") == 4294967295),
                    wrong=no_time_at_all,
                    facts=("argument-validation",),
                ),
            ],
        ),
        Predict(
            "Who takes `12x` for a number: C's **atoi**, or Python's **int**?",
            Choice(
                "atoi",
                of("12x", value("by_atoi") == 12),
                "atoi stops at the first letter, and has no way to say that something is wrong.",
            ),
            Choice(
                "int",
                of("12x", value("by_int") == "12"),
                "int says no to letters, with a ValueError. But look what else it takes.",
            ),
        ),
        the_readings,
        Try(
            "A shell keeps the value that fork returned to it: `$!` is the pid of the last process "
            "put into the background. Start `sleep 1000` there, and end it with `kill`, without "
            "typing a number.",
            expect=happens(anyone.is_killed_by("SIGTERM")),
            hint="sleep 1000 & and then, in the same line, kill with the value of $!",
            solution="sleep 1000 & kill $!",
            wrong=["sleep 1000 & echo $!", "sleep 1000 & kill -0 $!"],
            praise="The shell is the parent: fork told it the child's pid, and you have used it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
