"""What wait does in each of four situations.

A child is alive: wait sleeps until the child ends.  Several children are alive: each wait collects
one child, the first that ends.  No child exists: wait fails at once, and so a loop ends.  A child
has ended already: wait returns at once, because the kernel has kept the wait status.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Run,
    Try,
    all_of,
    anyone,
    at,
    before,
    count,
    happens,
    insert,
    of,
    output,
    processes,
    replace,
)

parent, child, first, second = processes("parent", "child", "first", "second")


# --- 1. A living child ---------------------------------------------------------------------------
def one_that_lives() -> None:
    """The child sleeps, and you decide what happens to the child."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    os.wait()


# --- 2. Two children -----------------------------------------------------------------------------
def two_that_live() -> None:
    """Two children, and two calls of wait."""
    first = os.fork()
    if first == 0:  # in the first child
        signal.pause()
    second = os.fork()
    if second == 0:  # in the second child
        signal.pause()
    os.wait()  # the first wait
    os.wait()  # ① one is collected


# --- 3. No child left ----------------------------------------------------------------------------
def until_none_is_left() -> None:
    """Three children, and a loop that does not count the children."""
    for code in (1, 2, 3):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(code)
    while True:
        try:
            os.wait()
        except ChildProcessError:  # ECHILD
            break


# --- 4. A child that is dead ----------------------------------------------------------------------
def one_that_is_dead() -> None:
    """The child ends before the parent calls wait."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(5)
    os.wait()  # ① the child has ended


# --- 5. Which child? -----------------------------------------------------------------------------
def a_certain_one() -> None:
    """The second child is in a process group of its own."""
    first = os.fork()
    if first == 0:  # in the first child
        os._exit(0)
    second = os.fork()
    if second == 0:  # in the second child
        os.setpgid(0, 0)
        os._exit(0)
    try:
        found, _ = os.waitpid(second, os.WNOHANG)  # ① both have ended
        print({first: "first", second: "second"}.get(found, "0"), end="")
    except ChildProcessError:
        print("ECHILD", end="")


# --- Worlds in which it is not so ----------------------------------------------------------------
stops_count = replace("os.wait()", "os.waitpid(child, os.WUNTRACED)")
not_kept = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")

until_the_end = Run(
    one_that_lives,
    id="lives",
    at_rest=[Kill(child, "SIGSTOP"), Kill(child, "SIGCONT"), Kill(child, "SIGTERM")],
    claims=[
        Claim(
            "The parent sleeps in `wait`. The parent uses no processor time until the kernel wakes "
            "it.",
            at("rest", parent.state == "S", parent.asleep_in == "wait4"),
            wrong=replace("os.wait()", "signal.pause()"),
            facts=("wait-scenario-1-block",),
        ),
        Claim(
            "A stopped child has not ended, and nor has a continued one: the parent still sleeps.",
            all_of(
                at("rest 2", child.state == "T", parent.asleep_in == "wait4"),
                at("rest 3", child.state == "S", parent.asleep_in == "wait4"),
            ),
            wrong=stops_count,
            facts=("wait-scenario-1-block",),
        ),
    ],
)

LIVES = "waitpid(second, …), but second lives"
WHOM = "os.waitpid(second, os.WNOHANG)"
whom = Compare(
    Run(a_certain_one, id="certain", leaves=[first, second]),
    id="whom",
    title="with WNOHANG, both have ended",
    variants={
        "waitpid(second, …): this child": Edit(),
        "waitpid(-1, …): any child": replace(WHOM, "os.waitpid(-1, os.WNOHANG)"),
        "waitpid(0, …): of my own group": replace(WHOM, "os.waitpid(0, os.WNOHANG)"),
        "waitpid(-second, …): of that group": replace(WHOM, "os.waitpid(-second, os.WNOHANG)"),
        "waitpid(getppid(), …): no child": replace(WHOM, "os.waitpid(os.getppid(), os.WNOHANG)"),
        LIVES: replace("os.setpgid(0, 0)", "signal.pause()"),
    },
    columns={"what it returns": output},
    claims=[
        Claim(
            "With `WNOHANG` waitpid never sleeps. It returns 0 for a living child.",
            of(LIVES, happens(parent.wait_finds_nobody)),
            facts=("waitpid-selectors",),
        ),
        Claim(
            "0 means “a child in my own *process group*”. The second child has left this group.",
            of("waitpid(0, …): of my own group", happens(parent.collects(first))),
            facts=("waitpid-selectors",),
        ),
        Claim(
            "A process can wait only for its own children. Any other pid gives ECHILD, even if the "
            "process exists.",
            of("waitpid(getppid(), …): no child", happens(parent.fails("waitpid", "ECHILD"))),
            facts=("waitpid-selectors", "wait-scenario-3-none"),
        ),
    ],
)

LESSON = Lesson(
    id="wait-scenarios",
    title="What wait does in four situations",
    minutes=9,
    chapter="wait",
    requires=["rule-7-wait-for-every-child"],
    exercise="two-children",
    remember="wait sleeps while all children are alive, returns at once if a child has ended, and "
    "fails with ECHILD if there is no child.",
    good_for="A build tool starts one compiler on each processor and then calls wait. The compiler "
    "that ends first makes room for the next one.",
    read_on=(
        "wait(2)",
        "POSIX.1-2024 wait()",
        "Kerrisk, The Linux Programming Interface, chapter 26",
    ),
    steps=[
        Predict(
            "You stop this child, you continue the child, and you end the child. **When does wait "
            "return?**",
            Choice(
                "when the child stops",
                happens(parent.wait_returns(child, "stopped")),
                "`waitpid` with `WUNTRACED` returns then. Plain `wait` reports ends alone, "
                "although texts for beginners sometimes say that a stop ends the wait.",
            ),
            Choice(
                "when the child continues",
                happens(parent.wait_returns(child, "continued")),
                "`waitpid` with `WCONTINUED` returns then. Plain `wait` reports ends alone.",
            ),
            Choice(
                "when the child has ended",
                happens(parent.wait_returns(child, "killed")),
                "`wait` collects a dead child. A *stopped* child is alive and keeps its memory and "
                "its descriptors.",
            ),
            hint="`wait` has no flags. Which single kind of news is left for it to report?",
        ),
        until_the_end,
        Predict(
            "Two children sleep. You end **second**, and later first. What does the first wait do?",
            Choice(
                "it sleeps until first ends",
                before(parent.collects(first), parent.collects(second)),
                "You expect the order of birth. `waitpid(first, 0)` waits for this child; `wait` "
                "has no argument, so any child will do.",
            ),
            Choice(
                "it collects second",
                all_of(at("①", first.state == "S"), before(second.ends, parent.collects(second))),
                "`wait` returns as soon as any child has ended. If several children have ended, "
                "POSIX does not specify which one comes first.",
            ),
            Choice(
                "it collects both children",
                at("①", first.is_gone, second.is_gone),
                "You expect that one `wait` is enough for all children. But `wait` returns one pid "
                "and one *wait status*, so another child needs another `wait`.",
            ),
            hint="`wait` takes no pid as an argument and returns one pid.",
        ),
        Run(
            two_that_live,
            id="two",
            at_rest=[Kill(second), Kill(first)],
            claims=[
                Claim(
                    "At ① the parent has collected second, which ended first. The child first is "
                    "alive.",
                    at("①", second.is_gone, first.state == "S"),
                    wrong=replace("os.wait()  # the first", "os.waitpid(first, 0)  # the first"),
                    facts=("wait-scenario-2-many",),
                )
            ],
        ),
        Ask(
            "Three children. How many times does the parent **call** wait?",
            answer=count(parent.waits()),
            because="Three calls collect one child each. The fourth call finds no child and fails "
            "at once with *ECHILD*, which ends the loop.",
            near={
                3: "After three calls no child is left. But the loop learns this only from one "
                "more call."
            },
            hint="What does the loop need in order to end?",
        ),
        Run(
            until_none_is_left,
            id="none",
            claims=[
                Claim(
                    "Three calls collect one child each. The last call fails at once with ECHILD.",
                    all_of(count(parent.collects()) == 3, happens(parent.fails("wait", "ECHILD"))),
                    wrong=replace("while True:", "for _ in range(3):"),
                    facts=("wait-scenario-2-many", "wait-scenario-3-none"),
                )
            ],
        ),
        Predict(
            "At ① the child has **already** ended. What does wait do?",
            Choice(
                "it sleeps: it came too late",
                at("rest", parent.asleep_in == "wait4"),
                "You expect that a parent can miss the end of a child. But the kernel keeps the "
                "*wait status* in a *zombie* until the parent asks.",
            ),
            Choice(
                "it fails: the child is gone",
                happens(parent.fails("wait", "ECHILD")),
                "With SIGCHLD ignored the kernel would keep nothing, and `wait` would fail. Here "
                "SIGCHLD is at its default.",
            ),
            Choice(
                "it returns at once, with status 5",
                happens(parent.wait_returns(child, 0x0500)),
                "The child is a *zombie*: the kernel keeps its *wait status* until the parent "
                "calls `wait`.",
            ),
            hint="A child that has ended and is not collected is a zombie. What does a zombie "
            "keep?",
        ),
        Run(
            one_that_is_dead,
            id="dead",
            claims=[
                Claim(
                    "The parent does not miss the end of a quick child: wait returns the status "
                    "that the zombie has kept.",
                    all_of(at("①", child.state == "Z"), happens(parent.wait_returns(child, 0x500))),
                    wrong=not_kept,
                    facts=("wait-scenario-4-zombie",),
                )
            ],
        ),
        Predict(
            "In this program both children end. Suppose that second is **alive** instead. What "
            "does `waitpid(second, WNOHANG)` do?",
            Choice(
                "it sleeps until second ends",
                of(LIVES, at("rest", parent.asleep_in == "wait4")),
                "Without `WNOHANG` it would sleep. A common statement is that `WNOHANG` blocks for "
                "living children; in fact it never blocks.",
            ),
            Choice(
                "it fails with ECHILD at once",
                of(LIVES, happens(parent.fails("waitpid", "ECHILD"))),
                "ECHILD means “there is no such child”. The child second exists; there is only no "
                "news of it.",
            ),
            Choice(
                "it returns 0 at once",
                of(LIVES, happens(parent.wait_finds_nobody)),
                "No child has the pid 0, so 0 can mean: the child exists, and there is no news.",
            ),
            hint="`WNOHANG` means “return immediately”. See wait(2), RETURN VALUE.",
        ),
        whom,
        Try(
            "Two programs run in the background. `echo $?` prints 4, the exit status of the "
            "second program. Make it print 3, the exit status of the **first**:\n\n"
            "    sh -c 'exit 3' & sh -c 'exit 4' & wait $!; echo $?",
            expect=all_of(output == "3\n", happens(anyone.exits(3)), happens(anyone.exits(4))),
            hint="`$!` is the pid of the last one. The builtin wait takes a job, too: %2 is the "
            "second job.",
            solution="sh -c 'exit 3' & sh -c 'exit 4' & wait %1; echo $?",
            wrong=[
                "sh -c 'exit 3' & sh -c 'exit 4' & wait; echo $?",
                "sh -c 'exit 3' & sh -c 'exit 4' & wait $!; echo $?",
                "echo 3",
            ],
            praise="`wait %1` calls waitpid with the pid of the first job. It does not matter "
            "which program ends first.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
