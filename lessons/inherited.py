"""What a child has from its parent, and what it has not.

Nearly all that a process *is* goes over to its child: directory, limits, environment, signal mask.
What belongs to one pid or one thread does not: signals that are on their way, alarms, record locks,
the other threads.  And what goes over is a copy, a generator of random numbers included.
"""

from __future__ import annotations

import fcntl
import mmap  # noqa: F401 - what is asked needs it, and the next
import os
import random
import resource  # noqa: F401
import select
import signal
import threading
import time  # noqa: F401

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    NotShown,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    anyone,
    at,
    happens,
    insert,
    none_of,
    of,
    output,
    processes,
    replace,
    returns,
)

parent, child, child_2 = processes("parent", "child", "child 2")


# --- 1. Signals ---------------------------------------------------------------------------------
def signals() -> None:
    """A signal is caught, another is blocked, and one of these waits to be delivered."""
    signal.signal(signal.SIGTERM, print)  # caught
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)  # blocked: it is pending
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ① nobody has done anything yet
    os.waitpid(child, 0)


# --- 2. One question, asked in both -------------------------------------------------------------
def asked_in_both() -> None:
    """The parent arranges something, and both look whether they have it."""
    ask = os.getcwd
    os.chdir("/")
    in_parent = ask()
    child = os.fork()
    if child == 0:  # in the child
        in_child = ask()
        print("child: ", in_child, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("parent:", in_parent, flush=True)


def may_lock(path: str) -> str:
    """Ask for a record lock, without waiting; who has it already is granted it again."""
    try:
        fcntl.lockf(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "refused"
    return "granted"


# --- 3. A lock of a thread that is not there ----------------------------------------------------
def hold(lock: threading.Lock, taken: threading.Event) -> None:
    """What the helper, a second thread, does."""
    with lock:
        taken.set()
        signal.pause()  # it has much to do


def fork_with_threads() -> None:
    """The helper holds the lock; the first thread forks."""
    lock, taken = threading.Lock(), threading.Event()
    threading.Thread(target=hold, args=[lock, taken]).start()
    taken.wait()
    child = os.fork()
    if child == 0:  # in the child
        lock.acquire()
        os._exit(0)
    os.waitpid(child, 0)


# --- 4. Two children throw dice -----------------------------------------------------------------
def two_dice() -> None:
    """The die was made before the forks."""
    dice = random.Random(1)
    for _ in range(2):
        child = os.fork()
        if child == 0:  # in a child
            os.write(1, b"%d " % dice.randrange(1000000))
            os._exit(0)
        os.waitpid(child, 0)


# --- 5. Kernel objects behind descriptors -------------------------------------------------------
def counter() -> None:
    """The child is told by the parent, through objects that both have inherited."""
    number = os.eventfd(0)  # a number in the kernel
    watch = select.epoll()
    watch.register(number, select.EPOLLIN)
    child = os.fork()
    if child == 0:  # in the child
        watch.poll()  # sleeps until the number is not 0
        os.write(1, b"%d" % os.eventfd_read(number))
        os._exit(0)
    os.eventfd_write(number, 5)
    os.waitpid(child, 0)


# --- What is arranged, and how it is asked ------------------------------------------------------
def thing(arrange: str, ask: str) -> Edit:
    """Put a row of the table into the demonstration."""
    return replace('os.chdir("/")', arrange) + replace("os.getcwd", ask)


LEFT = "lambda: round(signal.getitimer(signal.ITIMER_REAL)[0])"
CPU = "lambda: round(time.process_time() * 1000)"
MARKED = """page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page.madvise(18)  # MADV_WIPEONFORK of <sys/mman.h>
page[:3] = b"key\""""
in_parent, in_child = parent.value("in_parent"), child.value("in_child")
same = in_child == in_parent

the_things = Compare(
    Run(asked_in_both, id="ask"),
    id="things",
    title="does the child have it, too?",
    variants={
        "the umask": thing("os.umask(0o27)", 'lambda: format(os.umask(0o27), "03o")'),
        "a limit: 100 open files": thing(
            "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))",
            "lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0]",
        ),
        "alarm(100): seconds left": thing("signal.alarm(100)", LEFT),
        "a record lock, asked for again": thing('may_lock("f")', 'lambda: may_lock("f")'),
        "CPU time used, in ms": thing("sum(range(10**6))", CPU),
        "a page, MADV_WIPEONFORK": thing(MARKED, "lambda: page[:3].hex()"),
    },
    columns={"in the parent": in_parent, "in the child": in_child},
    claims=[
        Claim(
            "The umask and the limits go over.",
            all_of(of("the umask", same), of("a limit: 100 open files", same)),
            facts=("inheritance-table",),
        ),
        Claim(
            "An alarm and a record lock are for one process, and its account begins anew.",
            all_of(
                of("alarm(100): seconds left", in_child == 0),
                of("a record lock, asked for again", in_child == "refused"),
                of("CPU time used, in ms", in_child < in_parent),
            ),
            facts=("inheritance-table",),
        ),
        Claim(
            "A page marked WIPEONFORK is zeros in the child: a good place for keys.",
            of("a page, MADV_WIPEONFORK", in_child == "000000"),
            facts=("shared-on-purpose",),
        ),
    ],
)

the_dice = Compare(
    Run(two_dice, id="dice"),
    id="generators",
    title="whose numbers?",
    variants={
        "random.Random(1), made before": Edit(),
        "the functions of random": replace("dice.randrange", "random.randrange"),
    },
    columns={"two children": output},
    claims=[
        Claim(
            "The child's generator is a copy, and goes on as the other copy does.",
            of("random.Random(1), made before", child.output == child_2.output),
            facts=("random-state",),
        ),
        Claim(
            "The module's own generator is seeded anew in each child: Python has it done at fork.",
            of("the functions of random", child.output != child_2.output),
            facts=("random-state",),
        ),
    ],
)

# --- The lesson ---------------------------------------------------------------------------------
LESSON = Lesson(
    id="inherited",
    title="What a child inherits",
    minutes=10,
    chapter="fork",
    requires=["rule-7-wait-for-every-child"],
    remember="A child is a copy, without what is under way: signals, alarms, locks, threads.",
    good_for="Umask and limits are set once, in the shell, for all that it starts. And a program "
    "with threads should fork only to exec at once.",
    read_on=("fork(2)", "madvise(2)", "pthread_atfork(3)", "POSIX.1-2024 fork()"),
    steps=[
        Predict(
            "A signal is blocked, and one of it is pending. **What is so in the child?**",
            Choice(
                "both",
                at("①", child.blocks("SIGUSR1"), child.has_pending("SIGUSR1")),
                "Then one kill would arrive twice. It was sent to one process.",
            ),
            Choice(
                "blocked, and nothing pending",
                at("①", child.blocks("SIGUSR1"), none_of(child.has_pending("SIGUSR1"))),
                "The mask is state, and is copied. The signal was sent to another process.",
            ),
            Choice(
                "neither",
                at("①", none_of(child.blocks("SIGUSR1"), child.has_pending("SIGUSR1"))),
                "Some books say so: “pending and blocked signals are cleared”. Only pending are.",
            ),
        ),
        Run(
            signals,
            id="signals",
            claims=[
                Claim(
                    "The mask and the handlers are those of the parent.",
                    at("①", child.blocks("SIGUSR1"), child.catches("SIGTERM")),
                    wrong=[
                        insert("signal.pthread_sigmask(2, [])", above="os._exit"),  # SIG_SETMASK
                        insert("signal.signal(signal.SIGTERM, signal.SIG_DFL)", above="os._exit"),
                    ],
                    facts=("inheritance-table",),
                ),
                Claim(
                    "The signal is pending in the parent, and only there.",
                    at("①", parent.has_pending("SIGUSR1"), none_of(child.has_pending("SIGUSR1"))),
                    wrong=insert("os.kill(os.getpid(), signal.SIGUSR1)", above="os._exit(0)"),
                    facts=("inheritance-table",),
                ),
            ],
        ),
        Predict(
            "Both tell their directory. Ask for others: **which of these does the child have?**",
            Choice(
                "the parent's alarm",
                of("alarm(100): seconds left", same),
                "Then a child that does not expect it would be killed. It is for one process.",
            ),
            Choice(
                "the parent's record lock",
                of("a record lock, asked for again", same),
                "Two would hold what only one can hold.",
            ),
            Choice(
                "the parent's limits",
                of("a limit: 100 open files", same),
                "A limit that a child could shake off would be none.",
            ),
        ),
        the_things,
        Say(
            "Only the thread that forks is in the child. Another one takes a lock, and works on:",
            code=hold,
        ),
        Predict(
            "The child asks for the lock, too. Who holds it is not there. **What happens?**",
            Choice(
                "the child gets it: nobody holds it",
                returns,
                "It would if the kernel kept the lock. It is a word in memory, and says *taken*.",
            ),
            Choice(
                "the child sleeps for ever",
                at("rest", child.asleep_in == "futex"),
                "Its copy of the lock is taken, and who would release it is not there.",
            ),
            code=fork_with_threads,
        ),
        Run(
            fork_with_threads,
            id="threads",
            also=[hold],
            leaves=[parent, child],
            claims=[
                Claim(
                    "The parent has two threads, its child one.",
                    at("rest", parent.threads == 2, child.threads == 1),
                    wrong=insert("threading.Thread(target=signal.pause).start()", above="lock."),
                    facts=("threads-and-fork",),
                ),
                Claim(
                    "The child sleeps in a lock that nobody will release.",
                    at("rest", child.asleep_in == "futex"),
                    wrong=replace("lock.acquire()", "threading.Lock().acquire()"),
                    facts=("threads-and-fork",),
                ),
            ],
        ),
        Predict(
            "Two children throw a die that was made before the forks. **What do they get?**",
            Choice(
                "the same number",
                of("random.Random(1), made before", child.output == child_2.output),
                "A generator is memory: each child has a copy, in the same state.",
            ),
            Choice(
                "two numbers",
                of("random.Random(1), made before", child.output != child_2.output),
                "It would be so if the state were shared, or if each child seeded its own.",
            ),
        ),
        the_dice,
        Run(
            counter,
            id="counter",
            claims=[
                Claim(
                    "An epoll and an eventfd work in the child, and the number is one for both.",
                    child.prints("5"),
                    wrong=insert("number = os.eventfd(1)", above="watch.poll()"),
                    facts=("eventfd-epoll-across-fork",),
                ),
            ],
        ),
        NotShown(
            "inheritance-table",
            "Directory, environment, user, group and seccomp filter go over, too; memory locks and "
            "the undoing of semaphores do not. fork(2) has the whole list.",
        ),
        Try(
            "Let `sh -c 'echo $A'` print 1 without a variable A in the shell itself: behind it, "
            "`echo x$A` is to print x.",
            expect=all_of(output == "1\nx\n", happens(anyone.execs("sh"))),
            hint="A=1 in front of a command is for it alone. Has the shell an A by now? `unset A`.",
            solution="A=1 sh -c 'echo $A'; echo x$A",
            wrong=["A=1; sh -c 'echo $A'; echo x$A", "export A=1; sh -c 'echo $A'; echo x$A"],
            praise="The child was given an environment with A in it; the shell's own has none.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
