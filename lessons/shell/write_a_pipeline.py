"""Write a shell: start all of a pipeline, close both ends, then wait.

A pipe holds a limited number of bytes, so all commands of a pipeline must run before the shell
waits for one.  End of file comes when no process can write: so the shell closes the write end,
too, although it never writes.
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
    at,
    delete,
    hangs,
    holders,
    move,
    of,
    processes,
    returns,
    words,
)

shell, left, right = processes("shell", "left", "right")


# --- A pipeline ----------------------------------------------------------------------------------
def pipeline() -> None:
    """Typed: seq 20000 | tail -n 1."""
    read_end, write_end = os.pipe()
    left = os.fork()
    if left == 0:
        os.dup2(write_end, 1)
        os.execvp("seq", ["seq", "20000"])  # 108894 bytes
    right = os.fork()
    if right == 0:
        os.dup2(read_end, 0)
        os.execvp("tail", ["tail", "-n", "1"])
    os.close(read_end)
    os.close(write_end)
    os.waitpid(left, 0)
    os.waitpid(right, 0)


keeps_it = delete("os.close(write_end)")
waits_first = move("os.waitpid(left, 0)", above="right = os.fork()")

the_pipeline = Compare(
    Run(pipeline, id="pipeline", main="shell", leaves=[left, right]),
    id="ends",
    needs=("small pages",),
    title="in the pipeline",
    variants={
        "nothing is changed": Edit(),
        "the shell keeps the write end": keeps_it,
        "it waits, then starts tail": waits_first,
    },
    columns={
        "does it hang?": words(hangs, "hangs", "returns"),
        "seq": words(at("rest", left.asleep_in == "write"), "sleeps in write", "has ended"),
        "tail": words(at("rest", right.asleep_in == "read"), "sleeps in read", "–"),
    },
    claims=[
        Claim(
            "If the shell keeps the write end, the reader waits for ever.",
            of("the shell keeps the write end", at("rest", right.asleep_in == "read")),
            facts=("pipe-eof",),
        ),
        Claim(
            "If the shell waits first, it hangs: the pipe is full, and tail is not started.",
            of("it waits, then starts tail", at("rest", left.asleep_in == "write")),
            facts=("pipe-capacity-deadlock",),
        ),
    ],
)

LESSON = Lesson(
    id="write-a-pipeline",
    title="Write a shell: start, close, wait",
    minutes=6,
    chapter="the shell",
    requires=["write-a-shell", "full-pipe"],
    remember="Start all commands of a pipeline, close both ends in the shell, then wait for all.",
    good_for="“My pipeline works with small files”: it waits too early. “My pipeline never ends”: "
    "one write end is still open.",
    read_on=("pipe(7)", "POSIX.1-2024 Shell Command Language 2.9.2 Pipelines"),
    exercise="shell-5",
    steps=[
        Say(
            "Step five: `seq 20000 | tail -n 1`. The shell makes a pipe and two children. Each "
            "child puts its end on 0 or 1. `exec` closes the two originals: Python opens them "
            "*close-on-exec*.",
            code=pipeline,
        ),
        Predict(
            "This shell does **not close** its write end. What happens?",
            Choice(
                "the pipeline ends as usual",
                returns,
                "It ends if no process **can** write any more. The shell never writes, but it "
                "has a write end: it can.",
            ),
            Choice(
                "tail sleeps for ever",
                at("rest", right.asleep_in == "read"),
                "tail reads until end of file. This cannot come while the shell has a write end, "
                "and the shell waits for tail.",
            ),
            Choice(
                "seq sleeps in `write` for ever",
                at("rest", left.asleep_in == "write"),
                "seq sleeps if the pipe stays full. Here tail reads and makes room, so seq "
                "writes all and ends.",
            ),
            hint="After seq's end: which processes hold a write end?",
        ),
        Run(
            pipeline,
            id="kept",
            main="shell",
            edit=keeps_it,
            leaves=[right],
            claims=[
                Claim(
                    "The shell is the only process that can still write, and tail waits for it.",
                    at("rest", holders("A", "write") == "shell by 4", right.asleep_in == "read"),
                    wrong=waits_first,
                    facts=("pipe-eof",),
                )
            ],
        ),
        Predict(
            "Move {line:os.waitpid(left, 0)} above {line:right = }: wait for seq, then start tail. "
            "What happens?",
            Choice(
                "both end, one after the other",
                of("it waits, then starts tail", returns),
                "With a file between the two, or with few bytes, both end. 108894 bytes do not "
                "fit into the pipe.",
            ),
            Choice(
                "seq sleeps for ever",
                of("it waits, then starts tail", at("rest", left.asleep_in == "write")),
                "The pipe is full. tail would make room, but the shell starts tail only when seq "
                "has ended.",
            ),
            Choice(
                "seq is ended by SIGPIPE",
                of("it waits, then starts tail", at("rest", left.is_gone)),
                "SIGPIPE comes if no read end is open. The shell has a read end open, for tail.",
            ),
            hint="How many bytes does a pipe hold, and how many does seq write?",
        ),
        the_pipeline,
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
