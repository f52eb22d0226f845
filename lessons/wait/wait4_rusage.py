"""wait4: what a child has used, and when the parent learns it.

The kernel keeps an account for each process: processor time, page faults, memory.  When a parent
collects a child, the kernel adds the child's account to the parent's second account, that of its
children.  wait4 returns the account of one child.  wait, waitpid and wait3 call wait4, too.
"""

from __future__ import annotations

import ctypes
import os
import resource
import time

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
    count,
    happens,
    of,
    output,
    processes,
    replace,
)

parent, child, grandchild = processes("parent", "child", "grandchild")


# --- 1. Five functions ---------------------------------------------------------------------------
def five_functions() -> None:
    """Five children, and five functions that wait."""
    for _ in range(5):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(0)
    os.wait()
    os.waitpid(-1, 0)
    os.wait3(0)
    os.wait4(-1, 0)
    os.waitid(os.P_ALL, 0, os.WEXITED)


# --- 2. What a child has used --------------------------------------------------------------------
def compute(enough: float = 0.05) -> None:
    """Use so much processor time, in seconds."""
    while time.process_time() < enough:
        pass


def seconds(account: resource.struct_rusage) -> float:
    """Return the processor time in an account."""
    return account.ru_utime + account.ru_stime


def settle_the_account() -> None:
    """A child computes and ends; the parent reads the account of its children twice."""
    child = os.fork()
    if child == 0:  # in the child
        compute()
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    dead = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    os.waitpid(child, 0)  # ① the child is dead
    collected = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    print(f"dead: {dead:.2f} s, collected: {collected:.2f} s")


# --- 3. The account of one child -----------------------------------------------------------------
def ask_wait4() -> None:
    """The grandchild computes; the child only waits."""
    much = max(0.05, 20 * time.process_time())  # more on a slow machine
    child = os.fork()
    if child == 0:  # in the child
        grandchild = os.fork()
        if grandchild == 0:  # in the grandchild
            compute(much)
            os._exit(0)
        os.waitid(os.P_PID, grandchild, os.WEXITED)
        os._exit(0)
    _, _, account = os.wait4(child, 0)
    print("much" if seconds(account) >= much else "little")


# --- 4. The account of an orphan -----------------------------------------------------------------
def adopt_orphans() -> None:
    """Become a subreaper: prctl(PR_SET_CHILD_SUBREAPER, 1), which Python has no function for."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)


def adopt_the_account() -> None:
    """The child does not wait for the grandchild; the parent adopts and collects it."""
    adopt_orphans()
    much = max(0.05, 20 * time.process_time())  # more on a slow machine
    child = os.fork()
    if child == 0:  # in the child
        grandchild = os.fork()
        if grandchild == 0:  # in the grandchild
            compute(much)
        os._exit(0)
    os.waitpid(child, 0)
    before = seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
    os.wait()
    adopted = seconds(resource.getrusage(resource.RUSAGE_CHILDREN)) - before
    print(f"adopted: {adopted:.2f} s")


# --- Other ways, and worlds in which it is not so ------------------------------------------------
not_collected = replace("os.WEXITED | os.WNOWAIT", "os.WEXITED") + replace(
    "os.waitpid(child, 0)", "pass"
)
was_adopted = parent.value("adopted") >= parent.value("much")
GRANDCHILD = "os.waitid(os.P_PID, grandchild, os.WEXITED)"
LOOKS = "looks at it with WNOWAIT"
the_accounts = Compare(
    Run(ask_wait4, id="wait4"),
    id="accounts",
    title="the child",
    variants={
        "collects the grandchild": Edit(),
        LOOKS: replace(GRANDCHILD, GRANDCHILD[:-1] + " | os.WNOWAIT)"),
        "does not wait at all": replace(GRANDCHILD, "pass"),
    },
    columns={"wait4 returns to the parent": output},
    claims=[
        Claim(
            "The account of a collected grandchild is in the account of the child.",
            of("collects the grandchild", output == "much\n"),
            facts=("wait4-rusage",),
        ),
        Claim(
            "The account of a grandchild that the child has not collected is not in it.",
            of(LOOKS, output == "little\n"),
            facts=("wait4-rusage",),
        ),
    ],
)

LESSON = Lesson(
    id="wait4-rusage",
    title="What a child has used, and when the parent learns it",
    minutes=7,
    chapter="wait",
    requires=["waitid"],
    remember="The kernel adds a child's account to its parent's when the parent collects the "
    "child, not when the child ends.",
    good_for="`/usr/bin/time` reports the processor time of one command in this way. A server that "
    "never collects its children never sees what they have used.",
    read_on=("wait4(2)", "getrusage(2)", "time(1)", "POSIX.1-2024 getrusage()"),
    steps=[
        Ask(
            "Five functions wait here. How many of these calls are the *system call* **wait4**?",
            answer=count(parent.begins("wait4")),
            because="`wait`, `waitpid`, `wait3` and `wait4` all make the system call wait4. "
            "`waitid` is a system call of its own.",
            near={
                5: "`waitid` has answers that wait4 has no room for, so it is a system call of its "
                "own.",
                1: "You expect one system call for each function. On x86-64 the C library makes "
                "`wait`, `waitpid` and `wait3` out of wait4.",
            },
            hint="A function with fewer arguments can call one with more arguments. Which function "
            "returns something else than a pid and a wait status?",
        ),
        Run(
            five_functions,
            id="five",
            claims=[
                Claim(
                    "Four of the functions make the system call wait4, and one makes waitid.",
                    all_of(count(parent.begins("wait4")) == 4, count(parent.begins("waitid")) == 1),
                    wrong=replace("os.waitid(os.P_ALL, 0, os.WEXITED)", "os.wait()  # the fifth"),
                    facts=("wait-syscalls",),
                )
            ],
        ),
        Say(
            "The kernel keeps an *account* for each process: *user time*, *system time*, *page "
            "faults*, memory. Each process has a second account, for its children. `compute` uses "
            "0.05 s; `seconds` adds the two times of an account.",
            code=settle_the_account,
        ),
        Predict(
            "The child has used 0.05 s and is a *zombie*. What does the account of the "
            "**children** say?",
            Choice(
                "0.05 s, because the child has ended",
                parent.value("dead") >= 0.05,
                "You expect the sum at the end of the child. But until the parent collects the "
                "child, the kernel keeps the account with the zombie.",
            ),
            Choice(
                "0 s now, 0.05 s after waitpid",
                all_of(parent.value("dead") == 0.0, parent.value("collected") >= 0.05),
                "The kernel keeps the account with the zombie. It adds the account when the parent "
                "*collects* the child.",
            ),
            Choice(
                "0 s now, 0 s after waitpid",
                parent.value("collected") == 0.0,
                "If the parent ignored SIGCHLD, you would be right: then no process collects the "
                "child, and the account is lost.",
            ),
            hint="RUSAGE_CHILDREN counts children that have ended **and** something more. See "
            "getrusage(2).",
        ),
        Run(
            settle_the_account,
            id="account",
            shows="output",
            claims=[
                Claim(
                    "The end of the child adds nothing to the account. Collecting the child adds "
                    "everything.",
                    all_of(
                        at("①", child.state == "Z"),
                        parent.value("dead") == 0.0,
                        parent.value("collected") >= 0.05,
                    ),
                    wrong=not_collected,
                    facts=("wait4-rusage",),
                )
            ],
        ),
        Predict(
            "Here a **grandchild** computes, much more than the child does, and the child "
            "collects it. What does wait4 report of the child?",
            Choice(
                "little: the child has not computed",
                of("collects the grandchild", output == "little\n"),
                "You count the child's own time alone. wait4 reports the child's account and that "
                "of the children it has collected.",
            ),
            Choice(
                "much: the grandchild's time as well",
                of("collects the grandchild", output == "much\n"),
                "The child has collected the grandchild, so the grandchild's account was added to "
                "the child's.",
            ),
            Choice(
                "much, if the child collects it or not",
                of(LOOKS, output == "much\n"),
                "You expect that a family shares an account. The kernel adds an account only when "
                "a parent *collects*.",
            ),
            hint="The child collects the grandchild in {line:os.waitid}. What happens to an "
            "account then?",
        ),
        the_accounts,
        Predict(
            "The child ends and does not wait; the parent is a *subreaper* and **adopts** the "
            "grandchild. Who gets the grandchild's account?",
            Choice(
                "no process: it is lost",
                parent.value("adopted") < parent.value("much"),
                "With SIGCHLD ignored it is lost. Here the adopter collects the grandchild, and "
                "collecting adds the account.",
            ),
            Choice(
                "the parent, when it collects the orphan",
                all_of(was_adopted, happens(parent.collects(grandchild))),
                "The kernel adds the account to the process that collects. This is the adopter "
                "here.",
            ),
            Choice(
                "the parent, when it collects the child",
                parent.value("before") >= parent.value("much"),
                "You expect that the child's account contains the grandchild's. But the child has "
                "not collected the grandchild.",
            ),
            hint="Which process calls wait for the grandchild in the end?",
        ),
        Run(
            adopt_the_account,
            id="adopted",
            shows="output",
            claims=[
                Claim(
                    "The adopter gets the account when it collects the orphan.",
                    all_of(was_adopted, happens(parent.collects(grandchild))),
                    wrong=replace("os.wait()", "os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)"),
                    facts=("wait4-rusage",),
                )
            ],
        ),
        Say(
            "`wait3` and `wait4` are not in POSIX; they come from BSD. But only these two "
            "functions of the C library return the account of **one** child, and wait4 can choose "
            "the child. The `time` of bash does not need them: it compares getrusage before and "
            "after."
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
