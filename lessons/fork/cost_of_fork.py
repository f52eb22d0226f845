"""The cost of a fork, and why vfork and posix_spawn cost less.

What does fork copy in a large process, and what do vfork and posix_spawn save?  fork copies no
memory, but it copies the page tables, which say where the memory is.  On x86-64 they have 8 bytes
for each page of 4096.  So a fork of a large parent is slow, even if the child only executes a
program.  After vfork and in posix_spawn the child borrows the parent's memory instead.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time

from simpsh.course import (
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    LineRun,
    Predict,
    Run,
    Say,
    Try,
    asked,
    printed,
    replace,
)

MB = 2**20


# --- 1. A parent that has grown ------------------------------------------------------------------
def in_use(size: int) -> mmap.mmap:
    """Map `size` bytes of memory, and write to every page."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # EINVAL: a kernel without huge pages
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.write(b"x" * size)
    return memory


def micros(start: float) -> int:
    """Return the microseconds of processor time that this process has used since `start`."""
    return round((time.process_time() - start) * 1000000)


def grown() -> None:
    """Measure the cost of fork and of posix_spawn for the parent."""
    memory = in_use(4 * MB)  # ① now every page is written to
    start = time.process_time()
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ② what has fork copied?
    forking = micros(start)
    start = time.process_time()
    os.posix_spawn("/bin/true", ["true"], {})
    spawning = micros(start)
    print(len(memory), forking, spawning, flush=True)
    os.wait(), os.wait()


# --- 2. Borrowed memory --------------------------------------------------------------------------
BORROWED = C(
    """#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    volatile char x = '1';
    if (vfork() == 0) {  // in the child
        x = '2';  // undefined behaviour, see below
        pause();  // this, too
        _exit(0);
    }
    write(1, (char *)&x, 1);
    wait(0);
}
""",
    births=("child",),
)

# --- Variants ------------------------------------------------------------------------------------

# The process may be large from its start.


the_growth = Compare(
    Run(grown, id="growth"),
    id="sizes",
    needs=("small pages", "threads"),
    title="the parent uses",
    variants={
        "4 MB": Edit(),
        "32 MB": replace("4 * MB", "32 * MB"),
        "128 MB": replace("4 * MB", "128 * MB"),
    },
    columns={
        "tables, kB": "at(2).child.fields['VmPTE']",
        "fork, µs of the parent": "parent['forking']",
        "posix_spawn, µs of it": "parent['spawning']",
    },
    claims=[
        Claim(
            "With 128 MB the *page tables* are larger by more than 200 kB: 8 bytes for each page "
            "of 4096. `fork` has copied these tables, and no page of the memory.",
            "row('128 MB').at(2).child.fields['VmPTE'] - "
            "row('128 MB').at(1).parent.fields['VmPTE'] > 200 and "
            "row('128 MB').at(2).child.page('memory').shared",
        ),
        Claim(
            "`posix_spawn` copies no page tables. It costs the parent less than half the "
            "processor time of the fork.",
            "row('128 MB').at(2).child.fields['VmPTE'] - "
            "row('128 MB').at(1).parent.fields['VmPTE'] > 200 and "
            "row('128 MB').parent['forking'] > row('128 MB').parent['spawning'] * 2",
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def one_fork(line: LineRun) -> str:
    """All processes of the line are one."""
    return "" if len(line.others) == 1 else f"forks: {len(line.others)}"


LESSON = Lesson(
    id="cost-of-fork",
    title="What a fork costs",
    minutes=6,
    chapter="descriptors and pipes",
    requires=["inherited"],
    remember="`fork` copies the page tables, so it is slow in a large process. `posix_spawn` "
    "copies no memory and no page tables.",
    good_for="A database that forks to save itself does nothing else while the kernel copies its "
    "page tables. Build tools use `posix_spawn`, and Python's subprocess uses `vfork`, for this "
    "reason.",
    read_on=("fork(2), NOTES", "vfork(2)", "posix_spawn(3)", "POSIX.1-2024 posix_spawn()"),
    steps=[
        Predict(
            "The parent grows from 4 MB to 128 MB. **What has `fork` copied at ②?**",
            Choice(
                "nothing more than before",
                "row('128 MB').at(2).child.fields['VmPTE'] - "
                "row('128 MB').at(1).parent.fields['VmPTE'] < 100",
                "After `vfork` the child uses the parent's *page tables*. After `fork` the child "
                "needs its own, to have pages of its own later.",
            ),
            Choice(
                "all 128 MB of memory",
                "not row('128 MB').at(2).child.page('memory').shared",
                "Early Unix systems copied all the memory. Linux copies a *page* only when a "
                "process writes to it.",
            ),
            Choice(
                "larger page tables",
                "row('128 MB').at(2).child.fields['VmPTE'] - "
                "row('128 MB').at(1).parent.fields['VmPTE'] > 200 and "
                "row('128 MB').at(2).child.page('memory').shared",
                "The *page tables* have an entry of 8 bytes for each page, and the child needs its "
                "own.",
            ),
            code=grown,
            hint="Parent and child share the pages. What must the child have in order to find "
            "them?",
        ),
        the_growth,
        Say(
            "If the child calls exec at once, it does not need the tables. `vfork` creates a "
            "child that runs **in the parent's memory**. POSIX removed `vfork` in 2008; "
            "`posix_spawn` remains."
        ),
        Predict(
            "After *vfork* the child sets `x` to 2 and sleeps. Later you end the child. **What "
            "does the parent do until then, and what does it print?**",
            Choice(
                "it continues, and prints 1",
                "parent.output == '1'",
                "After `fork` you are right: there are two processes and two variables `x`.",
            ),
            Choice(
                "it continues, and prints 2",
                "parent.output == '2' and at('rest').parent.asleep_in == 'wait4'",
                "Two threads share memory and run at the same time, but each has its own stack. "
                "Here both have the same stack, so the parent must wait.",
            ),
            Choice(
                "it sleeps, and prints 2",
                "parent.output == '2' and at('rest').parent.asleep_in == 'vfork'",
                "The child uses the parent's memory and stack. The parent continues only after "
                "the child has ended.",
            ),
            hint="Parent and child use the same memory and the same stack. Can both run at the "
            "same time?",
        ),
        Run(
            BORROWED,
            id="vfork",
            at_rest=[Kill("child")],
            needs=("compiler",),
            claims=[
                Claim(
                    "The parent sees what the child has written, because both use the same memory.",
                    "parent.output == '2'",
                    wrong=replace("vfork()", "fork()"),
                ),
                Claim(
                    "While the child uses the memory, the parent sleeps in state D. The parent "
                    "continues only after the end of the child.",
                    "at('rest').parent.state == 'D' and "
                    "at('rest').parent.asleep_in == 'vfork' and "
                    "before(child.ends, parent.writes('2'))",
                    wrong=replace("vfork()", "fork()"),
                ),
            ],
        ),
        Say(
            "**Do not copy this program.** vfork(2) allows the child only to call `_exit` or an "
            "exec function. Everything else is *undefined behaviour*: here the write to `x` and "
            "`pause`. The lesson does it to make the shared memory visible."
        ),
        Say(
            "In the C library of Linux `posix_spawn` creates its child in this way: it copies no "
            "memory and no page tables. It still copies the table of *descriptors*, as `fork` "
            "does."
        ),
        Try(
            (
                "At the prompt, `echo 1; echo 2; echo 3` forks three times, because `echo` "
                "is a program there. In bash, dash and scripts `echo` is a *builtin*, and "
                "nothing forks. Type a line in which:"
            ),
            asks={
                "1, 2 and 3 are printed, one per line": printed("1\n2\n3\n"),
                "there is **one** fork": asked(one_fork),
            },
            hint="`printf` uses its format again as long as there are words left.",
            solution="printf '%s\\n' 1 2 3",
            wrong={
                "echo 1; echo 2; echo 3": "This is the line of the task: the shell forks for each "
                "`echo`.",
                "(echo 1; echo 2; echo 3)": "The subshell is one more fork, and the subshell "
                "forks for its `echo` commands, too.",
                "echo 1 2 3": "This is one fork, but also one line. The task asks for three lines.",
            },
            note=(
                "A script in bash is slow when it runs a program, such as `sed`, in each "
                "iteration of a loop. In simpsh, `time . ./script` names the lines of a script "
                "that fork most."
            ),
        ),
    ],
)
