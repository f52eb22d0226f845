"""A fork bomb, contained.

A program that only forks doubles with each turn: 1, 2, 4, 8 …  Nothing in fork stops it.  What
does is a limit that somebody has set before; behind it fork fails with EAGAIN, for the bomb and for
everybody who counts towards the same limit.  And to be rid of a bomb, one must end all of it at
once.
"""

from __future__ import annotations

import os
import resource  # noqa: F401 - one of the variants below sets a limit
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Kill,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    Type,
    all_of,
    anyone,
    anyone_but,
    at,
    count,
    happens,
    how_many,
    how_many_alive,
    insert,
    never,
    none_of,
    output,
    processes,
    replace,
)

bomb, bomb_1, shell = processes("bomb", "bomb.1", "shell")
living = how_many(anyone, lambda one: one.state == "S")


# --- 1. The bomb --------------------------------------------------------------------------------
def explode() -> None:
    """Fork, and let everybody fork."""
    while True:
        try:
            os.fork()
        except BlockingIOError:  # EAGAIN
            signal.pause()  # a real one would try again


# --- 2. Somebody else ---------------------------------------------------------------------------
def user() -> None:
    """A shell that starts the bomb; later its user wants to see what is going on."""
    bomb = os.fork()
    if bomb == 0:  # in the bomb
        explode()
    signal.sigwait([signal.SIGUSR1])  # you: ls
    try:
        os.fork()
    except BlockingIOError as error:
        print("ls:", error.strerror, flush=True)


# --- 3. A bomb that is after each free place ----------------------------------------------------
def refill() -> None:
    """When fork fails: wait until a child has ended, and try again."""
    while True:
        try:
            os.fork()
        except BlockingIOError:  # EAGAIN
            try:
                os.wait()
            except ChildProcessError:  # no child
                signal.pause()


# --- Worlds in which it is not so ---------------------------------------------------------------
lower_limit = insert("resource.setrlimit(resource.RLIMIT_NPROC, (4, 4))", above="while True:")
same_limit = insert("resource.setrlimit(resource.RLIMIT_NPROC, (8, 8))", above="while True:")
only_the_first_forks = replace("os.fork()", "if os.fork() == 0:\n                signal.pause()")
bomb_ends = replace("        explode()", "        os._exit(0)")
nobody_refills = replace("os.wait()", "signal.pause()")
groups_of_their_own = replace("os.fork()", "os.fork() or os.setpgid(0, 0)")

LESSON = Lesson(
    id="fork-bomb",
    title="A fork bomb, contained",
    minutes=7,
    chapter="fork",
    requires=["how-many"],
    remember="A bomb ends where a limit was set before, and goes only if all of it goes at once.",
    good_for="One wrong line in a script can take a machine from everybody on it. `ulimit -u`, "
    "TasksMax= of systemd and pids.max of a container are one line each.",
    read_on=("fork(2), “EAGAIN”", "getrlimit(2), “RLIMIT_NPROC”", "cgroups(7)", "ulimit(1p)"),
    steps=[
        Say(
            "`:(){ :|:& };:` is the famous one: a function that calls itself twice, behind. This "
            "is the same without riddles. **Here it is contained**: at most 8 processes are "
            "allowed, and it dies with the lesson. Do not type it elsewhere."
        ),
        Predict(
            "8 processes are there. Each of them comes to fork again. **What happens?**",
            Choice(
                "the kernel kills the bomb",
                happens(anyone.is_killed_by("SIGKILL")),
                "It does when memory is short, and then perhaps somebody else. A limit of "
                "processes kills nobody.",
            ),
            Choice(
                "fork sleeps until there is a place",
                at("rest", bomb.asleep_in == "fork"),
                "So a write to a full pipe does, for somebody will read. Nobody knows whether a "
                "place will ever be free.",
            ),
            Choice(
                "fork fails: EAGAIN",
                happens(anyone.fails("fork", "EAGAIN")),
                "It creates nothing, and says “try again”: who counts and what counts is the "
                "limit's matter.",
            ),
        ),
        Ask(
            "**How many** forks fail, all in all?",
            answer=count(anyone.fails("fork", "EAGAIN")),
            because="Everybody goes on forking, so everybody meets the limit, each once.",
            near={1: "It would be one if only the first process forked."},
        ),
        Run(
            explode,
            id="bomb",
            main="bomb",
            guard=8,
            leaves=[anyone],
            shows="nothing",
            facts=("fork-bomb-contained",),
            claims=[
                Claim(
                    "There are 8 processes, and there were never more.",
                    all_of(at("rest", how_many_alive == 8), count(anyone.forks()) == 7),
                    wrong=lower_limit,
                    facts=("fork-bomb-contained",),
                ),
                Claim(
                    "Each of the 8 has met the limit, and was told EAGAIN.",
                    count(anyone.fails("fork", "EAGAIN")) == 8,
                    wrong=only_the_first_forks,
                    facts=("fork-bomb-contained",),
                ),
                Claim(
                    "The limit is RLIMIT_NPROC, and the child has inherited it.",
                    at("rest", bomb_1.limit("NPROC") == 8),
                    wrong=lower_limit,
                    facts=("fork-bomb-contained",),
                ),
            ],
        ),
        Show(
            "family",
            of="bomb",
            at="rest",
            text="Who has how many children is another tree each time: it is a race for places. "
            "The sum is not.",
        ),
        Predict(
            "The same user, in another window, wants to look at it with ls. **What does the shell "
            "say?**",
            Choice(
                "the list: ls is no bomb",
                none_of(happens(shell.fails("fork", "EAGAIN"))),
                "It would if the limit were one of the bomb. It is one of the user, and ls needs a "
                "process as any command does.",
            ),
            Choice(
                "that it cannot fork",
                happens(shell.fails("fork", "EAGAIN")),
                "The bomb has all the places. What is built in, such as kill, still works.",
            ),
            code=user,
        ),
        Run(
            user,
            id="user",
            also=[explode],
            main="shell",
            guard=8,
            at_rest=[Kill(shell, "SIGUSR1")],
            leaves=[anyone],
            shows="output",
            claims=[
                Claim(
                    "The shell, which is not the bomb, cannot fork either: the limit counts the "
                    "processes of a user.",
                    happens(shell.fails("fork", "EAGAIN")),
                    wrong=bomb_ends,
                    facts=("fork-bomb-contained",),
                ),
            ],
        ),
        Predict(
            "Another bomb, with 4 places: it waits until one is free. You **kill one** of the 4, "
            "with SIGKILL. How many are there then?",
            Choice(
                "3",
                at("rest 2", living == 3),
                "It would be 3 if nobody wanted the place. Its parent collects it, and forks.",
            ),
            Choice(
                "4",
                at("rest 2", living == 4),
                "Its place is taken at once: the parent was waiting for that.",
            ),
            Choice(
                "fewer: its children go with it",
                at("rest 2", living < 3),
                "Nobody dies of a parent's death: children are adopted.",
            ),
        ),
        Run(
            refill,
            id="one-killed",
            main="bomb",
            guard=4,
            at_rest=[Kill(bomb_1, "SIGKILL")],
            leaves=[anyone],
            shows="nothing",
            claims=[
                Claim(
                    "One is gone, and another has its place.",
                    at("rest 2", living == 4, bomb_1.is_gone),
                    wrong=nobody_refills,
                ),
            ],
        ),
        Show(
            "family",
            of="one-killed",
            at="rest 2",
            text="bomb.1 is gone, and a new process has its place. Children of it are adopted.",
        ),
        Say(
            "`kill` in a loop is a race that the bomb wins. **One** call must reach all: a process "
            "group. The bomb runs in the foreground of a terminal; you press ^C. (SIGHUP comes to "
            "who is still there when the first bomb, the owner of the terminal, has gone.)"
        ),
        Run(
            refill,
            id="all-killed",
            main="bomb",
            guard=4,
            terminal=True,
            at_rest=[Type("^C")],
            claims=[
                Claim(
                    "All 4 are gone, and no place was taken again.",
                    at(
                        "end",
                        how_many(anyone, lambda one: one.exists) == 0,
                        count(anyone.forks()) == 3,
                    ),
                    wrong=groups_of_their_own,
                    facts=("fork-bomb-contained",),
                ),
            ],
        ),
        Say(
            "RLIMIT_NPROC does not bind root. `pids.max` of a control group binds everybody in it, "
            "and counts nobody else: containers and systemd use that."
        ),
        Run(
            explode,
            id="group",
            main="bomb",
            guard="cgroup 8",
            needs=("cgroup",),
            leaves=[anyone],
            shows="nothing",
            claims=[
                Claim(
                    "8 processes again, and RLIMIT_NPROC has nothing to do with it.",
                    at("rest", how_many_alive == 8, none_of(bomb.limit("NPROC") == 8)),
                    wrong=same_limit,
                    facts=("fork-bomb-contained",),
                ),
            ],
        ),
        Try(
            "`ulimit -u` shows the limit, `ulimit -u 100` sets it, for this shell and all its "
            "children. Set it to 100 and show it, **without** binding your shell.",
            expect=all_of(
                output == "100\n",
                happens(anyone_but(shell).writes("100\n")),
                never(anyone.execs()),
            ),
            hint="A limit is inherited downwards only. Who could set it in your shell's place?",
            solution="(ulimit -u 100; ulimit -u)",
            wrong=["ulimit -u 100; ulimit -u", "echo 100", "(echo 100)"],
            praise="The parentheses are a child: its limit went away with it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
