"""Rule 3: parent and child run at the same time.

After fork both can run, and neither waits for the other unless it says so.  With two processors
they really run at the same moment.  With one they take turns: the kernel gives the processor to
another process when this one sleeps, and takes it away when it does not.
"""

from __future__ import annotations

import mmap
import os
import resource  # noqa: F401 - an edit below counts the switches
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    all_of,
    at,
    before,
    delete,
    happens,
    insert,
    never,
    processes,
    replace,
    unordered,
)

parent, child = processes("parent", "child")
asleep, stopped, dead = processes("asleep", "stopped", "dead")
shell, sleep, another_sleep = processes("shell", "sleep", "sleep 2")


# --- 1. One processor, two processes who sleep now and then --------------------------------------
def talk() -> None:
    """Each needs a word of the other to go on."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one for both
    to_child, says = os.pipe()
    to_parent, answers = os.pipe()
    child = os.fork()
    if child == 0:  # in the child
        os.write(answers, b"one")
        os.read(to_child, 9)
        os.write(answers, b"three")
        os._exit(0)
    os.read(to_parent, 9)
    os.write(says, b"two")
    os.waitpid(child, 0)


# --- 2. One processor, two processes who never sleep ---------------------------------------------
def ball() -> None:
    """Nobody gives way, nobody asks the kernel for anything."""
    ball = memoryview(mmap.mmap(-1, 4096)).cast("i")  # shared memory
    child = os.fork()
    me, moves = int(child == 0), 0
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    while (now := ball[0]) < 20:  # no system call in here
        if now % 2 == me:  # the ball is mine
            ball[0] = now + 1  # now it is yours
            moves += 1
    print(moves, "moves", flush=True)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


# --- 3. What a process may be doing --------------------------------------------------------------
def letters() -> None:
    """Three children, and what the kernel says of each."""
    asleep = os.fork()
    if asleep == 0:
        signal.pause()
    stopped = os.fork()
    if stopped == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    stat = os.open("/proc/self/stat", os.O_RDONLY)  # ①
    mine = os.read(stat, 4096).split()[2]
    os.write(1, mine)
    for child in (asleep, stopped, dead):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# --- 4. Binding to a processor -------------------------------------------------------------------
def mask_of_none() -> None:
    """A mask has a bit for each processor; here none is set."""
    try:
        os.sched_setaffinity(0, [])  # the mask 0
        os.write(1, b"bound to processor 0\n")
    except OSError as error:
        os.write(1, str(error.strerror).encode())


# --- Worlds in which it is not so ----------------------------------------------------------------
nobody_asks = delete("os.read(to_child, 9)")
nobody_answers = delete("os.read(to_parent, 9)")
only_the_parent_plays = replace("if now % 2 == me:", "if me == 0:")
a_processor_each = (
    replace("{min(os.sched_getaffinity(0))}", "{sorted(os.sched_getaffinity(0))[me]}")
    + replace("< 20", "< 4000")
    + insert("switches = sum(resource.getrusage(resource.RUSAGE_SELF)[14:])", above="print(moves")
)
back_on_one = replace("[me]", "[0]") + replace("< 4000", "< 40")

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="rule-3-parallel",
    title="Rule 3: both run at the same time",
    minutes=9,
    chapter="fork",
    requires=["rule-2-return-value"],
    remember="After fork both can run. With a processor each they run at once; with one processor "
    "they take turns, whenever one sleeps, and whenever the kernel likes.",
    good_for="A build that uses all processors, a server that answers while it calculates. And it "
    "explains each race: your program may be interrupted between any two of its steps.",
    read_on=("sched(7)", "sched_setaffinity(2)", "taskset(1)", "proc_pid_stat(5), state"),
    steps=[
        Predict(
            "Both are bound to **one** processor. When does the child get to run?",
            Choice(
                "after the parent has ended",
                before(parent.ends, child.writes("one")),
                "It would be so if a processor belonged to a program until its end. Long ago it "
                "did; now it is lent.",
            ),
            Choice(
                "when the parent comes to its waitpid",
                before(parent.waits(), child.writes("one")),
                "waitpid is one place where the parent sleeps, but not the only one: in "
                "{line:os.read(to_parent} it sleeps, too, and the child can run.",
            ),
            Choice(
                "in turns with the parent",
                all_of(
                    before(child.writes("one"), parent.writes("two")),
                    before(parent.writes("two"), child.writes("three")),
                ),
                "Whoever has nothing to read sleeps, and the processor is given to the other.",
            ),
        ),
        Run(
            talk,
            id="talk",
            claims=[
                Claim(
                    "The child spoke when the parent was in the middle of its work.",
                    before(child.writes("one"), parent.writes("two")),
                    wrong=nobody_answers,
                    facts=("rule3-parallel",),
                ),
                Claim(
                    "And the parent spoke when the child was in the middle of its own.",
                    before(parent.writes("two"), child.writes("three")),
                    wrong=nobody_asks,
                    facts=("rule3-parallel",),
                ),
            ],
        ),
        Say(
            "These two were polite: each slept in read, and left the processor to the other. Now "
            "nobody sleeps. A ball lies in memory that both share; whoever does not have it looks "
            "again and again, without any system call."
        ),
        Predict(
            "Still **one** processor for both. Does the child get to make its moves?",
            Choice(
                "no: the parent never lets go",
                never(child.ends),
                "So it was where programs had to give way by themselves, and one loop stopped all.",
            ),
            Choice(
                "yes, its ten moves",
                happens(child.ends),
                "Nobody needs to let go: a clock interrupts, and the kernel *takes* the processor "
                "and gives it to the other.",
            ),
        ),
        Run(
            ball,
            id="one",
            claims=[
                Claim(
                    "Each of them has made ten moves, and each move needed the other's before it.",
                    all_of(child.prints("10 moves"), parent.prints("10 moves")),
                    wrong=only_the_parent_plays,
                    facts=("rule3-parallel",),
                ),
            ],
        ),
        Predict(
            "Now **a processor each**, and 2000 moves each. How often must the parent leave its "
            "processor, so that the child can move?",
            Choice(
                "2000 times: once for each move",
                parent.value("switches") >= parent.value("moves"),
                "On one processor it would be so: the child moves only while the parent does not "
                "run. With two, nobody stands in anybody's way.",
            ),
            Choice(
                "less often than that",
                parent.value("switches") < parent.value("moves"),
                "It need not leave at all: both run at once. (What you see counted are other "
                "programs' turns, and the moments at which we looked.)",
            ),
        ),
        Run(
            ball,
            id="two",
            edit=a_processor_each,
            watch=("switches",),
            needs=("second cpu",),
            claims=[
                Claim(
                    "The parent made more moves than it left its processor: the child moved while "
                    "the parent ran.",
                    parent.value("switches") < parent.value("moves"),
                    wrong=back_on_one,
                    facts=("rule3-parallel",),
                ),
            ],
        ),
        Ask(
            "Not everybody wants a processor. At ① one child waits for a signal, one is stopped, "
            "one is dead. Then the parent reads **its own** state. Which letter is it?",
            answer=parent.output,
            because="R is running, or ready to run. Whoever reads its own state is running: it is "
            "reading.",
            near={
                "S": "S is asleep: it waits for something. Others may see you so; you never do, "
                "for while you look you are awake.",
            },
        ),
        Run(
            letters,
            id="letters",
            claims=[
                Claim(
                    "Who waits for something is S, asleep; who was stopped is T; who is dead and "
                    "not collected is Z. None of them wants a processor.",
                    at("①", asleep.state == "S", stopped.state == "T", dead.state == "Z"),
                    wrong=[
                        replace("signal.SIGSTOP", "signal.SIGKILL"),
                        replace("signal.pause()", "os._exit(0)"),
                        replace("os._exit(0)", "signal.pause()"),
                    ],
                    facts=("state-letters",),
                ),
                Claim(
                    "The parent has found itself in R: running.",
                    parent.output == "R",
                    wrong=replace('"/proc/self/stat"', 'f"/proc/{asleep}/stat"'),
                    facts=("state-letters",),
                ),
            ],
        ),
        Show(
            "family",
            of="letters",
            at="①",
            text="`ps` shows them so. Two more letters: **D** sleeps, too, and no signal wakes it, "
            "as while it waits for a disk; **t** is stopped by a debugger.",
        ),
        Predict(
            "Some texts bind a program to the first processor by `taskset 0`. That is a *mask*, "
            "and it is 0. What does the kernel do?",
            Choice(
                "binds it to processor 0",
                happens(parent.writes("bound")),
                "That would be mask 1: bit 0 stands for processor 0.",
            ),
            Choice(
                "refuses",
                happens(parent.fails("sched_setaffinity", "EINVAL")),
                "A mask of 0 names no processor at all. Say `taskset -c 0`, a list, or the mask 1.",
            ),
        ),
        Run(
            mask_of_none,
            id="mask",
            claims=[
                Claim(
                    "A process that may run nowhere is refused: EINVAL.",
                    happens(parent.fails("sched_setaffinity", "EINVAL")),
                    wrong=replace("[]", "os.sched_getaffinity(0)"),
                    facts=("rule3-parallel",),
                ),
            ],
        ),
        Try(
            "Two sleeps one after the other, `sleep 0.1; sleep 0.1`, take twice as long as one. "
            "Let them sleep **at the same time**, and wait for both.",
            expect=all_of(
                unordered(sleep.ends, another_sleep.ends),
                happens(shell.collects(sleep)),
                happens(shell.collects(another_sleep)),
            ),
            hint="& starts a process and goes on; wait, without anything, waits for all.",
            solution="sleep 0.1 & sleep 0.1 & wait",
            wrong=["sleep 0.01; sleep 0.01", "sleep 0.01 & wait; sleep 0.01 & wait"],
            praise="No chain leads from the end of one to the other: they slept side by side.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
