"""The cost of copy-on-write after the fork.

How many pages does the kernel copy after a fork, and when?  After a fork, parent and child share
their pages.  The first write to a shared page is a page fault: the kernel copies the page.  Reading
costs nothing.  But Python writes even if a program only reads, because each object contains a
counter of its references.
"""

from __future__ import annotations

import contextlib
import gc  # noqa: F401 - one of the variants below collects garbage
import mmap
import os
import resource

from simpsh.course import Choice, Claim, Compare, Edit, Lesson, Predict, Run, Say, replace

PAGE = mmap.PAGESIZE


# --- 1. Writing to shared pages ------------------------------------------------------------------
def in_use(size: int) -> mmap.mmap:
    """Map `size` bytes of memory, and write to every page."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # EINVAL: a kernel without huge pages
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.write(b"x" * size)
    return memory


def faults() -> int:
    """Return how many page faults this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def pages() -> None:
    """The child reads all pages, and writes to a quarter of them."""
    memory = in_use(400 * PAGE)
    child = os.fork()
    if child == 0:  # in the child
        start = faults()
        memory.find(b"y")  # reads all 400 pages
        reading = faults() - start
        memory[: 100 * PAGE : PAGE] = b"z" * 100  # writes to 100 pages
        writing = faults() - start - reading
        print("reading:", reading, "writing:", writing, flush=True)
        os._exit(0)
    os.waitpid(child, 0)


# --- 2. Only reading, in Python ------------------------------------------------------------------
def only_reading() -> None:
    """The child reads each of the parent's numbers and does not change them."""
    things = list(map(float, range(1, 50001)))
    child = os.fork()
    if child == 0:  # in the child
        start = faults()
        all(things)
        copied = faults() - start
        print(copied, flush=True)
        os._exit(0)
    os.waitpid(child, 0)


# --- Variants ------------------------------------------------------------------------------------
LISTS = "list(map(list, [()] * 20000))"
NUMBERS = "list(map(float, range(1, 50001)))"


the_readers = Compare(
    Run(only_reading, id="reader"),
    id="readers",
    needs=("small pages", "getrusage"),
    title="the child only looks",
    variants={
        "at bytes of the same size": replace(NUMBERS, "bytes(range(1, 201)) * 6000"),
        "at 50 000 numbers": Edit(),
        "for garbage: gc.collect()": replace("all(things)", "gc.collect()")
        + replace(NUMBERS, LISTS),
    },
    columns={"faults in the child": "child['copied']"},
    claims=[
        Claim(
            "Python counts a reference for each object that it looks at. This is a write, so the "
            "kernel copies the page. Bytes in one piece are read without a write.",
            "row('at 50 000 numbers').child['copied'] > 250 and "
            "row('at bytes of the same size').child['copied'] < 100",
        ),
        Claim(
            "The garbage collector also writes to each object that it looks at.",
            "row('for garbage: gc.collect()').child['copied'] > 250",
        ),
    ],
)

LESSON = Lesson(
    id="cost-of-writing",
    title="What copy-on-write costs after a fork",
    minutes=5,
    chapter="descriptors and pipes",
    requires=["cost-of-fork"],
    remember="The first write to a shared page costs a page fault and a copy. Reading costs "
    "nothing, but Python writes when it reads.",
    good_for="A server in Python loads its data and forks one worker per processor. After an hour "
    "each worker has its own copy of the data, although no worker has changed any. `gc.freeze()` "
    "before the fork keeps the garbage collector from writing, but not the reference counts.",
    read_on=(
        "fork(2), NOTES",
        "getrusage(2)",
        "gc.freeze() of Python",
        "Silberschatz, Operating System Concepts, Virtual Memory",
    ),
    steps=[
        Predict(
            "The child reads 400 pages and writes to 100 of them. How many *page faults* does each "
            "step cause?",
            Choice(
                "about 400, then about 100",
                "child['reading'] >= 400 and child['writing'] >= 100",
                "In new memory the first access to each page is a fault. These pages are in the "
                "child's *page tables* already.",
            ),
            Choice(
                "almost none, then about 100",
                "child['reading'] < 70 and child['writing'] >= 100 and child['writing'] < 170",
                "Reading copies nothing. Each first write to a page is one fault.",
            ),
            Choice(
                "almost none, then one",
                "child['reading'] < 70 and child['writing'] < 100",
                "If one write copied the whole memory, one fault would be enough. The kernel "
                "copies page by page.",
            ),
            Choice(
                "almost none, then about 400",
                "child['reading'] < 70 and child['writing'] >= 400",
                "A child that writes to all 400 pages has these faults. The kernel copies only "
                "the pages to which the child writes.",
            ),
            hint="Are the pages in the child's page tables after the fork? May the child write to "
            "them?",
        ),
        Run(
            pages,
            id="faults",
            needs=("getrusage",),
            shows="output",
            claims=[
                Claim(
                    "Reading 400 shared pages costs next to nothing.",
                    "child['reading'] < 70",
                    wrong=replace('memory.find(b"y")', "in_use(400 * PAGE)"),
                ),
                Claim(
                    "Writing to 100 pages costs 100 faults, and a few more of Python itself.",
                    "child['writing'] >= 100 and child['writing'] < 170",
                    wrong=replace('memory.find(b"y")', 'memory[: 100 * PAGE : PAGE] = b"y" * 100'),
                ),
            ],
        ),
        Say(
            "So the kernel copies the *page tables* at the fork and a *page* later. The first "
            "write to a shared page is a *page fault*, in which the kernel copies the page. Then "
            "the process writes again."
        ),
        Predict(
            "A list has 50 000 numbers. The child only **looks** at each number. Which pages does "
            "the kernel copy, those of the list or those of the numbers?",
            Choice(
                "neither of the two",
                "row('at 50 000 numbers').child['copied'] < 100",
                "For bytes in one piece, or for a C program, you are right. A Python object "
                "contains a counter of its references, and Python writes to it.",
            ),
            Choice(
                "the pages of the numbers",
                "row('at 50 000 numbers').child['copied'] > 250",
                "Python counts one reference more while it looks at an object, and then one less. "
                "These are two writes.",
            ),
            Choice(
                "the pages of the list",
                "row('at 50 000 numbers').child['copied'] > 90 and "
                "row('at 50 000 numbers').child['copied'] <= 250",
                "The list contains only addresses, and the child does not change them. The "
                "counters are in the numbers themselves.",
            ),
            hint="How does Python know when it can remove an object?",
        ),
        the_readers,
        Say(
            "Not every fault makes a copy. If the other process has ended, the last owner of a "
            "page may write without a copy. Linux still counts a fault."
        ),
    ],
)
