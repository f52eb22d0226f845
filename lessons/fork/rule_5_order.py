"""Rule 5: no rule says which process runs first.

Two processes write: which outputs are possible, and which have you seen?  After fork both processes
can run, and nothing orders them.  The scheduler decides each time.  If a program needs an order,
the program must make it.  `wait` puts the whole life of the child first.  A byte through a pipe
orders one point, and leaves the rest free.
"""

from __future__ import annotations

import os
import time  # noqa: F401 - one of the variants below sleeps

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    asked,
    delete,
    insert,
    move,
    replace,
    some,
)


# --- 1. The race -----------------------------------------------------------------------------
def race() -> None:
    """Each of two processes writes a word."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.waitpid(child, 0)


# --- 2. Ordered by wait ------------------------------------------------------------------------
def ordered_by_wait() -> None:
    """First the whole life of the child, then the parent's word."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, b"parent ")


# --- 3. Ordered by a pipe ----------------------------------------------------------------------
def ordered_by_pipe() -> None:
    """The child writes after a byte has arrived; the parent does not wait for the child's end."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # in the child
        os.read(read_end, 1)
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.write(write_end, b"!")
    os.waitpid(child, 0)


# --- Variants: claims that become false, and what people try -------------------------------------
parent_waits = move("os.waitpid(child, 0)", above='os.write(1, b"parent ")')
parent_sleeps = insert("time.sleep(0.01)", above='os.write(1, b"parent ")')
child_yields = insert("os.sched_yield()", above='os.write(1, b"child ")')
parent_never_waits = delete("os.waitpid(child, 0)")

the_remedies = Compare(
    Explore(race, id="a-race", native=60),
    needs=("sched_yield",),
    id="remedies",
    title="what is changed",
    variants={
        "nothing": Edit(),
        "the parent sleeps": parent_sleeps,
        "the child yields": child_yields,
        "the parent waits": parent_waits,
    },
    columns={"possible": "len(outputs)", "seen here in 60 plain runs": "seen_here"},
    claims=[
        Claim(
            "Only the change with `wait` makes one of the outputs impossible.",
            "row('the parent waits').outputs == {'child parent '} and "
            "len(row('the parent sleeps').outputs) == 2 and "
            "len(row('the child yields').outputs) == 2",
        )
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def two_sh_print(line: LineRun) -> str:
    """Two different processes that ran sh write the words."""
    shells = set(line.ran("sh")) | set(line.ran("bash")) | set(line.ran("dash"))
    for word in "ab":
        if not shells & set(line.writers(f"{word}\n")):
            return f"no `sh` printed `{word}`"
    one = shells & set(line.writers("a\n")) == shells & set(line.writers("b\n"))
    return "one `sh` printed both" if one and len(shells) < 2 else ""


# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-5-order",
    title="Rule 5: which process runs first?",
    minutes=9,
    chapter="fork",
    requires=["rule-4-copied"],
    remember="If the order matters, make it: with `wait`, or with a byte through a pipe. A run "
    "that went well proves nothing.",
    good_for="A program works on your machine and fails on a busy one. Often the program relies "
    "on an order that no line of its code makes. Now you can ask: which chain of causes forces "
    "this order?",
    read_on=("fork(2)", "wait(2)", "pipe(7)", "sched(7)", "POSIX.1-2024 fork()"),
    steps=[
        Predict(
            "Run it 100 times on this machine. How many **different outputs** are **possible**?",
            Choice(
                "one, parent child",
                "outputs == {'parent child '}",
                "There is a reason: the parent runs already, and the child must get a processor "
                "first. A reason is not a promise, and a busy machine may do otherwise.",
            ),
            Choice(
                "one, child parent",
                "outputs == {'child parent '}",
                "Linux once had a setting, `sched_child_runs_first`. It was no promise, and newer "
                "kernels do not have it.",
            ),
            Choice(
                "two, in both orders",
                "len(outputs) == 2",
                "Nothing in the code orders the two writes, so both orders are legal.",
            ),
            Choice(
                "more, with mixed letters",
                "len(outputs) > 2",
                "Each word is one call, and a small write to a *pipe* is *atomic*. With one call "
                "for each letter the letters could mix.",
            ),
            hint="Look for a line in which one process must wait for the other's write.",
        ),
        Explore(
            race,
            id="race",
            native=100,
            claims=[
                Claim(
                    "Two outputs are possible, and only two.",
                    "outputs == {'child parent ', 'parent child '}",
                    wrong=parent_waits,
                )
            ],
        ),
        Say(
            "**A count of 0 would not mean impossible.** The lesson stopped both processes at each "
            "call, and let them run in every legal order: that shows what **can** happen. The "
            "numbers say what did happen in plain runs. A correct program is correct in every "
            "order."
        ),
        Predict(
            "Many programs do this: **the parent sleeps first.** How many outputs are possible "
            "now?",
            Choice(
                "one, child parent",
                "outputs == {'child parent '}",
                "That is what you **see** while the child needs less time than the sleep. On a "
                "busy machine, or with a stopped child, the other output appears.",
            ),
            Choice(
                "one, parent child",
                "outputs == {'parent child '}",
                "A child that needs more than 10 milliseconds to start writes second. That can "
                "happen, but nothing makes the child so slow each time.",
            ),
            Choice(
                "two, in both orders",
                "len(outputs) == 2",
                "A sleep changes how often each output appears. It does not change which outputs "
                "are possible.",
            ),
            hint="Does the parent's sleep end because of something that the child does?",
        ),
        Explore(
            race,
            id="sleep",
            native=60,
            edit=parent_sleeps,
            claims=[
                Claim(
                    "With the sleep both outputs are still possible.",
                    "outputs == {'child parent ', 'parent child '}",
                    wrong=parent_waits,
                )
            ],
        ),
        Say(
            "Only a **cause** makes an output impossible: the later process must wait for "
            "something that only the earlier process can do."
        ),
        Predict(
            "Now the parent waits **before** it writes. How many outputs are possible?",
            Choice(
                "one, child parent",
                "before(child.writes(), parent.writes())",
                "`waitpid` returns after the child has ended, and the child wrote before it ended.",
            ),
            Choice(
                "one, parent child",
                "before(parent.writes(), child.writes())",
                "With the wait **after** the parent's write this order would be possible. Here "
                "`waitpid` comes first, and returns only when the child has ended.",
            ),
            Choice(
                "two, in both orders",
                "unordered(child.writes(), parent.writes())",
                "Without the wait both orders are possible. Now there is a chain: the child "
                "writes → the child ends → `waitpid` returns → the parent writes. No *scheduler* "
                "can change a chain.",
            ),
            hint="When does `waitpid` return, and what has the child done by then?",
        ),
        Run(
            ordered_by_wait,
            id="wait",
            claims=[
                Claim(
                    "In every legal order the child's word comes before the parent's.",
                    "before(child.writes(), parent.writes())",
                    wrong=parent_never_waits,
                ),
                Claim(
                    "The whole life of the child comes before the parent's word.",
                    "before(child.ends, parent.writes())",
                    wrong=parent_never_waits,
                ),
            ],
        ),
        the_remedies,
        Say(
            "A `wait` **right after `fork`** puts the child's **whole life** first, so here the "
            "two never work at the same time. A byte through a pipe orders one point only. It can "
            "also make the other order: the parent first."
        ),
        Run(
            ordered_by_pipe,
            id="pipe",
            claims=[
                Claim(
                    "In every legal order the parent's word comes before the child's.",
                    "before(parent.writes('parent'), child.writes('child'))",
                    wrong=delete("os.read(read_end, 1)"),
                ),
                Claim(
                    "The rest is free: nothing orders the child's word and the parent's next "
                    "steps.",
                    "unordered(child.writes('child'), parent.reaches('os.waitpid'))",
                    wrong=insert("os.waitpid(child, 0)", above="os.waitpid(child, 0)"),
                ),
            ],
        ),
        Try(
            (
                "At a prompt, `&` is a fork without a wait:\n\n    sh -c 'echo a' & sh -c "
                "'echo b'\n\nChange the line:"
            ),
            asks={
                "one `sh` still prints `a`, and another one `b`": asked(two_sh_print),
                "`a` comes before `b`, in every order": some(
                    "",
                    ("output == 'a\\nb\\n'", "printed: {output}"),
                    (
                        "before(anyone.writes('a\\n'), anyone.writes('b\\n'))",
                        "nothing makes `a` come before `b`",
                    ),
                ),
            },
            hint="The shell can wait, too: what does the *builtin* `wait` do?",
            solution="sh -c 'echo a' & wait; sh -c 'echo b'",
            wrong={
                "sh -c 'echo a' & sh -c 'echo b'": "This is the line of the task: nothing orders "
                "the two processes, and `b` may come first.",
                "sh -c 'echo a' & sh -c 'echo b'; wait": "This `wait` comes after `echo b`. It "
                "orders nothing between `a` and `b`.",
                "sh -c 'echo b'; sh -c 'echo a'": "Now the order is fixed, but it is `b` before "
                "`a`.",
            },
            note=(
                "A chain of causes: the process that prints `a` ends → a wait returns → the "
                "next fork."
            ),
        ),
        Repair(
            Run(
                race,
                id="repair",
                edit=parent_waits,
                claims=[
                    Claim(
                        "The parent's word comes after the child's.",
                        "before(child.writes('child'), parent.writes('parent'))",
                        wrong=parent_never_waits,
                        hint="What makes the parent sleep until the child has ended?",
                    )
                ],
            ),
            every_order=[
                Claim(
                    "In every order the program prints `child parent`.",
                    "outputs == {'child parent '}",
                    wrong=[
                        replace("os.waitpid(child, 0)", "time.sleep(0.01)"),
                        replace("os.waitpid(child, 0)", "os.sched_yield()"),
                    ],
                    hint="A sleep orders nothing. The parent must wait for something that the "
                    "child causes.",
                )
            ],
            task="This program should always print `child parent`. On some machines it prints "
            "`parent child`. Fix it, so that no other order is possible.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=move("waitpid(child, NULL, 0);", above='write(1, "parent ", 7);'),
            hint="A chain of causes must lead from the child's word to the parent's.",
            praise="The end of the child is the cause, and `waitpid` returns after it. No other "
            "order is left.",
        ),
    ],
)
