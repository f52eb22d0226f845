"""How many processes?

Each fork doubles whoever comes to it.  n forks in a row make 2ⁿ processes – not n, and not 2ⁿ
children: the first process was there before, and most of the new ones are grandchildren.  To
know how many there are, ask at each fork: who comes here?
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
    Show,
    Try,
    all_of,
    anyone,
    at,
    count,
    everyone_called,
    how_many,
    how_many_alive,
    how_many_processes,
    insert,
    of,
    processes,
    replace,
)

parent, shell = processes("parent", "shell")


def collect_all() -> None:
    """Wait for all children of one's own."""
    while True:
        try:
            os.wait()
        except ChildProcessError:  # none is left
            break


# --- 1. Three forks in a row -----------------------------------------------------------------
def three() -> None:
    """Each process is called after the line that it was born in."""
    a = os.fork()
    b = os.fork()
    c = os.fork()
    print(a > 0, b > 0, c > 0, flush=True)
    collect_all()  # ① waits for one's own children


# --- 2. A loop whose children do not leave -----------------------------------------------------
def loop() -> None:
    """Three workers are wanted."""
    for task in "123":
        worker = os.fork()
        if worker == 0:  # in a worker
            os.write(1, f"task {task}\n".encode())
    collect_all()


# --- 3. Forks in an expression ------------------------------------------------------------------
def puzzle() -> None:
    """The second fork is reached by those for whom the first is true."""
    os.fork() and os.fork()
    collect_all()


# --- 4. The small bomb: generations ---------------------------------------------------------------
def generations() -> None:
    """Everybody forks, each time."""
    for _ in range(5):
        os.fork()
    collect_all()


# --- Edits: worlds in which it is not so, and ways out -------------------------------------------
a_leaves = insert("if a == 0:\n    collect_all()\n    os._exit(0)", above="b = os.fork()")
worker_leaves = insert("        os._exit(0)", above="collect_all()")

the_growth = Compare(
    Run(generations, id="generation"),
    id="growth",
    title="forks in a row",
    variants={
        "1": replace("range(5)", "range(1)"),
        "2": replace("range(5)", "range(2)"),
        "3": replace("range(5)", "range(3)"),
        "4": replace("range(5)", "range(4)"),
        "5": Edit(),
    },
    columns={
        "processes": how_many_processes,
        "new ones": count(anyone.forks()),
        "the parent's own children": count(parent.forks()),
    },
    claims=[
        Claim(
            "Five forks in a row make 2⁵ = 32 processes; 31 of them are new, and 5 are the "
            "parent's own children.",
            of("5", all_of(how_many_processes == 32, count(parent.forks()) == 5)),
            facts=("small-bomb",),
        ),
    ],
)

the_ways_out = Compare(
    Run(loop, id="loop-again"),
    id="ways-out",
    title="at the end of the branch",
    variants={
        "nothing": Edit(),
        "os._exit(0): the worker ends": worker_leaves,
        "break: it leaves the loop": insert("        break", above="collect_all()"),
        "else: break for the parent": insert("    else:\n        break", above="collect_all()"),
    },
    columns={
        "processes": how_many_processes,
        "tasks": count(anyone.writes("task")),
        "the parent's own children": count(parent.forks()),
    },
    claims=[
        Claim(
            "If it is the parent who leaves, the workers are a chain: each the child of the one "
            "before.",
            of("else: break for the parent", count(parent.forks()) == 1),
            facts=("loop-without-exit",),
        ),
    ],
)

and_or = replace("and os.fork()", "and os.fork() or os.fork()")
the_puzzles = Compare(
    Run(puzzle, id="puzzle"),
    id="puzzles",
    title="in one expression",
    variants={
        "fork() and fork()": Edit(),
        "fork() or fork()": replace("and os", "or os"),
        "fork() + fork()": replace("and os", "+ os"),
        "fork() and fork() or fork()": and_or,
        "the same between two forks": and_or
        + insert("os.fork()", above="os.fork() and")
        + insert("os.fork()", above="collect_all()"),
    },
    columns={
        "processes": how_many_processes,
        "the parent's own children": count(parent.forks()),
    },
    claims=[
        Claim(
            "and, or, and a fork on each side: 2 · 5 · 2 = 20.",
            of("the same between two forks", how_many_processes == 20),
            facts=("fork-puzzles",),
        ),
    ],
)

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="how-many",
    title="How many processes?",
    minutes=9,
    chapter="fork",
    requires=["rule-7-wait-for-every-child"],
    remember="At each fork ask: who comes here? Everybody who does is doubled, and a child that "
    "does not leave comes to the next one, too.",
    good_for="Somebody starts five workers in a loop, forgets the exit in the branch, and has 32 "
    "processes who all do the work. With a larger number the machine stands still.",
    read_on=("fork(2)", "wait(2)", "POSIX.1-2024 fork()"),
    steps=[
        Ask(
            "Three forks in a row. How many processes stand at ①, the first one included?",
            answer=how_many_processes,
            because="Everybody who comes to a fork is doubled: 1 comes to {line:a = os.fork()}, 2 "
            "come to the next, 4 to the last. 2 · 2 · 2 = 8.",
            near={
                3: "Each line runs more than once: the child that the first fork makes comes to "
                "the second one, too.",
                4: "It would be 4 if the children did not fork. They come to the next line, too.",
                7: "7 of them are new. The first was there before.",
            },
        ),
        Run(
            three,
            id="three",
            shows="output",
            claims=[
                Claim(
                    "The first line made one process, the second two, the third four. With the "
                    "parent they are 8, and 3 are its own children.",
                    at(
                        "①",
                        how_many_alive == 8,
                        how_many(everyone_called("a"), lambda one: one.exists) == 1,
                        how_many(everyone_called("b"), lambda one: one.exists) == 2,
                        how_many(everyone_called("c"), lambda one: one.exists) == 4,
                        count(parent.forks()) == 3,
                    ),
                    wrong=a_leaves,
                    facts=("small-bomb",),
                ),
            ],
        ),
        Predict(
            "Books say “2³ = 8 children”. How many of them are **children of the first process**?",
            Choice(
                "8",
                count(parent.forks()) == 8,
                "8 is all of them, the first included, and nobody is a child of itself.",
            ),
            Choice(
                "7",
                count(parent.forks()) == 7,
                "7 are new, but the first has not made them all: the new ones forked, too.",
            ),
            Choice(
                "3",
                count(parent.forks()) == 3,
                "It comes to each line once, and makes one child there; these made the others.",
            ),
        ),
        Show(
            "family",
            of="three",
            at="①",
            text="Each is called after the line that made it, and stands below its parent.",
        ),
        Predict(
            "**Five** forks in a row: how many *new* processes?",
            Choice(
                "5",
                of("5", count(anyone.forks()) == 5),
                "So many children the *parent* has. The new ones come to the forks, too.",
            ),
            Choice(
                "31",
                of("5", count(anyone.forks()) == 31),
                "Doubled five times, 1 becomes 32, and one of them was there before.",
            ),
        ),
        the_growth,
        Ask(
            "Three workers are wanted, one for each task. **How many times** is a task done?",
            answer=count(anyone.writes("task")),
            because="A worker whose branch ends goes on with the loop, and makes workers of its "
            "own: 1 + 2 + 4.",
            near={
                3: "It would be 3 if each worker ended in its branch. Nothing ends it: it comes "
                "to the next turn of the loop, and forks.",
                8: "8 is the number of processes. The parent does no task.",
            },
        ),
        Run(
            loop,
            id="loop",
            shows="output",
            claims=[
                Claim(
                    "Three tasks were done seven times, the last of them four times.",
                    all_of(count(anyone.writes("task")) == 7, count(anyone.writes("task 3")) == 4),
                    wrong=worker_leaves,
                    facts=("loop-without-exit",),
                ),
            ],
        ),
        Predict(
            "A `break` can stop it, too. Which one makes a **chain**, each worker the child of the "
            "one before?",
            Choice(
                "break for the worker",
                of("break: it leaves the loop", count(parent.forks()) == 1),
                "The worker leaves the loop and makes nobody. So the parent makes all three.",
            ),
            Choice(
                "break for the parent",
                of("else: break for the parent", count(parent.forks()) == 1),
                "The parent makes one and leaves the loop; the worker goes on and does the same.",
            ),
        ),
        the_ways_out,
        Predict(
            "`and` comes to its right side only if the left side is true. How many processes?",
            Choice(
                "3",
                of("fork() and fork()", how_many_processes == 3),
                "The left fork is 0 in the child, which is false: the child stops there. The "
                "parent has a pid, and forks again.",
            ),
            Choice(
                "4",
                of("fork() and fork()", how_many_processes == 4),
                "It would be 4 if both came to the right side, as with two lines, or with +.",
            ),
        ),
        the_puzzles,
        Try(
            "`echo a; echo b` lets the shell fork twice. Let it fork **once**, and have two echos "
            "all the same.",
            expect=all_of(count(shell.forks()) == 1, count(anyone.execs("echo")) == 2),
            hint="Parentheses are one fork. Who forks inside them?",
            solution="(echo a; echo b)",
            wrong=["echo a; echo b", "(echo a b)", "{ echo a; echo b; }"],
            praise="The shell has one child, and two grandchildren: the copy in the parentheses "
            "forked for each echo.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
