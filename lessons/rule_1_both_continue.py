"""Rule 1: both processes continue.

fork copies a process in the middle of its work: its memory, and the place in the code where it
stands.  Both therefore go on behind the fork; nobody starts at the beginning.  What seems to
contradict it, a line from *before* the fork that is printed twice, confirms it: the text was
still in memory, in a buffer, and memory is copied.
"""

from __future__ import annotations

import os
import sys  # noqa: F401 - one of the cures below flushes sys.stdout

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Fact,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    anyone,
    before,
    count,
    file,
    happens,
    insert,
    move,
    never,
    of,
    output,
    processes,
    replace,
)

parent, child = processes("parent", "child")


# --- 1. A word before the fork, a word after it ----------------------------------------------
def both() -> None:
    """Nobody asks who is who."""
    os.write(1, b"before ")
    child = os.fork()
    os.write(1, b"after ")
    if child != 0:  # in the parent
        os.waitpid(child, 0)


# --- 2. The fork is inside a function --------------------------------------------------------
def helper() -> int:
    """A function that is called once, and returns twice."""
    child = os.fork()
    os.write(1, b"inner ")
    return child


def caller() -> None:
    """Calls it."""
    number = helper()
    os.write(1, b"outer ")
    if number != 0:  # in the parent
        os.waitpid(number, 0)


# --- 3. The same with print ------------------------------------------------------------------
def printed() -> None:
    """Print writes into memory first."""
    print("before")
    child = os.fork()
    print("after")
    if child != 0:  # in the parent
        os.waitpid(child, 0)


# --- 4. A file has a buffer, too -------------------------------------------------------------
def noted() -> None:
    """One line is written, once."""
    with open("log", "w", buffering=4096) as log:
        log.write("one line\n")
        child = os.fork()
    if child != 0:  # in the parent
        os.waitpid(child, 0)


# --- Worlds in which it is not so, and cures -------------------------------------------------
fork_comes_first = move("child = os.fork()", above='os.write(1, b"before ")')
child_does_not_go_on = insert("if child == 0:\n    os._exit(0)", above='os.write(1, b"after ")')
child_ends_in_the_helper = insert(
    'if child == 0:\n    os.write(1, b"inner ")\n    os._exit(0)',
    above='os.write(1, b"inner ")',
)
written_at_once = replace('print("before")', 'print("before", flush=True)')
line_not_finished = replace('print("before")', 'print("before ", end="")')
flushed_before = insert("sys.stdout.flush()", above="child = os.fork()")
child_exits_at_once = insert("if child == 0:\n    os._exit(0)", above="if child != 0:")

count_of_lines = Fact("the number of lines", lambda scene: scene.run.output.count("\n"))

the_cures = Compare(
    Run(printed, id="printed-again"),
    id="cures",
    title="what is done about it",
    variants={
        "nothing": Edit(),
        "the child leaves by os._exit": child_exits_at_once,
        "flush before the fork": flushed_before,
    },
    columns={"lines that come out": count_of_lines},
    facts=("stdio-buffer-duplicated",),
    claims=[
        Claim(
            "os._exit forgets the child's buffer altogether: the second “before”, and the child's "
            "“after” with it.",
            of("the child leaves by os._exit", output == "before\nafter\n"),
            facts=("stdio-buffer-duplicated",),
        ),
    ],
)

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-1-both-continue",
    title="Rule 1: both processes continue",
    minutes=8,
    chapter="fork",
    requires=["shell-loop"],
    remember="After fork there are two of you at the same place in the code, and both go on from "
    "there, with all that was in memory – what had not been written yet, too.",
    good_for="A log that says everything twice, a report with doubled lines: somebody forked with "
    "a full buffer. Flush before you fork, and let children leave by _exit.",
    read_on=("fork(2)", "POSIX.1-2024 fork()", "setvbuf(3)", "_exit(2)"),
    steps=[
        Predict(
            "How often is each word written?",
            Choice(
                "before once, after once",
                all_of(count(anyone.writes("before")) == 1, count(anyone.writes("after")) == 1),
                "It would be so if the child were another program with lines of its own. It is a "
                "copy of this one, and runs the same lines.",
            ),
            Choice(
                "before once, after twice",
                all_of(count(anyone.writes("before")) == 1, count(anyone.writes("after")) == 2),
                "A running program is its memory and a *place* in the code. fork copies both: the "
                "child begins where its parent stood, in {line:os.fork()}.",
            ),
            Choice(
                "before twice, after twice",
                all_of(count(anyone.writes("before")) == 2, count(anyone.writes("after")) == 2),
                "It would be so if the child began at the top, as a started program does. Then "
                "it would fork as well, and so would its child …",
            ),
        ),
        Run(
            both,
            id="both",
            claims=[
                Claim(
                    "What stands before the fork ran once.",
                    count(anyone.writes("before")) == 1,
                    wrong=fork_comes_first,
                    facts=("rule1-both-continue",),
                ),
                Claim(
                    "What stands behind it ran twice, once in each process.",
                    all_of(count(parent.writes("after")) == 1, count(child.writes("after")) == 1),
                    wrong=child_does_not_go_on,
                    facts=("rule1-both-continue",),
                ),
            ],
        ),
        Ask(
            "Now the fork is *inside* a function. The function is called once. **How often is "
            "“outer” written?**",
            answer=count(anyone.writes("outer")),
            because="The place where a process stands includes the calls that it is in. The child "
            "stands in helper, too, and returns from there to a caller of its own.",
            near={
                1: "It would be once if a child's life ended with the function that made it. "
                "Nothing says so: it returns, and goes on.",
                4: "fork is called once. There are two processes, and each comes to the line once.",
            },
        ),
        Run(
            caller,
            id="function",
            also=[helper],
            claims=[
                Claim(
                    "helper was called by one process, and returned in two.",
                    all_of(
                        count(anyone.reaches("number = helper()")) == 1,
                        count(anyone.reaches('os.write(1, b"outer ")')) == 2,
                    ),
                    wrong=child_ends_in_the_helper,
                    facts=("rule1-both-continue",),
                ),
            ],
        ),
        Say(
            "So far each word was one call to the kernel, `os.write`. Programs print otherwise: "
            "`print`, and C's `printf`, put the text into a **buffer**, a piece of the process's "
            "own memory. It is written when it is full, when it is *flushed*, or when the program "
            "ends."
        ),
        Predict(
            "The output goes into a pipe. **How many lines come out?**",
            Choice(
                "3: before, after, after",
                output == "before\nafter\nafter\n",
                "So it would be if print wrote at once, as it does on a terminal. Here "
                "{line:before} left its text in memory, and fork copied the memory.",
            ),
            Choice(
                "4: before is there twice",
                output == "before\nafter\nbefore\nafter\n",
                "{line:before} ran once, and its text waited in the buffer. The child has a copy "
                "of the buffer; each process writes its own at the end.",
            ),
        ),
        Run(
            printed,
            id="printed",
            claims=[
                Claim(
                    "“before” comes out twice, though only the parent was on that line.",
                    all_of(
                        happens(parent.writes("before")),
                        happens(child.writes("before")),
                        never(child.reaches('print("before")')),
                    ),
                    wrong=[written_at_once, move("child = os.fork()", above='print("before")')],
                    facts=("stdio-buffer-duplicated",),
                ),
            ],
        ),
        Ask(
            "The same program, unchanged, but its output is a **terminal** instead of a pipe. How "
            "many lines come out?",
            answer=count_of_lines,
            because="On a terminal the buffer is written at each end of a line. At the fork it was "
            "empty, so there was nothing to double.",
            near={
                4: "So it is through a pipe. Whoever tries a program at the terminal does not see "
                "it; whoever writes `program | cat` does.",
            },
        ),
        Run(
            printed,
            id="terminal",
            terminal=True,
            shows="output",
            claims=[
                Claim(
                    "On a terminal a finished line is written at once, and before the fork.",
                    all_of(
                        before(parent.writes("before"), parent.forks(child)),
                        never(child.writes("before")),
                    ),
                    wrong=line_not_finished,
                    facts=("stdio-buffer-duplicated",),
                ),
            ],
        ),
        Predict(
            "Two cures are usual. Which one leaves **before once, after twice**?",
            Choice(
                "the child leaves by os._exit",
                of("the child leaves by os._exit", output == "before\nafter\nafter\n"),
                "os._exit writes no buffer: not the copied “before”, nor the child's own “after”.",
            ),
            Choice(
                "flush before the fork",
                of("flush before the fork", output == "before\nafter\nafter\n"),
                "An empty buffer may be copied as often as you like.",
            ),
        ),
        the_cures,
        Ask(
            "A file has a buffer of the same kind. `with` closes it at the end of its block. **How "
            "often is the line in the file?**",
            answer=count(anyone.writes("one line")),
            because="Each process comes to the end of the block, closes its own copy of log, and "
            "writes its own copy of the buffer. Why behind each other? That is rule 6.",
            near={
                1: "It would be once if {line:log.write} had gone to the file. It has gone into "
                "memory, and at the fork the line was only there.",
            },
        ),
        Run(
            noted,
            id="file",
            watch=("open",),
            claims=[
                Claim(
                    "The file has the line twice, once from the child, which never came to "
                    "log.write.",
                    all_of(
                        file("log") == "one line\none line\n",
                        happens(child.writes("one line")),
                        never(child.reaches("log.write")),
                    ),
                    wrong=insert("log.flush()", above="child = os.fork()"),
                    facts=("file-buffer-twice",),
                ),
            ],
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
