"""A counter in shared memory: an addition can be lost.

With MAP_SHARED two processes use one page of memory: what is the sum?  With MAP_SHARED two
processes use one page of memory.  To add 1 is to load, to add and to store.  If both processes load
before one of them stores, one addition is lost.  A semaphore lets one process at a time do all
three.  It must be made for processes: with `pshared` 0 it wakes only threads.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os

from simpsh.course import (
    Ask,
    C,
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
    all_of,
    asked,
    delete,
    insert,
    move,
    replace,
    some,
)

libc = ctypes.CDLL(None)
PAGE = mmap.PAGESIZE
FOLLOWED = ("compiler", "instructions")
WITH_SEMAPHORES = (*FOLLOWED, "glibc")  # other C libraries may spin first: too many orders

# --- 1. Two processes count ----------------------------------------------------------------------
COUNT = C(
    """#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
struct { int count; sem_t lock; } *page;
int main(void) {
    page = mmap(0, sizeof *page, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    page->count++;  // both processes do this
    if (child == 0) _exit(0);
    wait(0);
    printf("%d", page->count);
}
""",
    births=("child",),
)


# --- 2. The same, held in the middle -------------------------------------------------------------
def add_in_two_lines() -> None:
    """The load is one line, the store another."""
    page = mmap.mmap(-1, PAGE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    one, other = os.pipe(), os.pipe()
    child = os.fork()
    loaded = page[0]
    told, tell = (one[0], other[1]) if child else (other[0], one[1])
    os.write(tell, b".")
    os.read(told, 1)  # until the other has loaded, too
    page[0] = loaded + 1  # ① both processes have loaded
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)
    print(page[0], flush=True)


def state_of(pid: int) -> str:
    """Return the state of a process, as ps shows it."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


# --- 3. A semaphore that is not made for processes -----------------------------------------------
def wake_the_child() -> None:
    """The child sleeps in sem_wait until the parent calls sem_post."""
    page = mmap.mmap(-1, PAGE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    lock = ctypes.byref(ctypes.c_char.from_buffer(page))
    libc.sem_init(lock, 0, 0)  # pshared, value
    child = os.fork()
    if child == 0:  # in the child
        libc.sem_wait(lock)
        os._exit(0)
    while state_of(child) != "S":  # until the child sleeps
        pass
    libc.sem_post(lock)  # ① the child sleeps
    os.waitpid(child, 0)


GIVEN = "add() { read x <n; echo $((x+1)) >n; }; echo 0 >n; add & add & wait; cat n"


def given_with(both: str) -> str:
    """Return the given line, with `both` in place of its two calls of `add`."""
    return GIVEN.replace("add & add & wait", both)


SLEEPS, ONE_BEHIND = given_with("add & sleep 0.2; add & wait"), given_with("add & add; wait")


# --- Edits ---------------------------------------------------------------------------------------
def semaphore(pshared: int) -> Edit:
    """Count between sem_wait and sem_post."""
    return (
        insert(f"sem_init(&page->lock, {pshared}, 1);", above="pid_t child")
        + insert("sem_wait(&page->lock);", above="page->count++")
        + insert("sem_post(&page->lock);", above="if (child == 0)")
    )


child_first = move("wait(0);", above="page->count++")
private_count = replace("MAP_SHARED", "MAP_PRIVATE")
parent_loads_late = move("os.waitpid(child, 0)", above="loaded = page[0]") + replace(
    "os.waitpid(child, 0)", "child and os.waitpid(child, 0)"
)
counted_before = insert("page[0] = 1", above="child = os.fork()")
for_processes = replace("0, 0)  # pshared", "1, 0)  # pshared")


ALONE, ATOMIC = "nothing", "an _Atomic int count"
FOR_THREADS, FOR_PROCESSES = "a semaphore, pshared 0", "a semaphore, pshared 1"

the_remedies = Compare(
    Explore(COUNT, id="count-again", native=10, births=("child",), needs=WITH_SEMAPHORES),
    id="remedies",
    needs=WITH_SEMAPHORES,
    title="what is changed",
    variants={
        ALONE: Edit(),
        FOR_THREADS: semaphore(0),
        FOR_PROCESSES: semaphore(1),
        ATOMIC: replace("int count", "_Atomic int count"),
    },
    columns={
        "possible outcomes": "' or '.join(sorted('hangs' if '[' in text else text for text in "
        "outputs))"
    },
    claims=[
        Claim(
            "With a semaphore for processes the output is 2 in every order.",
            "row('a semaphore, pshared 1').outputs == {'2'}",
        ),
        Claim(
            "With `pshared` 0 the program loses no addition, but in some orders it hangs.",
            "len(row('a semaphore, pshared 0').outputs) == 2 and "
            "'1' not in row('a semaphore, pshared 0').outputs",
        ),
        Claim(
            "An atomic addition is one step: the output is 2 in every order.",
            "row('an _Atomic int count').outputs == {'2'}",
        ),
    ],
)


# --- A program to repair ------------------------------------------------------------------------
def count_in_a_file() -> None:
    """Both processes add 1 to the number in a file."""
    os.write(os.open("n", os.O_WRONLY | os.O_CREAT, 0o600), b"0")
    child = os.fork()
    file = os.open("n", os.O_RDWR)  # each its own
    fcntl.flock(file, fcntl.LOCK_EX)
    number = int(os.pread(file, 9, 0))
    os.pwrite(file, b"%d" % (number + 1), 0)
    fcntl.flock(file, fcntl.LOCK_UN)
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, os.pread(file, 9, 0))


LOCKS = "fcntl.flock(file, fcntl.LOCK_EX)"
no_lock = delete(LOCKS) + delete("fcntl.LOCK_UN)")


# --- What the task asks --------------------------------------------------------------------------
def two_additions(line: LineRun) -> str:
    """Some process reads what was there, and writes 1; one reads 1, and writes 2 after it."""
    loads = [index for index, _, what in line.reads("1\n") if not what.pipe]
    if not loads:
        return "no `add` loaded 1"
    first, second = line.first_write("1\n"), line.first_write("2\n")
    if not [index for index, _, what in line.reads("0") if first is not None and index < first]:
        return "no `add` loaded 0, and stored 1"
    is_so = first is not None and second is not None and first < loads[0] < second
    return "" if is_so else "no `add` stored 2"


def two_is_read(line: LineRun) -> str:
    """The number that is printed was read from the file."""
    return "" if line.is_passed_on("2") else "the 2 was not read from `n`"


LESSON = Lesson(
    id="shared-counter",
    title="Two processes add to one counter",
    minutes=8,
    chapter="signals and families",
    requires=["rule-4-copied", "rule-5-order"],
    remember="Shared memory orders nothing. Guard every change that loads and then stores: with a "
    "semaphore made for processes, or with an atomic operation.",
    good_for="Python's `multiprocessing.Value` is such a counter: `value += 1` can lose an "
    "addition unless you hold its lock. So can the statistics of a server with many processes.",
    read_on=(
        "mmap(2)",
        "sem_init(3)",
        "sem_wait(3)",
        "futex(2), FUTEX_PRIVATE_FLAG",
        "Arpaci-Dusseau, OSTEP, chapter 31",
    ),
    steps=[
        Say(
            "With `MAP_SHARED` two processes use **one** page, here a page of zeros. Parent and "
            "child each add 1 to `count`. (`lock` is not used yet.)"
        ),
        Predict(
            "Which number can the parent print?",
            Choice(
                "1, in every order",
                "outputs == {'1'}",
                "With `MAP_PRIVATE` each process would count in its own copy, and the parent "
                "would print 1. Here both use one page.",
            ),
            Choice(
                "2, in every order",
                "outputs == {'2'}",
                "Two additions make 2 if one comes after the other. Nothing in the code orders "
                "them: the parent waits only after its own addition.",
            ),
            Choice(
                "1 or 2, by the order",
                "outputs == {'1', '2'}",
                "`count++` loads, adds and stores. If both processes load 0, both store 1.",
            ),
            hint="`count++` is short in C. Which accesses to memory does it need?",
        ),
        Explore(
            COUNT,
            id="count",
            native=100,
            births=("child",),
            needs=FOLLOWED,
            claims=[
                Claim(
                    "Two values are possible, 1 and 2: an addition can be lost.",
                    "outputs == {'1', '2'}",
                    wrong=[child_first, private_count],
                )
            ],
        ),
        Say(
            "This is a *lost update*. A compiler may make one instruction of `count++`: the "
            "processor still loads and stores, and another processor can store in between. Now the "
            "lesson makes it happen. The load and the store are two lines of Python."
        ),
        Ask(
            "Each process waits until the other has loaded, too. What does the parent print?",
            answer="parent.output",
            because="Both have loaded 0, so both store 1. The second store overwrites the first.",
            near={
                2: "The second process would have to load what the first one has stored. At ① both "
                "have loaded, and neither has stored.",
                0: "0 is what both have loaded. Both store 1 before the parent prints.",
            },
            hint="What is the value of `loaded` in each process at ①?",
        ),
        Run(
            add_in_two_lines,
            id="lost",
            watch=("loaded",),
            claims=[
                Claim(
                    "At ① both processes have loaded 0.",
                    "at(1).parent['loaded'] == 0 and at(1).child['loaded'] == 0",
                    wrong=counted_before,
                ),
                Claim(
                    "Two processes have added 1, and the counter is 1.",
                    "parent.prints('1')",
                    wrong=parent_loads_late,
                ),
            ],
        ),
        Say(
            "A *semaphore* is a number. `sem_wait` subtracts 1, and sleeps while the number is 0; "
            "`sem_post` adds 1 and wakes a sleeper. `sem_init(lock, pshared, 1)` starts with 1. "
            "`pshared` is 0 for the threads of one process, 1 for several processes."
        ),
        Predict(
            "Which `count++` gives 2 in **every** order?",
            Choice(
                "one without a semaphore around it",
                "row('nothing').outputs == {'2'}",
                "With a single process this would be enough. With two, the other process can load "
                "between this load and this store.",
            ),
            Choice(
                "one guarded by a semaphore, `pshared` 0",
                "row('a semaphore, pshared 0').outputs == {'2'}",
                "This is right between threads of one process. The number in the page is shared, "
                "but a process that sleeps in `sem_wait` is not woken.",
            ),
            Choice(
                "one guarded by a semaphore, `pshared` 1",
                "row('a semaphore, pshared 1').outputs == {'2'}",
                "One process loads, adds and stores. The other one sleeps in `sem_wait` until "
                "`sem_post` wakes it.",
            ),
            hint="How many processes use the semaphore? Which value of `pshared` is for them?",
        ),
        the_remedies,
        Predict(
            "Now `pshared` is 0. The child sleeps in `sem_wait`, and the parent calls "
            "`sem_post`. **What does the child do?**",
            Choice(
                "it wakes up, and then ends",
                "returns",
                "With `pshared` 1 it wakes up. With 0, `sem_post` looks for sleeping threads of "
                "the parent only.",
            ),
            Choice(
                "it sleeps on, and never ends",
                "at('rest').child.asleep_in == 'futex'",
                "`sem_post` sets the number to 1. The kernel looks for a sleeping thread of the "
                "parent, and finds none.",
            ),
            Choice(
                "it fails, and ends with status 1",
                "child.exits(1)",
                "`sem_wait` fails if a handler interrupts it (EINTR), for example. No call checks "
                "which process has made a semaphore.",
            ),
            hint="{line:libc.sem_init} says for which threads the semaphore is made.",
        ),
        Run(
            wake_the_child,
            id="asleep",
            leaves=["parent", "child"],
            claims=[
                Claim(
                    "The child sleeps in `sem_wait`, although the parent has called `sem_post`.",
                    "at('rest').child.asleep_in == 'futex'",
                    wrong=for_processes,
                ),
                Claim(
                    "The parent waits for the child: the program hangs.",
                    "hangs",
                    wrong=for_processes,
                ),
            ],
        ),
        Try(
            (
                f"In a file, too, `read` loads and `echo` stores. This line can lose an "
                f"addition:\n\n    {GIVEN}\n\nChange it:"
            ),
            asks={
                "two additions: one stores 1, the next one loads 1 and stores 2": asked(
                    two_additions
                ),
                (
                    "one has ended before the other begins: in every order `n` has 2, and this 2 "
                    "is printed"
                ): all_of(
                    some(
                        "",
                        ("output == '2\\n'", "printed: {output}"),
                        ("file('n') == '2\\n'", "`n` has {file('n')}"),
                    ),
                    asked(two_is_read),
                ),
            },
            hint="`wait` returns when every job in the background has ended.",
            solution=GIVEN.replace("add & add", "add & wait; add"),
            wrong={
                GIVEN: "This is the given line. Both `add` run at once, and both may read 0.",
                SLEEPS: "A sleep makes the loss rare, not impossible. Let the shell **wait**.",
                ONE_BEHIND: "The shell runs the second `add` itself, while the first one runs in "
                "the background.",
                "echo 1 >n; echo 2 >n; cat n": "This writes both numbers, and counts nothing. "
                "Keep both `add`.",
                "echo 2 >n; cat n": "This writes the result, and counts nothing. Keep both `add`.",
            },
            note="A wait makes the order. A sleep makes the loss rare, not impossible.",
        ),
        Repair(
            Run(
                count_in_a_file,
                id="repair",
                claims=[
                    Claim(
                        "The child adds 1, too.",
                        "child.calls('pwrite64')",
                        wrong=insert("if child == 0:\n    os._exit(0)", above=LOCKS),
                        hint="Keep the addition in both processes.",
                    )
                ],
            ),
            every_order=[
                Claim(
                    "In every order it prints 2.",
                    "outputs == {'2'}",
                    wrong=[no_lock, move(LOCKS, above="os.pwrite(")],
                    hint="Both processes may read before one of them writes. `flock` lets one "
                    "process at a time have the file: from which call to which?",
                )
            ],
            task="Both processes add 1 to the number in a file. It should be 2. Sometimes it is 1. "
            "Make that impossible with `flock`.",
            broken=no_lock,
            broken_in_c=delete("flock(file, LOCK_EX);") + delete("flock(file, LOCK_UN);"),
            hint="flock(2): LOCK_EX before the first of the calls that belong together, LOCK_UN "
            "after the last.",
            praise="One process at a time read, added and wrote. No addition was lost, in any "
            "order.",
        ),
    ],
)
