"""A worker that does not leave the loop forks, too.

A parent starts its workers in a loop.  If a worker does not end in its branch, the worker continues
with the loop and starts workers of its own.  For three tasks there are 8 processes then, and seven
tasks are done.  os._exit at the end of the branch, or break, keeps the workers out of the loop.
"""

from __future__ import annotations

import os

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
    count,
    how_many_processes,
    insert,
    of,
    processes,
    unordered,
)

parent, shell = processes("parent", "shell")
echo, echo_3 = processes("echo", "echo 3")


def collect_all() -> None:
    """Wait for all children of this process."""
    while True:
        try:
            os.wait()
        except ChildProcessError:  # no child is left
            break


def loop() -> None:
    """The program wants three workers."""
    for task in "123":
        worker = os.fork()
        if worker == 0:  # in a worker
            os.write(1, f"task {task}\n".encode())
    collect_all()


# --- Ways out ------------------------------------------------------------------------------------
worker_leaves = insert("        os._exit(0)", above="collect_all()")

the_ways_out = Compare(
    Run(loop, id="loop-again"),
    id="ways-out",
    title="added to the loop",
    variants={
        "nothing": Edit(),
        "os._exit(0) in the worker": worker_leaves,
        "break in the worker": insert("        break", above="collect_all()"),
        "else: break in the parent": insert("    else:\n        break", above="collect_all()"),
    },
    columns={
        "processes": how_many_processes,
        "tasks": count(anyone.writes("task")),
        "children of the parent": count(parent.forks()),
    },
    claims=[
        Claim(
            "If the parent leaves the loop, the workers are a chain: each worker is the child of "
            "the one before.",
            of("else: break in the parent", count(parent.forks()) == 1),
            facts=("loop-without-exit",),
        )
    ],
)

LESSON = Lesson(
    id="workers-in-a-loop",
    title="A worker that does not leave the loop forks, too",
    minutes=4,
    chapter="fork",
    requires=["how-many"],
    exercise="two-children",
    remember="A child that does not leave its branch executes the rest of the program, and this "
    "includes the rest of the loop.",
    good_for="A program starts five workers in a loop and forgets the exit in the branch. Then 32 "
    "processes do the work. With a larger number the limit on processes is reached, and no program "
    "of this user can start.",
    read_on=("fork(2)", "_exit(2)", "Kerrisk, The Linux Programming Interface, chapter 24"),
    steps=[
        Ask(
            "The program wants three workers, one for each task. **How many times** is a task "
            "done?",
            answer=count(anyone.writes("task")),
            because="A worker whose branch ends continues with the loop and starts workers of its "
            "own: 1 + 2 + 4 = 7.",
            near={
                3: "With `os._exit` in the branch you are right. No line ends the worker here, so "
                "it continues with the next iteration of the loop, and forks.",
                8: "8 is the number of processes. The parent does no task.",
                6: "You count 1 + 2 + 3. The number of processes doubles in each iteration: 1, 2, "
                "4.",
            },
            hint="What does the first worker do after {line:os.write}?",
        ),
        Run(
            loop,
            id="loop",
            shows="output",
            claims=[
                Claim(
                    "A task was done seven times, and four of them were task 3.",
                    all_of(count(anyone.writes("task")) == 7, count(anyone.writes("task 3")) == 4),
                    wrong=worker_leaves,
                    facts=("loop-without-exit",),
                )
            ],
        ),
        Say(
            "Each worker is a copy of the parent **in the middle of the loop**: its variable "
            "`task` has the same value, and its loop has the same iterations left. Something must "
            "take the worker, or the parent, out of the loop."
        ),
        Predict(
            "Three lines can stop this. Which line makes a **chain**, in which each worker is the "
            "child of the one before?",
            Choice(
                "`break` in the worker",
                of("break in the worker", count(parent.forks()) == 1),
                "Then the worker leaves the loop and starts no other worker. The parent starts all "
                "three.",
            ),
            Choice(
                "`os._exit(0)` in the worker",
                of("os._exit(0) in the worker", count(parent.forks()) == 1),
                "Then the worker ends and starts no other worker. The parent starts all three.",
            ),
            Choice(
                "`break` in the parent",
                of("else: break in the parent", count(parent.forks()) == 1),
                "With `else: break` the parent starts one worker and leaves the loop. This worker "
                "continues with the loop and does the same.",
            ),
            hint="Which process continues with the loop after each fork?",
        ),
        the_ways_out,
        Say(
            "Choose `os._exit(0)`. With `break` the worker leaves only the loop, not the program. "
            "It also executes everything that comes **after** the loop: here `collect_all()`, in "
            "another program it may be the line that sends a mail."
        ),
        Try(
            "Start `echo 1`, `echo 2` and `echo 3` in a loop, as three children of the shell. No "
            "`echo` may wait for another one. Then wait for all three.",
            expect=all_of(
                count(anyone.execs("echo")) == 3,
                count(shell.forks()) == 3,
                unordered(echo.ends, echo_3.is_born),
                count(shell.collects()) == 3,
            ),
            hint="`&` after a command: the shell does not wait for it. `wait` without an argument "
            "waits for all.",
            solution="for t in 1 2 3; do echo $t & done; wait",
            asks="Start three `echo` in a loop, so that none waits for another. Then wait for all.",
            wrong={
                "for t in 1 2 3; do echo $t; done": "The shell waits for each `echo` before it "
                "starts the next one.",
                "for t in 1 2 3; do (echo $t); done; wait": "The shell waits for each subshell "
                "inside the loop. The `wait` at the end has nothing left to do.",
                "for t in 1 2 3; do echo $t & wait; done": "The `wait` is inside the loop: each "
                "`echo` ends before the next one starts.",
            },
            praise="The shell has forked three times before it waited. Only the shell continues "
            "with the loop, because each child becomes `echo`.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
