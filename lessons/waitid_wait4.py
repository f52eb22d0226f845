"""The finer calls: waitid looks without taking, wait4 says what a child has used.

waitid can leave the status where it is, so that a parent may look first and collect later.  What a
child has used of the processor is added to its parent's account in the moment it is collected, and
wait4 tells it for each child.  A handler may end a wait before any child has done anything.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    NotShown,
    Predict,
    Run,
    Say,
    all_of,
    at,
    count,
    happens,
    insert,
    none_of,
    of,
    output,
    processes,
    replace,
)

parent, child, grandchild = processes("parent", "child", "grandchild")
libc = ctypes.CDLL(None, use_errno=True)


# --- 1. To look, and to take ---------------------------------------------------------------------
def look_first() -> None:
    """The parent looks at the status of its dead child, and takes it then."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(3)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    _, status = os.waitpid(child, 0)  # ① it was looked at
    print(os.waitstatus_to_exitcode(status), flush=True)  # ② it was taken


# --- 2. Five functions ---------------------------------------------------------------------------
def five_functions() -> None:
    """Five children, five ways to wait for them."""
    for _ in range(5):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(0)
    os.wait()
    os.waitpid(-1, 0)
    os.wait3(0)
    os.wait4(-1, 0)
    os.waitid(os.P_ALL, 0, os.WEXITED)


# --- 3. What a child has used --------------------------------------------------------------------
def compute() -> None:
    """Use a twentieth of a second of the processor's time."""
    while time.process_time() < 0.05:
        pass


def seconds(account: resource.struct_rusage) -> float:
    """Return the processor time in an account."""
    return account.ru_utime + account.ru_stime


def settle_the_account() -> None:
    """A child computes and ends; the parent looks at its children's account."""
    child = os.fork()
    if child == 0:  # in the child
        compute()
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    dead = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    os.waitpid(child, 0)
    collected = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    print(f"dead: {dead:.2f} s, collected: {collected:.2f} s")


def ask_wait4() -> None:
    """The grandchild computes; the child only waits."""
    child = os.fork()
    if child == 0:  # in the child
        grandchild = os.fork()
        if grandchild == 0:  # in the grandchild
            compute()
            os._exit(0)
        os.waitid(os.P_PID, grandchild, os.WEXITED)
        os._exit(0)
    _, _, account = os.wait4(child, 0)
    print("0.05 s or more" if seconds(account) >= 0.05 else "less")


# --- 4. A handler --------------------------------------------------------------------------------
def interrupted() -> None:
    """Waitpid of the C library; a signal comes while it sleeps."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    found = libc.waitpid(child, None, 0)
    print("the child" if found == child else "EINTR")


# --- Other ways, and worlds in which it is not so ------------------------------------------------
LOOK_AGAIN = "status = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT).si_status << 8"
taken_at_once = replace("os.WEXITED | os.WNOWAIT", "os.WEXITED")

GRANDCHILD = "os.waitid(os.P_PID, grandchild, os.WEXITED)"
the_accounts = Compare(
    Run(ask_wait4, id="wait4"),
    id="accounts",
    title="the child",
    variants={
        "collects the grandchild": Edit(),
        "looks at it, and takes nothing": replace(GRANDCHILD, GRANDCHILD[:-1] + " | os.WNOWAIT)"),
        "does not wait at all": replace(GRANDCHILD, "pass"),
    },
    columns={"wait4 tells the parent": output},
    claims=[
        Claim(
            "A grandchild that was collected is in the child's account.",
            of("collects the grandchild", output == "0.05 s or more\n"),
            facts=("wait4-rusage",),
        ),
        Claim(
            "One that was not is in nobody's.",
            of("looks at it, and takes nothing", output == "less\n"),
            facts=("wait4-rusage",),
        ),
    ],
)

PLAIN = "C's waitpid"
the_interruptions = Compare(
    Run(interrupted, id="interrupted", at_rest=[Kill(parent, "SIGUSR1"), Kill(child)]),
    id="eintr",
    title="you send SIGUSR1, then end the child",
    variants={
        PLAIN: Edit(),
        "C's waitpid, SA_RESTART": insert(
            "signal.siginterrupt(signal.SIGUSR1, False)", above="child = os.fork()"
        ),
        "Python's os.waitpid": replace("libc.waitpid(child, None, 0)", "os.waitpid(child, 0)[0]"),
    },
    columns={"it returns with": output, "calls of wait4": count(parent.waits())},
    claims=[
        Claim(
            "A handler that was installed without SA_RESTART ends the wait, and no child has.",
            of(PLAIN, all_of(happens(parent.fails("waitpid", "EINTR")), output == "EINTR\n")),
            facts=("wait-eintr",),
        ),
        Claim(
            "Python calls the handler, and then calls wait4 once more.",
            of("Python's os.waitpid", all_of(count(parent.waits()) == 2, output == "the child\n")),
            facts=("wait-eintr",),
        ),
    ],
)

LESSON = Lesson(
    id="waitid-wait4",
    title="To look, to take, to be interrupted",
    minutes=8,
    chapter="wait",
    requires=["stop-and-continue"],
    remember="WNOWAIT looks and takes nothing. What a child has used counts from the moment when "
    "it is collected.",
    good_for="`time`, make and every batch system tell what a command has used: they ask wait4 for "
    "its account. A death that is only looked at keeps its pid, so nobody else can get it.",
    read_on=("waitid(2)", "wait4(2)", "getrusage(2)", "signal(7)", "PEP 475"),
    steps=[
        Predict(
            "waitid with **WNOWAIT** has returned. What is the child at ①?",
            Choice(
                "gone: it has been waited for",
                at("①", child.is_gone),
                "waitid would collect it without WNOWAIT, as waitpid always does.",
            ),
            Choice(
                "a zombie",
                at("①", child.state == "Z"),
                "WNOWAIT has shown the status and left it: the next call can have it.",
            ),
            Choice(
                "alive: nobody has waited for its end",
                at("①", none_of(child.state == "Z"), child.exists),
                "WNOWAIT sounds like it, but WNOHANG is what does not wait for the end.",
            ),
        ),
        Run(
            look_first,
            id="look",
            claims=[
                Claim(
                    "The first call tells of the end and leaves a zombie.",
                    at("①", child.state == "Z"),
                    wrong=taken_at_once,
                    facts=("waitid-nowait",),
                ),
                Claim(
                    "The second call gets the same news, 3, and takes it: the child is gone.",
                    all_of(parent.prints("3"), at("②", child.is_gone)),
                    wrong=replace("_, status = os.waitpid(child, 0)", LOOK_AGAIN),
                    facts=("waitid-nowait",),
                ),
            ],
        ),
        Ask(
            "Five functions wait here. How many of the calls are the **same** system call, wait4?",
            answer=count(parent.begins("wait4")),
            because="wait, waitpid and wait3 are ways to call wait4; waitid is a system call of "
            "its own. Some books know of wait4 only.",
            near={
                5: "waitid has answers that wait4 has no place for: it is a call of its own.",
                1: "The kernel has no wait, waitpid or wait3 of its own here.",
            },
        ),
        Run(
            five_functions,
            id="five",
            claims=[
                Claim(
                    "Four of the functions call wait4, and one calls waitid.",
                    all_of(count(parent.begins("wait4")) == 4, count(parent.begins("waitid")) == 1),
                    wrong=replace("os.waitid(os.P_ALL, 0, os.WEXITED)", "os.wait()  # the fifth"),
                    facts=("wait-syscalls",),
                ),
            ],
        ),
        Say(
            "Each process has an account: processor time, faults, memory. It has a second one for "
            "its children. `compute` uses 0.05 s; `seconds` adds up what an account says."
        ),
        Predict(
            "The child has used 0.05 s, and is a zombie. What does the **children's** account say?",
            Choice(
                "0.05 s",
                parent.value("dead") >= 0.05,
                "They have, and it will be said – once somebody has collected the child.",
            ),
            Choice(
                "0 s, and 0.05 s once it is collected",
                all_of(parent.value("dead") == 0.0, parent.value("collected") >= 0.05),
                "Until then its account is in the zombie, with its status.",
            ),
            Choice(
                "0 s, also when it is collected",
                parent.value("collected") == 0.0,
                "That would be so if the parent ignored SIGCHLD: nobody collects, nobody is told.",
            ),
        ),
        Run(
            settle_the_account,
            id="account",
            shows="output",
            claims=[
                Claim(
                    "Death adds nothing to the account; collecting adds it all.",
                    all_of(parent.value("dead") == 0.0, parent.value("collected") >= 0.05),
                    wrong=taken_at_once + replace("os.waitpid(child, 0)", "pass"),
                    facts=("wait4-rusage",),
                ),
            ],
        ),
        Say(
            "Many books call wait3 and wait4 out of date. They are not in POSIX, but wait4 alone "
            "gives the account of *one* child. Here it is a **grandchild** that computes."
        ),
        the_accounts,
        Predict(
            "This is **C's** waitpid. You send the parent SIGUSR1, which has a handler; the child "
            "sleeps. What does waitpid do?",
            Choice(
                "it sleeps on",
                of(PLAIN, output == "the child\n"),
                "With SA_RESTART it would, and in Python, which calls it again (PEP 475).",
            ),
            Choice(
                "it fails with EINTR",
                of(PLAIN, output == "EINTR\n"),
                "The handler must run, and for that the call must end. Nothing begins it again.",
            ),
        ),
        the_interruptions,
        NotShown(
            "gdb-follow",
            "A process has one tracer, and here it is this lesson: a debugger could not attach. "
            "gdb follows the *parent* after a fork; `set follow-fork-mode child` follows the "
            "child, `set detach-on-fork off` keeps both, `catch fork` stops there. See “Debugging "
            "Forks” in gdb's manual.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
