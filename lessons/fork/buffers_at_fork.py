"""Text in a buffer at the fork is written twice.

`print` does not call the kernel for each text: what does a fork do to the text that waits?  `print`
and C's `printf` do not call the kernel for each text.  They collect text in a buffer, which is
memory of the process.  `fork` copies memory, so the child has a copy of the text.  Each process
writes its own copy: the text appears twice, although one process ran the line once.
"""

from __future__ import annotations

import os
import sys  # noqa: F401 - two of the cures below use sys.stdout

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
    delete,
    insert,
    move,
    replace,
)


# --- 1. Two lines with print -----------------------------------------------------------------
def printed() -> None:
    """`print` puts the text into a buffer first."""
    print("before")
    child = os.fork()
    print("after")
    if child != 0:  # in the parent
        os.waitpid(child, 0)


# --- 2. A file has a buffer, too -------------------------------------------------------------
def noted() -> None:
    """One process writes one line into a file, once."""
    with open("log", "w", buffering=4096) as log:
        log.write("one line\n")
        child = os.fork()
    if child != 0:  # in the parent
        os.waitpid(child, 0)


# --- Variants: claims that become false, and cures -------------------------------------------
written_at_once = replace('print("before")', 'print("before", flush=True)')
line_not_finished = replace('print("before")', 'print("before ", end="")')
flushed_before = insert("sys.stdout.flush()", above="child = os.fork()")
child_exits_at_once = insert("if child == 0:\n    os._exit(0)", above="if child != 0:")
parent_waits_first = replace("os.waitpid(child, 0)", "pass") + insert(
    "if child != 0:\n    os.waitpid(child, 0)", above='print("after")'
)


the_cures = Compare(
    Run(printed, id="printed-again"),
    id="cures",
    title="what is changed",
    variants={
        "nothing": Edit(),
        "the parent waits before “after”": parent_waits_first,
        "the child leaves by os._exit": child_exits_at_once,
        "flush before the fork": flushed_before,
    },
    columns={"lines in the output": "output.count('\\n')"},
    claims=[
        Claim(
            "`os._exit` writes no buffer. Both “before” and “after” of the child are lost.",
            "row('the child leaves by os._exit').output == 'before\\nafter\\n'",
        ),
        Claim(
            "After a flush the buffer is empty at the fork: “before” appears once.",
            "row('flush before the fork').output == 'before\\nafter\\nafter\\n'",
        ),
        Claim(
            "A wait changes the order only: each process still has the text.",
            "row('the parent waits before “after”').output.count('\\n') == 4",
        ),
    ],
)

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="buffers-at-fork",
    title="How often is buffered text written?",
    minutes=6,
    chapter="fork",
    requires=["rule-4-copied"],
    remember="`fork` copies buffers. Flush before you fork, and let the child end with `_exit`.",
    good_for="A log in which each line appears twice: a process forked while text was in its "
    "buffer. At a terminal finished lines are flushed at once, so tests often miss the error.",
    read_on=("setvbuf(3)", "stdio(3)", "_exit(2)", "Kerrisk, TLPI, section 25.4"),
    steps=[
        Say(
            "`os.write` is one call to the kernel. `print`, and C's `printf`, put the text into a "
            "*buffer* first, a piece of the process's memory. The process *flushes* the buffer, "
            "that is, writes it, when the buffer is full or when the program ends normally."
        ),
        Predict(
            "The output goes into a *pipe*. **How many lines appear?**",
            Choice(
                "3, only “after” twice",
                "output == 'before\\nafter\\nafter\\n'",
                "That is the output on a terminal, where `print` writes each line at once. Into a "
                "pipe {line:before} wrote nothing yet: the text was in the buffer.",
            ),
            Choice(
                "4, each word twice",
                "output == 'before\\nafter\\nbefore\\nafter\\n'",
                "{line:before} ran once, and its text was in the buffer. The child has a copy of "
                "the buffer. Each process writes its buffer at its end.",
            ),
            Choice(
                "2, each word once",
                "output == 'before\\nafter\\n'",
                "That is the output of one process. By rule 1 the child continues after the fork, "
                "and runs {line:after} as well.",
            ),
            hint="Where is the word “before” at the moment of the fork: in the pipe, or in memory?",
        ),
        Run(
            printed,
            id="printed",
            claims=[
                Claim(
                    "“before” appears twice, although only the parent ran that line.",
                    "parent.writes('before') and child.writes('before') and "
                    "not child.reaches('print(\"before\")')",
                    wrong=[written_at_once, move("child = os.fork()", above='print("before")')],
                )
            ],
        ),
        Ask(
            "The same program writes to a **terminal** instead of a pipe. How many lines appear?",
            answer="output.count('\\n')",
            because="On a terminal the buffer is flushed at the end of each line. At the fork the "
            "buffer was empty, so there was nothing to copy.",
            near={
                4: "With a pipe there are 4. That is why the error hides: you see it with "
                "`program | cat`, and not at the terminal."
            },
            hint="A terminal is *line-buffered*. When is the first line written?",
        ),
        Run(
            printed,
            id="terminal",
            terminal=True,
            shows="output",
            claims=[
                Claim(
                    "On a terminal the parent writes the finished line before the fork.",
                    "before(parent.writes('before'), parent.forks(child)) and "
                    "not child.writes('before')",
                    wrong=line_not_finished,
                )
            ],
        ),
        Predict(
            "Three changes are tried. Which one prints **before once and after twice**?",
            Choice(
                "`os._exit` in the child",
                "row('the child leaves by os._exit').output == 'before\\nafter\\nafter\\n'",
                "`os._exit` writes no buffer. The child's copy of “before” is lost, as you want, "
                "but its own “after” is lost as well.",
            ),
            Choice(
                "a flush before the fork",
                "row('flush before the fork').output == 'before\\nafter\\nafter\\n'",
                "After the flush the buffer is empty. A copy of an empty buffer does no harm.",
            ),
            Choice(
                "a `wait` before “after”",
                "row('the parent waits before “after”').output == 'before\\nafter\\nafter\\n'",
                "A wait cures a race: it fixes the order of the processes. Both processes still "
                "have the text in their buffers.",
            ),
            hint="What is in each buffer at the fork, and which process writes its buffer later?",
        ),
        the_cures,
        Ask(
            "A file object has a buffer, too. `with` closes the file at the end of its block. "
            "**How often is the line in the file?**",
            answer="len(anyone.writes('one line'))",
            because="Each process reaches the end of the block. There it closes its own `log`, "
            "and writes its own copy of the buffer.",
            near={
                1: "Without a buffer the line is in the file once. {line:log.write} writes into "
                "the buffer, and at the fork the line is only there."
            },
            hint="`with` ends in two processes. What does closing a file object do first?",
        ),
        Run(
            noted,
            id="file",
            watch=("open",),
            claims=[
                Claim(
                    "The file has the line twice. The child wrote one of them, and never ran "
                    "`log.write`.",
                    "file('log') == 'one line\\none line\\n' and child.writes('one line') and "
                    "not child.reaches('log.write')",
                    wrong=insert("log.flush()", above="child = os.fork()"),
                )
            ],
        ),
        Repair(
            Run(
                printed,
                id="repair",
                edit=flushed_before,
                claims=[
                    Claim(
                        "“before” comes once, and “after” twice.",
                        "output == 'before\\nafter\\nafter\\n'",
                        wrong=[
                            delete("sys.stdout.flush()"),
                            move("sys.stdout.flush()", above='print("after")'),
                        ],
                        hint="Which text is still in the buffer when `fork` copies it?",
                    )
                ],
            ),
            task="This program should print `before` once, and `after` twice. Into a pipe or a "
            "file it prints `before` twice. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=insert("fflush(stdout);", above="pid_t child = fork();"),
            hint="The output goes into a pipe here, so `print` keeps it in a buffer.",
            praise="The buffer was empty at the fork, so only one process wrote `before`.",
        ),
    ],
)
