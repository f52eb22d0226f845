"""What wait does, in the four cases that there are.

A child that lives: wait sleeps until it ends.  Several: each wait collects one, whichever ends
first.  None: wait fails at once, and that is how a loop knows that it is done.  One that has
ended already: wait returns at once with its status, for the kernel has kept it.
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
    Resume,
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


# --- 1. A child that lives -----------------------------------------------------------------------
def one_that_lives() -> None:
    """The child sleeps; what happens to it is up to you."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    os.wait()


# --- 2. Two of them ------------------------------------------------------------------------------
def two_that_live() -> None:
    """Two children, a wait for each."""
    first = os.fork()
    if first == 0:  # in the first child
        signal.pause()
    second = os.fork()
    if second == 0:  # in the second child
        signal.pause()
    os.wait()  # for whom?
    os.wait()  # ① one is collected


# --- 3. None is left -----------------------------------------------------------------------------
def until_none_is_left() -> None:
    """Three children, and a loop that does not count them."""
    for code in (1, 2, 3):
        child = os.fork()
        if child == 0:  # in a child
            os._exit(code)
    while True:
        try:
            os.wait()
        except ChildProcessError:  # ECHILD
            break


# --- 4. One that has ended -----------------------------------------------------------------------
def one_that_is_dead() -> None:
    """The child is quicker than the parent's wait."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(5)
    os.wait()  # ① the child has ended


# --- 5. Whom? ------------------------------------------------------------------------------------
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
        print({first: "first", second: "second"}.get(found, "nobody"), end="")
    except ChildProcessError:
        print("ECHILD", end="")


# --- Worlds in which it is not so ----------------------------------------------------------------
stops_count = replace("os.wait()", "os.waitpid(child, os.WUNTRACED)")
nobody_asks = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")

until_the_end = Run(
    one_that_lives,
    id="lives",
    at_rest=[Kill(child, "SIGSTOP"), Resume(child), Kill(child, "SIGTERM")],
    claims=[
        Claim(
            "The parent sleeps in wait: it uses no processor time until the kernel wakes it.",
            at("rest", parent.state == "S", parent.asleep_in == "wait4"),
            wrong=replace("os.wait()", "signal.pause()"),
            facts=("wait-scenario-1-block",),
        ),
        Claim(
            "A child that is stopped has not ended: the parent sleeps on.",
            all_of(
                at("rest 2", child.state == "T", parent.asleep_in == "wait4"),
                at("rest 3", child.state == "S", parent.asleep_in == "wait4"),
            ),
            wrong=stops_count,
            facts=("wait-scenario-1-block",),
        ),
    ],
)

LIVES = "waitpid(second, …), and it lives"
WHOM = "os.waitpid(second, os.WNOHANG)"
whom = Compare(
    Run(a_certain_one, id="certain", leaves=[first, second]),
    id="whom",
    title="with WNOHANG; both have ended",
    variants={
        "waitpid(second, …): this one": Edit(),
        "waitpid(-1, …): any": replace(WHOM, "os.waitpid(-1, os.WNOHANG)"),
        "waitpid(0, …): of my own group": replace(WHOM, "os.waitpid(0, os.WNOHANG)"),
        "waitpid(-second, …): of that group": replace(WHOM, "os.waitpid(-second, os.WNOHANG)"),
        "waitpid(getppid(), …): no child": replace(WHOM, "os.waitpid(os.getppid(), os.WNOHANG)"),
        LIVES: replace("os.setpgid(0, 0)", "signal.pause()"),
    },
    columns={"whom it finds": output},
    claims=[
        Claim(
            "WNOHANG never sleeps: a child that lives is 0, and no child at all is ECHILD.",
            of(LIVES, happens(parent.wait_finds_nobody)),
            facts=("waitpid-selectors",),
        ),
        Claim(
            "0 means the caller's own process group: the second child has left it.",
            of("waitpid(0, …): of my own group", happens(parent.collects(first))),
            facts=("waitpid-selectors",),
        ),
        Claim(
            "Only children can be waited for: any other pid is ECHILD, even one that exists.",
            of("waitpid(getppid(), …): no child", happens(parent.fails("waitpid", "ECHILD"))),
            facts=("waitpid-selectors", "wait-scenario-3-none"),
        ),
    ],
)

LESSON = Lesson(
    id="wait-scenarios",
    title="What wait does: four scenarios",
    minutes=9,
    chapter="wait",
    requires=["rule-7-wait-for-every-child"],
    remember="wait sleeps while all children live, returns at once if one has ended, and fails "
    "with ECHILD if there is none.",
    good_for="A build tool starts a compiler on each processor and calls wait once for each of "
    "them: whichever ends first makes room for the next.",
    read_on=("wait(2)", "POSIX.1-2024 wait()", "Kerrisk, The Linux Programming Interface, 26.1"),
    steps=[
        Predict(
            "You stop this child, let it go on, and end it. **When does wait return?**",
            Choice(
                "when it is stopped",
                happens(parent.wait_returns(child, "stopped")),
                "Some books say so. It is so for waitpid with WUNTRACED; wait tells of ends only.",
            ),
            Choice(
                "when it goes on",
                happens(parent.wait_returns(child, "continued")),
                "That would be news for waitpid with WCONTINUED. wait asks for ends only.",
            ),
            Choice(
                "when it has ended",
                happens(parent.wait_returns(child, "killed")),
                "wait collects what a child leaves behind, and a child that is stopped still "
                "needs all that it has.",
            ),
        ),
        until_the_end,
        Predict(
            "Two children sleep. You end the **second**, then the first. What does the first wait "
            "do?",
            Choice(
                "it sleeps until the first child ends",
                before(parent.collects(first), parent.collects(second)),
                "That is waitpid(first, 0). wait has no argument to name anybody: any will do.",
            ),
            Choice(
                "it collects the second child",
                all_of(at("①", first.state == "S"), before(second.ends, parent.collects(second))),
                "It returns as soon as any child has ended. If several have, nothing specifies "
                "which of them comes first.",
            ),
            Choice(
                "it collects both",
                at("①", first.is_gone, second.is_gone),
                "There is room for one pid and one status. Another child needs another wait.",
            ),
        ),
        Run(
            two_that_live,
            id="two",
            at_rest=[Kill(second), Kill(first)],
            claims=[
                Claim(
                    "At ① the second child, which ended first, is collected; the other is there.",
                    at("①", second.is_gone, first.state == "S"),
                    wrong=replace("os.wait()  # for", "os.waitpid(first, 0)  # for"),
                    facts=("wait-scenario-2-many",),
                ),
            ],
        ),
        Ask(
            "Three children. How many times is wait **called**?",
            answer=count(parent.waits()),
            because="Three calls collect a child. The fourth finds none and fails at once with "
            "ECHILD, which ends the loop.",
            near={3: "After three nobody is left; the loop learns that from one call more."},
        ),
        Run(
            until_none_is_left,
            id="none",
            claims=[
                Claim(
                    "Three of the calls collect a child each; the last fails at once, with ECHILD.",
                    all_of(count(parent.collects()) == 3, happens(parent.fails("wait", "ECHILD"))),
                    wrong=replace("while True:", "for _ in range(3):"),
                    facts=("wait-scenario-2-many", "wait-scenario-3-none"),
                ),
            ],
        ),
        Predict(
            "At ① the child has ended **already**. What does wait do?",
            Choice(
                "it sleeps: the end is over",
                at("rest", parent.asleep_in == "wait4"),
                "It would if an end were a signal that somebody must be awake for. It is kept: "
                "that is what a zombie is.",
            ),
            Choice(
                "it fails: there is no such child",
                happens(parent.fails("wait", "ECHILD")),
                "It would if the parent ignored SIGCHLD: then nothing is kept, not even a child.",
            ),
            Choice(
                "it returns at once, with status 5",
                happens(parent.wait_returns(child, 0x0500)),
                "The zombie has kept the status for as long as it took the parent to ask.",
            ),
        ),
        Run(
            one_that_is_dead,
            id="dead",
            claims=[
                Claim(
                    "A quick child is not missed: wait returns with what the zombie has kept, 5.",
                    all_of(at("①", child.state == "Z"), happens(parent.wait_returns(child, 0x500))),
                    wrong=nobody_asks,
                    facts=("wait-scenario-4-zombie",),
                ),
            ],
        ),
        Predict(
            "waitpid(second, WNOHANG), and the second child **lives**. What does it do?",
            Choice(
                "it sleeps: the child lives",
                of(LIVES, at("rest", parent.asleep_in == "wait4")),
                "That is waitpid without WNOHANG. Some books say that WNOHANG blocks for living "
                "children; it never blocks.",
            ),
            Choice(
                "it fails with ECHILD",
                of(LIVES, happens(parent.fails("waitpid", "ECHILD"))),
                "ECHILD would mean that there is no such child. There is one; it has no news.",
            ),
            Choice(
                "it returns 0 at once",
                of(LIVES, happens(parent.wait_finds_nobody)),
                "0 is nobody's pid: the child is there, and has no news.",
            ),
        ),
        whom,
        Try(
            "Two programs run in the background, and `echo $?` prints 4, the second's code. "
            "Make it print the **first** one's code, 3:\n\n"
            "    sh -c 'exit 3' & sh -c 'exit 4' & wait $!; echo $?",
            expect=all_of(output == "3\n", happens(anyone.exits(3)), happens(anyone.exits(4))),
            hint="`$!` is the pid of the last one. The builtin wait takes a job, too: %2 is the "
            "second.",
            solution="sh -c 'exit 3' & sh -c 'exit 4' & wait %1; echo $?",
            wrong=[
                "sh -c 'exit 3' & sh -c 'exit 4' & wait; echo $?",
                "sh -c 'exit 3' & sh -c 'exit 4' & wait $!; echo $?",
                "echo 3",
            ],
            praise="wait %1 is waitpid with a pid: the other child may end when it likes.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
