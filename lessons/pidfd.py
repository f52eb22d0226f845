"""A pid is a number that somebody has now; a pidfd is a handle on one process for ever.

Numbers are given out in a circle, and come round again.  A number is safe for as long as its
process cannot vanish behind one's back: a child of one's own that is not collected yet.  A number
from a file may be a stranger's.  A pidfd never is: it refuses when its process is gone.  And it is
readable once its process has died, which collects nothing.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal

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
    all_of,
    at,
    happens,
    insert,
    move,
    of,
    output,
    processes,
    replace,
    value,
    words,
)

parent, first, stranger = processes("parent", "first", "stranger")
child, child_2 = processes("child", "child 2")


# --- 1. Numbers ----------------------------------------------------------------------------------
def two_in_turn() -> None:
    """A child, collected; then another."""
    for _ in range(2):
        child = os.fork()
        if child == 0:  # in the child
            os._exit(0)
        os.waitpid(child, 0)


def fork_as(pid: int) -> int:
    """Fork, and let the child have this number: clone3(2) with set_tid, for root alone."""
    wanted = ctypes.c_int(pid)
    arguments = (ctypes.c_uint64 * 10)()
    arguments[4] = signal.SIGCHLD
    arguments[8], arguments[9] = ctypes.addressof(wanted), 1
    library = ctypes.PyDLL(None, use_errno=True)
    found = library.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(found)


# --- 2. Who keeps a number -----------------------------------------------------------------------
def nobody_asks() -> None:
    """A child ends, and nobody waits."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.write(1, b"on we go\n")  # ① the child has ended


# --- 3. The number comes round -------------------------------------------------------------------
def kill_a_stranger() -> None:
    """Somebody else has the number of a child that was collected."""
    first = os.fork()
    if first == 0:  # in the first
        os._exit(0)
    handle = os.pidfd_open(first)
    os.waitpid(first, 0)
    stranger = fork_as(first)  # the numbers have come round
    if stranger == 0:  # in the stranger
        signal.pause()
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
    except ProcessLookupError:
        os.kill(first, signal.SIGTERM)


# --- 4. A descriptor that tells of a death -------------------------------------------------------
def wait_like_a_server() -> None:
    """A death comes as data does: a descriptor is readable."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)  # ① the child lives
    handle = os.pidfd_open(child)
    select.select([handle], [], [])
    os.write(1, b"readable\n")  # ② the child has ended
    os.waitid(os.P_PIDFD, handle, os.WEXITED)


# --- 5. Three deaths -----------------------------------------------------------------------------
def signalfd(number: int) -> int:
    """Block a signal and make a descriptor to read it from: signalfd(2)."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    mask = (ctypes.c_ulong * 16)(1 << number - 1)
    return int(ctypes.CDLL(None, use_errno=True).signalfd(-1, mask, os.O_CLOEXEC))


def three_deaths() -> None:
    """Three deaths, and who is told of how many."""
    news = signalfd(signal.SIGCHLD)
    handles = []
    for _ in range(3):
        child = os.fork()
        if child == 0:  # in the child
            os._exit(0)
        handles.append(os.pidfd_open(child))
    # ① all three have ended
    records = len(os.read(news, 4096)) // 128
    readable = len(select.select(handles, [], [], 0)[0])
    print(records, "record,", readable, "pidfds", flush=True)


# --- Worlds in which it is not so ----------------------------------------------------------------
same_number = replace("os.fork()", "fork_as(child) if _ else os.fork()")
opened_too_late = move("handle = os.pidfd_open(first)", above="try:")
collected_first = insert("os.waitpid(child, 0)", above='os.write(1, b"readable')
told_singly = (
    insert('total = b""', above="handles = []")
    + replace("pidfd_open(child))", "pidfd_open(child))\ntotal += os.read(news, 4096)")
    + replace("len(os.read(news, 4096))", "len(total)")
)
ignored = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")
blocked = insert("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})", above="os.fork()")

who_frees = Compare(
    Run(nobody_asks, id="uncollected"),
    id="frees",
    title="SIGCHLD is",
    variants={"at its default": Edit(), "blocked": blocked, "ignored": ignored},
    columns={"the child's number": words(at("①", child.exists), "kept by a zombie", "free")},
    claims=[
        Claim(
            "Blocking SIGCHLD frees no number: the zombie keeps it.",
            of("blocked", at("①", child.state == "Z")),
        ),
        Claim(
            "Ignoring SIGCHLD frees it without a wait: nothing is left of the child.",
            of("ignored", at("①", child.is_gone)),
            facts=("pid-reuse-hazard",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="pidfd",
    title="A number that comes round, a handle that does not",
    minutes=9,
    chapter="wait",
    requires=["waitid"],
    remember="A pid is safe while it is your uncollected child's. For all others, hold a pidfd.",
    good_for="Who kills by the number in a pid file will, one day, kill somebody else's program. "
    "systemd and other supervisors hold pidfds now.",
    read_on=("pidfd_open(2)", "pidfd_send_signal(2)", "signalfd(2)", "clone3(2), set_tid"),
    steps=[
        Predict(
            "The first child is collected; its number is free. **Which number** has the second?",
            Choice(
                "the same: the lowest that is free",
                child.pid == child_2.pid,
                "Some books say so. It holds for *descriptors*; pids go on upwards, in a circle.",
            ),
            Choice(
                "another one",
                child.pid != child_2.pid,
                "The kernel goes on from the last number, in a circle. It takes thousands of "
                "processes to come round.",
            ),
        ),
        Run(
            two_in_turn,
            id="numbers",
            births=("child", "child"),
            claims=[
                Claim(
                    "The number of the first was free, and the second has another.",
                    all_of(happens(parent.collects(child)), child.pid != child_2.pid),
                    wrong=same_number,
                    facts=("pid-allocation-cyclic",),
                ),
            ],
        ),
        Predict(
            "Nobody waits for this child. What makes its number **free** all the same?",
            Choice(
                "SIGCHLD is blocked",
                of("blocked", at("①", child.is_gone)),
                "Some manuals say so. Blocking puts the *news* off; the dead child stays a zombie, "
                "and a zombie keeps its number.",
            ),
            Choice(
                "SIGCHLD is ignored",
                of("ignored", at("①", child.is_gone)),
                "It says that nobody will ask: no zombie is made, and nothing keeps the number.",
            ),
        ),
        who_frees,
        Say(
            "So a number is yours until you *collect* its process. Any other may have come round "
            "since you read it. Here the circle is hurried: the kernel is asked for this number."
        ),
        Predict(
            "first was collected. **Whom** does `os.kill(first, …)` reach?",
            Choice(
                "nobody: there is no such process",
                happens(parent.fails("kill", "ESRCH")),
                "So it is until the number is given out again, and that can be the very moment "
                "before you call kill.",
            ),
            Choice(
                "the stranger",
                happens(parent.sends("SIGTERM", stranger)),
                "A number names whoever has it *now*. To test with `kill(pid, 0)` first changes "
                "nothing: that would find the stranger, too.",
            ),
        ),
        Run(
            kill_a_stranger,
            id="stranger",
            births=("stranger",),
            needs=("root", "next pid", "pidfd"),
            claims=[
                Claim(
                    "The stranger has the number that first had, and the signal kills it.",
                    all_of(first.pid == stranger.pid, happens(stranger.is_killed_by("SIGTERM"))),
                    wrong=replace("fork_as(first)", "os.fork()"),
                    facts=("pid-reuse-hazard",),
                ),
                Claim(
                    "The pidfd refuses with ESRCH: it means first, and nobody else, ever.",
                    happens(parent.fails("pidfd_send_signal", "ESRCH")),
                    wrong=opened_too_late,
                    facts=("pid-reuse-hazard",),
                ),
            ],
        ),
        Predict(
            "`select` waits for a pidfd. At ② it is readable: is the child **collected**?",
            Choice(
                "no, it is a zombie",
                at("②", child.state == "Z"),
                "The descriptor tells of a death. To collect is another call: waitid with P_PIDFD, "
                "or any wait.",
            ),
            Choice(
                "yes: that is what it waited for",
                at("②", child.is_gone),
                "wait does two things: it waits, and it collects. select only waits.",
            ),
            Choice(
                "no, it lives: it has to be read first",
                at("②", child.state == "S"),
                "read fails with EINVAL: nothing is in a pidfd. “Readable” means *ended* here.",
            ),
        ),
        Run(
            wait_like_a_server,
            id="select",
            needs=("pidfd",),
            claims=[
                Claim(
                    "While the child lives, select sleeps; it returns, and the child is a zombie.",
                    all_of(
                        at("①", parent.asleep_in.one_of("select", "pselect6")),
                        at("②", child.state == "Z"),
                    ),
                    wrong=collected_first,
                    facts=("pidfd-readable-at-death",),
                ),
                Claim(
                    "waitid collects it through the pidfd.",
                    happens(parent.collects(child)),
                    wrong=replace("os.WEXITED", "os.WEXITED | os.WNOWAIT"),
                    facts=("pidfd-readable-at-death",),
                ),
            ],
        ),
        Ask(
            "Three deaths at ①. A signalfd gives a *record* for each SIGCHLD. **How many** records "
            "are read?",
            answer=value("records"),
            because="SIGCHLD is one bit, be it read or delivered: three deaths are one record. The "
            "pidfds are three, and each of them is readable.",
            near={3: "So it would be if signals were counted; standard signals are not."},
        ),
        Run(
            three_deaths,
            id="three",
            needs=("pidfd",),
            shows="output",
            claims=[
                Claim(
                    "Of three deaths the signalfd tells once, the pidfds three times.",
                    output == "1 record, 3 pidfds\n",
                    wrong=told_singly,
                    facts=("modern-reaping",),
                ),
            ],
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
