"""Rule 5: nobody says who goes first.

After fork both processes can run, and nothing orders them.  Which one is first is decided by the
scheduler, anew each time.  If your program needs an order, it must make one: `wait` makes the
whole life of the child come first; a pipe makes one single point come first, and leaves the rest
free.
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
    Predict,
    Run,
    Say,
    Try,
    anyone,
    before,
    delete,
    how_many_outputs,
    insert,
    move,
    of,
    outputs,
    processes,
    seen_here,
    unordered,
)

parent, child = processes("parent", "child")


# --- 1. The race -----------------------------------------------------------------------------
def race() -> None:
    """Two processes, a word each."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.waitpid(child, 0)


# --- 2. Ordered by wait ------------------------------------------------------------------------
def ordered_by_wait() -> None:
    """First the child's whole life, then the parent's word."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, b"parent ")


# --- 3. Ordered by a pipe ----------------------------------------------------------------------
def ordered_by_pipe() -> None:
    """The child may write when a byte has come; the parent need not wait for its end."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # in the child
        os.read(read_end, 1)
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.write(write_end, b"!")
    os.waitpid(child, 0)


# --- Edits: worlds in which it is not so, and what people try ------------------------------------
parent_waits = move("os.waitpid(child, 0)", above='os.write(1, b"parent ")')
parent_sleeps = insert("time.sleep(0.01)", above='os.write(1, b"parent ")')
child_gives_way = insert("os.sched_yield()", above='os.write(1, b"child ")')
nobody_waits = delete("os.waitpid(child, 0)")

the_remedies = Compare(
    Explore(race, id="a-race", native=60),
    id="remedies",
    title="what is done about it",
    variants={
        "nothing": Edit(),
        "the parent sleeps": parent_sleeps,
        "the child gives way": child_gives_way,
        "the parent waits": parent_waits,
    },
    columns={
        "possible": how_many_outputs,
        "seen here in 60 plain runs": seen_here,
    },
    facts=("rule5-order-unspecified", "wait-forces-order"),
    claims=[
        Claim(
            "Only wait takes an output away.",
            of("the parent waits", outputs == {"child parent "}),
            facts=("wait-forces-order",),
        ),
    ],
)


# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-5-order",
    title="Rule 5: nobody says who goes first",
    minutes=9,
    chapter="fork",
    requires=["rule-4-copied"],
    remember="If the order matters, make it: wait, or a byte through a pipe. Having seen it come "
    "out right proves nothing.",
    good_for="Every “it works on my machine” that fails on a busy one is an order that nobody had "
    "made. You can now ask of a program: which chain forces this?",
    read_on=("fork(2)", "wait(2)", "pipe(7)", "sched(7)"),
    steps=[
        Predict(
            "Run it 400 times on this machine. How many **different outputs** are *possible*?",
            Choice(
                "one: parent child",
                outputs == {"parent child "},
                "There is a reason for it: the parent is already running, the child must first be "
                "given a processor. But a reason is not a promise, and a busy machine may do it "
                "otherwise.",
            ),
            Choice(
                "one: child parent",
                outputs == {"child parent "},
                "Some kernels had a setting for this once. No promise was ever made, and Linux "
                "has dropped the setting.",
            ),
            Choice(
                "two",
                how_many_outputs == 2,
                "Nothing in the code puts the two writes in an order, so both orders are legal.",
            ),
            Choice(
                "more: the letters may mix",
                how_many_outputs > 2,
                "Each word is one write call, and one small write to a pipe arrives whole. With a "
                "call for each letter you would be right.",
            ),
        ),
        Explore(
            race,
            id="race",
            native=400,
            facts=("rule5-order-unspecified",),
            claims=[
                Claim(
                    "Two outputs are possible, and only two.",
                    outputs == {"child parent ", "parent child "},
                    wrong=parent_waits,
                    facts=("rule5-order-unspecified",),
                ),
            ],
        ),
        Say(
            "**Seen 0 times is not the same as impossible.** The pictures are what *may* happen: "
            "the explorer held both processes and let them go in every order there is. The "
            "numbers are what happened when nobody interfered. A program is correct only if it is "
            "correct for every picture."
        ),
        Predict(
            "Many programs do this: **the parent sleeps first.** How many outputs are possible "
            "now?",
            Choice(
                "one: child parent",
                outputs == {"child parent "},
                "It is what you *see*, for as long as the child needs less time than the sleep. "
                "The kernel has not promised that: a busy machine, a stopped child, and the other "
                "output is back.",
            ),
            Choice(
                "still two",
                how_many_outputs == 2,
                "A sleep changes how often each output comes, not which ones can come.",
            ),
        ),
        Explore(
            race,
            id="sleep",
            native=60,
            edit=parent_sleeps,
            facts=("rule5-order-unspecified",),
            claims=[
                Claim(
                    "The sleep takes no output away.",
                    outputs == {"child parent ", "parent child "},
                    wrong=parent_waits,
                    facts=("rule5-order-unspecified",),
                ),
            ],
        ),
        Say(
            "What takes an output away is a *cause*: something the later process must wait for, "
            "and only the earlier one can bring about."
        ),
        Predict(
            "Now the parent waits **before** it writes. How many outputs are possible?",
            Choice(
                "one: child parent",
                before(child.writes(), parent.writes()),
                "waitpid returns only after the child has ended, and it had written before that.",
            ),
            Choice(
                "one: parent child",
                before(parent.writes(), child.writes()),
                "It is the other way round: waitpid stands between the parent and its word, and "
                "it returns only when the child has ended.",
            ),
            Choice(
                "still two",
                unordered(child.writes(), parent.writes()),
                "They are still two processes, but there is a chain now: the child writes → ends "
                "→ waitpid returns → the parent writes. No scheduler can turn a chain round.",
            ),
        ),
        Run(
            ordered_by_wait,
            id="wait",
            facts=("wait-forces-order",),
            claims=[
                Claim(
                    "The child's word comes before the parent's in every legal order, not only in "
                    "this run.",
                    before(child.writes(), parent.writes()),
                    wrong=nobody_waits,
                    facts=("wait-forces-order",),
                ),
                Claim(
                    "The whole life of the child comes first.",
                    before(child.ends, parent.writes()),
                    wrong=nobody_waits,
                    facts=("wait-forces-order",),
                ),
            ],
        ),
        the_remedies,
        Say(
            "`wait` is a heavy tool: it makes the child's *whole life* come first, so the two "
            "never work side by side. A byte through a pipe orders one point only – and it can "
            "order the other way round."
        ),
        Run(
            ordered_by_pipe,
            id="pipe",
            claims=[
                Claim(
                    "The parent's word comes before the child's in every legal order.",
                    before(parent.writes("parent"), child.writes("child")),
                    wrong=delete("os.read(read_end, 1)"),
                ),
                Claim(
                    "Nothing else is ordered: the child's word and the parent's next steps may "
                    "overlap.",
                    unordered(child.writes("child"), parent.reaches("os.waitpid")),
                    wrong=insert("os.waitpid(child, 0)", above="os.waitpid(child, 0)"),
                ),
            ],
        ),
        Try(
            "At a prompt, `&` is fork without wait. Make this print `a` before `b` in every "
            "order:\n\n    sh -c 'echo a' & sh -c 'echo b'",
            expect=before(anyone.writes("a\n"), anyone.writes("b\n")),
            hint="The shell can wait too: what does the builtin `wait` do?",
            solution="sh -c 'echo a' & wait; sh -c 'echo b'",
            wrong=["sh -c 'echo a' & sh -c 'echo b'", "sh -c 'echo b'; sh -c 'echo a'"],
            praise="Between the two writes there is now a chain: echo a → its process ends → wait "
            "returns → the next fork.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
