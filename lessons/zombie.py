"""A zombie is a pid and a status, kept until somebody asks for them.

When a process ends, the kernel takes back its memory and closes its descriptors at once.  A row
stays in the table of processes: the number, and how it ended.  Nothing is left in it that a signal
could kill.  It goes when the parent collects it; or, if that has ended, when the adopter does.
"""

from __future__ import annotations

import ctypes
import os
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    anyone,
    anyone_but,
    at,
    count,
    delete,
    happens,
    how_many,
    insert,
    none_of,
    output,
    processes,
    replace,
    told_at,
)

parent, child, adopter, shell = processes("parent", "child", "adopter", "shell")


# --- 1. What is left -----------------------------------------------------------------------------
def end_uncollected() -> None:
    """A child with a file and a full buffer ends, and the parent is slow to ask."""
    os.open("log", os.O_CREAT | os.O_WRONLY, 0o600)
    child = os.fork()
    if child == 0:  # in the child
        print("goodbye")  # into a buffer
        os._exit(42)  # ① the child is alive
    os.waitpid(child, 0)  # ② the child has ended


# --- 2. A signal ---------------------------------------------------------------------------------
def kill_the_dead() -> None:
    """The parent kills a zombie, and then collects it."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(42)
    os.kill(child, signal.SIGKILL)  # ① the child is a zombie
    _, status = os.waitpid(child, 0)  # ② it has been killed
    print("code", os.waitstatus_to_exitcode(status), flush=True)


# --- 3. A parent that never asks -----------------------------------------------------------------
def adopt_orphans() -> None:
    """Become a subreaper: prctl(PR_SET_CHILD_SUBREAPER, 1), which Python has no function for."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)


def end_the_parent() -> None:
    """A parent ends without having waited; its own parent adopts what it leaves."""
    adopt_orphans()
    parent = os.fork()
    if parent == 0:  # in the parent
        child = os.fork()
        if child == 0:  # in the child
            os._exit(42)
        os._exit(0)  # ① the child is a zombie
    os.waitpid(parent, 0)
    os.wait()  # ② the parent is gone


# --- 4. A limit ----------------------------------------------------------------------------------
def fill_the_table() -> None:
    """Fork, never wait: until fork fails."""
    try:
        while True:
            child = os.fork()
            if child == 0:  # in the child
                os._exit(0)  # its work is done
    except BlockingIOError:
        os.wait()  # ① fork has failed
    if os.fork() == 0:  # in one more child
        os._exit(0)
    os.write(1, b"one more\n")


# --- Worlds in which it is not so ----------------------------------------------------------------
child_lives_on = replace("os._exit(42)", "signal.pause()")
nobody_asks = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")
collected_before = insert("os.waitpid(child, 0)", above="os.kill(child, signal.SIGKILL)")
nobody_adopts = delete("adopt_orphans()")
collected_in_time = insert("os.waitpid(child, 0)", above="os._exit(0)")

the_anatomy = Run(
    end_uncollected,
    id="anatomy",
    claims=[
        Claim(
            "The child has ended and is still there: in state Z, a zombie.",
            at("②", child.state == "Z"),
            wrong=[nobody_asks, child_lives_on],
            facts=("zombie-anatomy",),
        ),
        Claim(
            "Its memory is gone: there is no VmRSS in its status any more.",
            all_of(at("①", child.field("VmRSS") > 0), at("②", child.has_no_field("VmRSS"))),
            wrong=child_lives_on,
            facts=("zombie-anatomy",),
        ),
        Claim(
            "Its descriptors are closed: it had the log open, and now it holds nothing.",
            all_of(at("①", child.holds_file("log")), at("②", child.holds_nothing())),
            wrong=child_lives_on,
            facts=("zombie-anatomy",),
        ),
        Claim(
            "Its status is kept: the parent, asking late, gets 42.",
            happens(parent.wait_returns(child, 42 << 8)),
            wrong=nobody_asks,
        ),
        Claim(
            "The kernel closed the child's files and wrote nothing out: what was in its buffer "
            "is lost.",
            output == "",
            wrong=replace('print("goodbye")', 'print("goodbye", flush=True)'),
            facts=("zombie-anatomy",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="zombie",
    title="A zombie: a number and a status",
    minutes=8,
    chapter="orphans and zombies",
    requires=["orphan"],
    remember="A zombie holds its pid and its status, nothing else. It goes when it is collected: "
    "by its parent, or by whoever adopts it.",
    good_for="A container whose first program never waits fills up with zombies until nothing can "
    "be started there. Look for their parent: the fault is always the parent's.",
    read_on=("wait(2), NOTES", "proc_pid_status(5)", "PR_SET_CHILD_SUBREAPER(2const)", "ps(1)"),
    steps=[
        Say(
            "A child may end before its parent asks how it went. Something must keep the answer. "
            "We look twice: at ① the child is alive, at ② it has ended and is not yet *collected*."
        ),
        Predict(
            "What is left of the child at ②?",
            Choice(
                "nothing: it has ended",
                at("②", child.is_gone),
                "It would be so if the parent ignored SIGCHLD, which says: I shall not ask.",
            ),
            Choice(
                "all of it, until the parent collects it",
                at("②", all_of(child.holds_file("log"), child.field("VmRSS") > 0)),
                "That is so for a process that is stopped. One that has ended gives back memory "
                "and files in the same moment.",
            ),
            Choice(
                "a pid and a status",
                at("②", all_of(child.state == "Z", child.holds_nothing())),
                "Number and status are all that a parent can ask for, so all else is given back.",
            ),
        ),
        the_anatomy,
        Say(
            "Many books say that the kernel *flushes* the files of the dead. It closes them. "
            "“goodbye” was in a buffer in the child's own memory, and went with it: `os._exit` "
            "and SIGKILL write nothing out, `exit` does."
        ),
        Predict(
            "`kill -9` for the zombie, then waitpid. What does the parent print?",
            Choice(
                "code -9",
                parent.prints("code -9"),
                "That is printed if the child is alive when the signal comes. A dead one has "
                "nothing left that a signal could act on; its status was final.",
            ),
            Choice(
                "code 42",
                parent.prints("code 42"),
                "kill finds the number and succeeds. But nobody is there to receive the signal, "
                "and the status stays what it was.",
            ),
            Choice(
                "nothing: kill fails, there is no such process",
                happens(parent.fails("kill", "ESRCH")),
                "ESRCH comes as soon as it is collected. Until then the number is taken, and kill "
                "asks for no more.",
            ),
        ),
        Run(
            kill_the_dead,
            id="killed",
            claims=[
                Claim(
                    "kill succeeds, and it changes nothing: a zombie before, a zombie after.",
                    all_of(
                        happens(parent.succeeds("kill")),
                        at("①", child.state == "Z"),
                        at("②", child.state == "Z"),
                    ),
                    wrong=[child_lives_on, collected_before],
                ),
                Claim(
                    "The parent collects the child's own 42.",
                    happens(parent.wait_returns(child, 42 << 8)),
                    wrong=child_lives_on,
                    facts=("zombie-anatomy",),
                ),
            ],
        ),
        Predict(
            "Here the **parent** ends and has not waited. What becomes of its zombie?",
            Choice(
                "it stays for ever: nobody can collect it",
                none_of(happens(anyone.collects(child)), happens(child.is_collected)),
                "It would stay if nobody adopted it, or if its adopter never waited. A process "
                "without a parent does not exist.",
            ),
            Choice(
                "it goes at the moment its parent ends",
                at("②", child.is_gone),
                "It looks like that when the adopter is init, which collects at once. Here the "
                "adopter is held at ②, and you see it still there.",
            ),
            Choice(
                "it gets another parent, who must collect it",
                all_of(at("②", child.parent == adopter), happens(adopter.collects(child))),
                "All children of the dead are adopted, zombies too; {line:os.wait()} collects it.",
            ),
        ),
        Run(
            end_the_parent,
            id="adopted",
            main="adopter",
            claims=[
                Claim(
                    "Its parent's end makes it no less a zombie; it is another's now.",
                    all_of(
                        at("①", all_of(child.state == "Z", child.parent == parent)),
                        at("②", all_of(child.state == "Z", child.parent == adopter)),
                    ),
                    wrong=[nobody_adopts, collected_in_time],
                    facts=("kill-the-parent",),
                ),
                Claim(
                    "Who adopted it collects it, with the status that it had from the beginning.",
                    happens(adopter.wait_returns(child, 42 << 8)),
                    wrong=nobody_adopts,
                ),
            ],
        ),
        Ask(
            "At most **6** processes may be there. How many of them are **alive** when fork fails?",
            answer=told_at("①", how_many(anyone, lambda one: one.state != "Z")),
            because="A limit counts rows of the table. Five of the six are zombies: no memory, "
            "no time on a processor, but a row each.",
            near={
                6: "Six are *there*. Five of them have ended long ago; nobody has collected "
                "them, so they count.",
                5: "That is how many zombies there are.",
            },
        ),
        Run(
            fill_the_table,
            id="limit",
            guard=6,
            needs=("guard",),
            claims=[
                Claim(
                    "fork failed with EAGAIN, five zombies being there.",
                    all_of(
                        happens(parent.fails("fork", "EAGAIN")),
                        at("①", how_many(anyone, lambda one: one.state == "Z") == 5),
                    ),
                    wrong=replace("os._exit(0)  # its", "signal.pause()  # its"),
                    facts=("zombie-limit",),
                ),
                Claim(
                    "One collected, and fork succeeds once more.",
                    all_of(count(parent.collects()) == 1, parent.prints("one more")),
                    wrong=delete("os.wait()"),
                    facts=("zombie-limit",),
                ),
            ],
        ),
        Try(
            "Make a zombie that stays, and have your prompt back: its parent must have become "
            "another program, one that knows nothing of it. `exec` is the word.",
            expect=how_many(
                anyone_but(shell),
                lambda one: all_of(one.state == "Z", one.parent != shell),
            )
            >= 1,
            hint="sh -c '… & exec sleep 1000' &",
            solution="sh -c 'true & exec sleep 1000' &",
            wrong=["true & sleep 1000 &", "sh -c 'true & wait; exec sleep 1000' &"],
            praise="exec keeps the pid: sleep is the parent, and never waits. `ps` says <defunct>.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
