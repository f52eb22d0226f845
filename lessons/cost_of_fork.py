"""What a fork costs.

fork copies no memory, but the *tables* that say where the memory is: 8 bytes for each page of 4096.
The larger the parent, the slower its forks, even if the child only executes a program.  And each
first write to a page that is still shared costs a fault and a copy.  vfork and posix_spawn copy
nothing at all: the child borrows the parent's memory.
"""

from __future__ import annotations

import gc  # noqa: F401 - one of the variants below collects garbage
import mmap
import os
import resource
import time

from simpsh.course import (
    C,
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
    of,
    output,
    processes,
    replace,
    told_at,
)

parent, child = processes("parent", "child")
MB = 2**20


# --- 1. A parent that has grown -----------------------------------------------------------------
def in_use(size: int) -> mmap.mmap:
    """Return memory of which every page has been written to."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.write(b"x" * size)
    return memory


def micros(start: float) -> int:
    """Return how much CPU time, in microseconds, this process has used since then."""
    return round((time.process_time() - start) * 1000000)


def grown() -> None:
    """What a fork costs the parent, and what a program that is started without fork."""
    memory = in_use(4 * MB)  # every page is written to
    start = time.process_time()
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ① what has been copied?
    forking = micros(start)
    start = time.process_time()
    os.posix_spawn("/bin/true", ["true"], {})
    spawning = micros(start)
    print(len(memory), forking, spawning, flush=True)
    os.wait(), os.wait()


# --- 2. Writing to what is shared ---------------------------------------------------------------
def faults() -> int:
    """How often the kernel had to provide a page for this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def pages() -> None:
    """The child reads them all, and writes to a quarter."""
    memory = in_use(400 * 4096)
    child = os.fork()
    if child == 0:  # in the child
        start = faults()
        memory.find(b"y")  # reads all 400 pages
        reading = faults() - start
        memory[: 100 * 4096 : 4096] = b"z" * 100  # writes to 100
        writing = faults() - start - reading
        print("reading:", reading, "writing:", writing, flush=True)
        os._exit(0)
    os.waitpid(child, 0)


# --- 3. Only reading, in Python -----------------------------------------------------------------
def only_reading() -> None:
    """The child looks at each of the parent's numbers, and changes none."""
    things = list(map(float, range(1, 50000)))
    child = os.fork()
    if child == 0:  # in the child
        start = faults()
        all(things)
        copied = faults() - start
        print(copied, flush=True)
        os._exit(0)
    os.waitpid(child, 0)


# --- 4. Borrowed memory -------------------------------------------------------------------------
BORROWED = C(
    """#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    volatile char x = '1';
    if (vfork() == 0) {  // in the child
        x = '2';
        pause();
        _exit(0);
    }
    write(1, (char *)&x, 1);
    wait(0);
}
""",
    births=("child",),
)

# --- Variants -----------------------------------------------------------------------------------
LISTS = "list(map(list, [()] * 20000))"
NUMBERS = "list(map(float, range(1, 50000)))"
tables = child.field("VmPTE")
reading, writing = child.value("reading"), child.value("writing")
about_100 = all_of(writing >= 100, writing < 170)
copied = child.value("copied")

the_growth = Compare(
    Run(grown, id="growth"),
    id="sizes",
    title="the parent uses",
    variants={
        "4 MB": Edit(),
        "32 MB": replace("4 * MB", "32 * MB"),
        "128 MB": replace("4 * MB", "128 * MB"),
    },
    columns={
        "tables, kB": told_at("①", tables),
        "fork, µs": parent.value("forking"),
        "posix_spawn, µs": parent.value("spawning"),
    },
    claims=[
        Claim(
            "With 128 MB the child's page tables are more than 256 kB: 8 bytes a page. That is "
            "what fork has copied, and nothing of the memory.",
            of("128 MB", at("①", tables >= 256, child.shares_page("memory"))),
            facts=("spawn-cost",),
        ),
        Claim(
            "posix_spawn copies no tables: there, a program is started for less than half of what "
            "the fork alone costs.",
            of(
                "128 MB",
                all_of(
                    at("①", tables >= 256),
                    parent.value("forking") > parent.value("spawning") * 2,
                ),
            ),
            facts=("spawn-cost",),
        ),
    ],
)

the_readers = Compare(
    Run(only_reading, id="reader"),
    id="readers",
    title="the child only looks",
    variants={
        "at bytes of that size": replace(NUMBERS, "bytes(range(1, 201)) * 6000"),
        "at 50 000 numbers": Edit(),
        "for garbage: gc.collect()": replace("all(things)", "gc.collect()")
        + replace(NUMBERS, LISTS),
    },
    columns={"faults in the child": copied},
    claims=[
        Claim(
            "Whoever looks at a Python object counts a reference: that is a write, and the page is "
            "copied. Bytes in one piece are read without writing.",
            all_of(
                of("at 50 000 numbers", copied > 250), of("at bytes of that size", copied < 100)
            ),
            facts=("python-refcounts-break-cow",),
        ),
        Claim(
            "The collector of garbage writes to all that it looks at, too.",
            of("for garbage: gc.collect()", copied > 250),
            facts=("python-refcounts-break-cow",),
        ),
    ],
)

LESSON = Lesson(
    id="cost-of-fork",
    title="What a fork costs",
    minutes=8,
    chapter="fork",
    requires=["inherited"],
    remember="fork copies tables, and each first write a page; posix_spawn copies nothing.",
    good_for="A database of 100 GB stands still while it forks to save itself. Build tools and "
    "servers start programs by posix_spawn, and Python's subprocess by vfork, for this reason.",
    read_on=("fork(2), “NOTES”", "vfork(2)", "posix_spawn(3)", "gc.freeze() of Python"),
    steps=[
        Predict(
            "Rule 4: fork copies no memory. The parent grows from 4 MB to 128 MB. **What has fork "
            "copied at ①?**",
            Choice(
                "the same as before: next to nothing",
                of("128 MB", at("①", tables < 128)),
                "It would if the child could use the parent's tables. It needs its own, to have "
                "pages of its own later.",
            ),
            Choice(
                "the 128 MB",
                of("128 MB", at("①", child.owns_page("memory"))),
                "Very old systems did so. Both still use the same pages.",
            ),
            Choice(
                "more: the tables that name the pages",
                of("128 MB", at("①", tables >= 256, child.shares_page("memory"))),
                "Each page has an entry of 8 bytes, and the child needs a table of its own.",
            ),
            code=grown,
        ),
        the_growth,
        Say(
            "The tables are paid at fork, the rest later. The first write to a page that is still "
            "shared is a **fault**: the kernel copies the page, and the write is done again."
        ),
        Predict(
            "400 pages are read, 100 of them are written to. How many **faults** is that?",
            Choice(
                "about 400, then about 100",
                all_of(reading >= 400, writing >= 100),
                "It would be so if the pages were not there yet, as after exec. The child's tables "
                "name them already.",
            ),
            Choice(
                "about none, then about 100",
                all_of(reading < 70, about_100),
                "Reading copies nothing. Each first write to a page is one fault.",
            ),
            Choice(
                "about none, then one",
                all_of(reading < 70, writing < 100),
                "That would be copying all at the first write. It goes page by page.",
            ),
        ),
        Run(
            pages,
            id="faults",
            shows="output",
            claims=[
                Claim(
                    "Reading 400 shared pages costs next to nothing.",
                    reading < 70,
                    wrong=replace('memory.find(b"y")', "in_use(400 * 4096)"),
                    facts=("cow-fault-counting",),
                ),
                Claim(
                    "Writing to 100 of them costs 100 faults, and a few of Python's own.",
                    about_100,
                    wrong=replace('memory.find(b"y")', 'memory[: 100 * 4096 : 4096] = b"y" * 100'),
                    facts=("cow-fault-counting",),
                ),
            ],
        ),
        Predict(
            "A list of 50 000 numbers. The child only **looks** at each. What is copied?",
            Choice(
                "nothing: it writes nothing",
                of("at 50 000 numbers", copied < 100),
                "It would be so of bytes in one piece. A Python object has a counter in it that "
                "says how many refer to it.",
            ),
            Choice(
                "the pages of the numbers",
                of("at 50 000 numbers", copied > 250),
                "Looking at an object counts one reference more, and one less: two writes.",
            ),
        ),
        the_readers,
        Say(
            "If the child will execute another program at once, why copy anything? **vfork** makes "
            "a child that runs *in the parent's memory*. Some books call it obsolete; posix_spawn "
            "and Python's subprocess use it. This is what it means."
        ),
        Predict(
            "After vfork the child sets x to 2, and sleeps. You end it. **What does the parent do, "
            "and print?**",
            Choice(
                "it goes on, and prints 1",
                parent.output == "1",
                "So it is with fork: two processes, two variables.",
            ),
            Choice(
                "it goes on, and prints 2",
                all_of(parent.output == "2", at("rest", parent.asleep_in == "wait4")),
                "The memory is one, as with threads. But two in one stack would ruin each other: "
                "one of them has to wait.",
            ),
            Choice(
                "it sleeps until the child is gone, and prints 2",
                all_of(parent.output == "2", at("rest", parent.asleep_in == "vfork")),
                "The child has borrowed memory and stack; the parent goes on with them back.",
            ),
        ),
        Run(
            BORROWED,
            id="vfork",
            at_rest=[Kill(child)],
            needs=("compiler",),
            claims=[
                Claim(
                    "The parent sees what the child has written: it is one memory.",
                    parent.output == "2",
                    wrong=replace("vfork()", "fork()"),
                    facts=("vfork-shares-memory",),
                ),
                Claim(
                    "While the child has the memory, the parent stands still, in state D; it goes "
                    "on only after the child's end.",
                    all_of(
                        at("rest", parent.state == "D", parent.asleep_in == "vfork"),
                        before(child.ends, parent.writes("2")),
                    ),
                    wrong=replace("vfork()", "fork()"),
                    facts=("vfork-shares-memory",),
                ),
            ],
        ),
        Try(
            "`echo 1; echo 2; echo 3` forks three times: that is what makes scripts slow. Print "
            "the three lines with **one** fork.",
            expect=all_of(output == "1\n2\n3\n", count(anyone.forks()) == 1),
            hint="printf goes on with its format as long as there are words.",
            solution="printf '%s\\n' 1 2 3",
            wrong=["echo 1; echo 2; echo 3", "(echo 1; echo 2; echo 3)", "echo 1 2 3"],
            praise="One fork and one exec, whatever the number of lines.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
