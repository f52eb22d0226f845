"""Stops and continues: news of a child that has not ended.

A stopped child is no dead one.  Its parent hears of stops and continues only if it asks for them,
by WUNTRACED and WCONTINUED, and the kernel keeps the latest news alone.  Who asks must also know
whose news it gets: a shell that calls wait once for each command is soon told of the wrong one.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Resume,
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone,
    at,
    before,
    count,
    happens,
    insert,
    never,
    none_of,
    of,
    processes,
    replace,
    returns,
    words,
)

parent, child, shell, first, second = processes("parent", "child", "shell", "first", "second")
NEWS = os.WUNTRACED | os.WCONTINUED


# --- 1. Who asks, is told ------------------------------------------------------------------------
def ask_for_news() -> None:
    """Wait until the child has ended, whatever else it does."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    while True:
        _, status = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            break


# --- 2. News that nobody has fetched -------------------------------------------------------------
def ask_late() -> None:
    """The child is stopped and goes on before the parent asks."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    os.kill(child, signal.SIGSTOP)
    os.kill(child, signal.SIGCONT)  # ① the child is stopped
    os.waitpid(child, os.WUNTRACED | os.WCONTINUED)  # ② it has gone on
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


# --- 3. Signals to a stopped process -------------------------------------------------------------
def end_a_stopped_one() -> None:
    """SIGTERM, to somebody who does not run."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    os.kill(child, signal.SIGTERM)
    os.kill(child, signal.SIGCONT)  # ① SIGTERM is sent
    os.waitpid(child, 0)


# --- 4. A shell with one wait a command ----------------------------------------------------------
def two_commands() -> None:
    """The first command is stopped, and continued; then there is a second."""
    first = os.fork()
    if first == 0:  # the first command
        signal.pause()
    os.waitpid(-1, NEWS)  # you stop it
    os.kill(first, signal.SIGCONT)
    second = os.fork()
    if second == 0:  # the second command
        signal.pause()
    os.waitpid(-1, NEWS)  # for the second command
    os.write(1, b">> ")  # ① the next prompt


# --- Other flags, worlds in which it is not so, and fixes ----------------------------------------
FLAGS = "os.WUNTRACED | os.WCONTINUED"
asked_in_between = insert("os.waitpid(child, os.WUNTRACED)", above="os.kill(child, signal.SIGCONT)")
ONCE = "os.waitpid(-1, NEWS)  # for"
by_pid = replace(ONCE, "os.waitpid(second, os.WUNTRACED)  # for")
by_loop = replace(ONCE, "while os.waitpid(-1, NEWS)[0] != second:\n        pass  # for")

who_is_told = Compare(
    Run(
        ask_for_news,
        id="news",
        at_rest=[Kill(child, "SIGSTOP"), Resume(child), Kill(child, "SIGTERM")],
    ),
    id="flags",
    title="waitpid(child, …)",
    variants={
        "0": replace(FLAGS, "0"),
        "WUNTRACED": replace(FLAGS, "os.WUNTRACED"),
        "WCONTINUED": replace(FLAGS, "os.WCONTINUED"),
        "WUNTRACED | WCONTINUED": Edit(),
    },
    columns={
        "the stop": words(happens(parent.wait_returns(child, "stopped")), "told", "–"),
        "the continue": words(happens(parent.wait_returns(child, "continued")), "told", "–"),
        "the end": words(happens(parent.wait_returns(child, "killed")), "told", "–"),
        "returns": count(parent.wait_returns(child)),
    },
    claims=[
        Claim(
            "Without a flag the parent hears of the end, and of nothing else.",
            of("0", count(parent.wait_returns(child)) == 1),
            facts=("stop-continue-events",),
        ),
        Claim(
            "With both flags it hears of all three; WUNTRACED does not stand for both.",
            of("WUNTRACED | WCONTINUED", count(parent.wait_returns(child)) == 3),
            facts=("stop-continue-events",),
        ),
    ],
)

the_shell = Run(
    two_commands,
    id="shell",
    main="shell",
    at_rest=[Kill(first, "SIGSTOP"), Kill(second)],
    leaves=[first, second],
    claims=[
        Claim(
            "The second wait brings the first one's news, and the prompt comes too early.",
            all_of(happens(shell.wait_returns(first, "continued")), at("①", second.state == "S")),
            wrong=[by_pid, by_loop],
            facts=("simpsh-v3-off-by-one",),
        ),
    ],
)

the_fixes = Compare(
    the_shell,
    id="fixes",
    title="the wait for the second command",
    variants={
        "waitpid(-1, …), once": Edit(),
        "waitpid(second, WUNTRACED)": by_pid,
        "waitpid(-1, …) until it is second": by_loop,
    },
    columns={
        "first's news": words(happens(shell.wait_returns(first, "continued")), "fetched", "left"),
        "the prompt": words(before(second.ends, shell.writes(">> ")), "in time", "too early"),
    },
    claims=[
        Claim(
            "Given its pid, the shell waits for the second command, and leaves the first one's "
            "news for later.",
            of("waitpid(second, WUNTRACED)", never(shell.wait_returns(first, "continued"))),
            facts=("simpsh-v3-off-by-one",),
        ),
    ],
)

LESSON = Lesson(
    id="stop-and-continue",
    title="Stopped, continued, and not ended",
    minutes=8,
    chapter="wait",
    requires=["status-word"],
    remember="A wait that returns is news of one child, not the end of the one you think of. Look "
    "at the pid, then at the status.",
    good_for="^Z and fg in every shell are these events. A supervisor that ignores them believes "
    "that a stopped server is well.",
    read_on=("wait(2)", "signal(7)", "POSIX.1-2024 waitpid()", "credentials(7)"),
    steps=[
        Predict(
            "You stop the child, continue it, and end it. How often does this waitpid **return**?",
            Choice(
                "once, at the end",
                of("WUNTRACED | WCONTINUED", count(parent.wait_returns(child)) == 1),
                "That is waitpid(child, 0), and wait: they tell of ends alone.",
            ),
            Choice(
                "twice: at the stop and at the end",
                of("WUNTRACED | WCONTINUED", count(parent.wait_returns(child)) == 2),
                "WUNTRACED alone would do that. WCONTINUED asks for the third one.",
            ),
            Choice(
                "three times",
                of("WUNTRACED | WCONTINUED", count(parent.wait_returns(child)) == 3),
                "Each flag adds a kind of news; ends are always told.",
            ),
        ),
        who_is_told,
        Predict(
            "Here the parent asks **late**: at ② the child has gone on. What is it told?",
            Choice(
                "the stop",
                happens(parent.wait_returns(child, "stopped")),
                "So it would be in a queue. There is room for the latest alone.",
            ),
            Choice(
                "the continue",
                happens(parent.wait_returns(child, "continued")),
                "wait tells how things are. Who runs is not stopped any more.",
            ),
            Choice(
                "nothing until it ends",
                before(child.ends, parent.wait_returns(child)),
                "An end is kept, and so is other news, until somebody asks.",
            ),
        ),
        Run(
            ask_late,
            id="late",
            claims=[
                Claim(
                    "A stop that nobody has asked for is replaced by the continue.",
                    all_of(
                        at("①", child.state == "T"),
                        never(parent.wait_returns(child, "stopped")),
                        happens(parent.wait_returns(child, "continued")),
                    ),
                    wrong=asked_in_between,
                    facts=("stop-continue-events",),
                ),
            ],
        ),
        Predict(
            "The child is stopped, and gets **SIGTERM**. What is it at ①?",
            Choice(
                "a zombie: SIGTERM has killed it",
                at("①", child.state == "Z"),
                "SIGKILL would have: it alone acts on a process that is stopped.",
            ),
            Choice(
                "stopped, with SIGTERM waiting",
                at("①", child.state == "T", child.has_pending("SIGTERM")),
                "To be killed by SIGTERM, it must run. The signal is kept until SIGCONT.",
            ),
            Choice(
                "stopped, and SIGTERM is lost",
                at("①", child.state == "T", none_of(child.has_pending("SIGTERM"))),
                "Only an ignored signal is dropped. This one is pending.",
            ),
        ),
        Run(
            end_a_stopped_one,
            id="pending",
            claims=[
                Claim(
                    "SIGTERM is pending while the child is stopped, and ends it after SIGCONT.",
                    all_of(
                        at("①", child.state == "T", child.has_pending("SIGTERM")),
                        before(parent.sends("SIGCONT"), child.is_killed_by("SIGTERM")),
                    ),
                    wrong=replace("signal.SIGTERM", "signal.SIGKILL"),
                    facts=("stop-continue-events",),
                ),
            ],
        ),
        Say(
            "A small shell: one waitpid for each command; NEWS is both flags. You stop the first "
            "command; the shell continues it in the background, and starts another."
        ),
        Predict(
            "**Whose** news does the wait for the second command bring?",
            Choice(
                "the second's: the shell sleeps until it ends",
                at("rest 2", shell.asleep_in == "wait4"),
                "It would if waitpid had been given its pid. −1 means any child, and one has news.",
            ),
            Choice(
                "the first's: it has gone on",
                happens(shell.wait_returns(first, "continued")),
                "That news is older than the second command, and nobody has fetched it.",
            ),
            Choice(
                "the first's: it has stopped",
                count(shell.wait_returns(first, "stopped")) == 2,
                "It would be if news stayed after it has been told. Each is told once.",
            ),
        ),
        the_shell,
        Show("picture", of="shell"),
        the_fixes,
        Try(
            "After this line sleep is stopped, and has not ended: it stays for ever.\n\n"
            "    sleep 1000 & kill -STOP $!; wait\n\n"
            "Add one command, so that sleep is gone when `wait` returns, and has not run again.",
            expect=all_of(
                returns, happens(anyone.is_killed_by("SIGKILL")), happens(shell.sends("SIGSTOP"))
            ),
            hint="Which signal acts on a process that does not run?",
            solution="sleep 1000 & kill -STOP $!; kill -KILL $!; wait",
            wrong=["sleep 1000 & kill -STOP $!; wait", "sleep 1000 & kill -KILL $!; wait"],
            praise="SIGKILL needs nobody to run: a process that is stopped is ended where it is.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
