"""This shell, observed while it runs `ls | wc -l`.

A shell makes one pipe and one child for each program.  It closes both ends of the pipe, which it
does not need itself, and then it waits for both children.  Each of these calls is a line of
simpsh's own source.
"""

from __future__ import annotations

import linecache
import os
import sys
from types import FrameType

from simpsh.course import (
    Choice,
    Claim,
    Fact,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    before,
    count,
    happens,
    insert,
    processes,
    replace,
    returns,
)
from simpsh.kernel import descriptors
from simpsh.shell.jobs.launcher import FORK
from simpsh.shell.shell import Shell, make_shell

shell, ls, wc = processes("shell", "ls", "wc")

NOTED = {"pipe2", "fork", "close", "wait4"}
calls: list[str] = []


def note(frame: FrameType | None, event: str, function: object) -> None:
    """Note a system call, and the line of simpsh that made it."""
    name = getattr(function, "__name__", "")
    if event != "c_call" or name not in NOTED:
        return
    while frame is not None and "/kernel/" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is not None and "/jobs/" in frame.f_code.co_filename:
        path, number = frame.f_code.co_filename, frame.f_lineno
        place, text = f"{os.path.basename(path)}:{number}", linecache.getline(path, number).strip()
        if "_gate" not in text:
            calls.append(f"{name:5} {place:18} {text:.46}")


def simpsh() -> Shell:
    """Return a shell like the one of `simpsh --engine fork -c`."""
    made = make_shell(os.environ, engine=FORK, is_interactive=False)
    made.launcher.context.interrupts.install()
    return made


def this_shell() -> None:
    """Simpsh runs a line, and each call's line of source is noted."""
    shell = simpsh()
    sys.setprofile(note)  # at each call: which line makes it
    shell.run("ls | wc -l")
    sys.setprofile(None)
    print("\n".join(calls))


def keep_ends() -> None:
    """Make the shell leave all ends of pipes open."""

    def close(descriptor: int) -> None:
        """Leave the descriptor open."""

    descriptors.close = close


def lines_with(text: str) -> Fact:
    """Return how many of the printed calls are on a line of source with this text."""
    return Fact(f"the number of lines with “{text}”", lambda scene: scene.run.output.count(text))


def when_closed(printed: str) -> str:
    """Return when the shell closes its write end, from the calls in their order."""
    before_close, closes, _ = printed.partition("write_end)")
    return f"after fork {before_close.count('fork()')}" if closes else "never"


CLOSED = Fact("when the shell closes its write end", lambda scene: when_closed(scene.run.output))
FIRST_WAIT = Fact(
    "forks before the first wait4",
    lambda scene: scene.run.output.partition("wait4")[0].count("fork()"),
)

# --- Other variants ------------------------------------------------------------------------------
three_programs = replace("ls | wc -l", "ls | cat | wc -l")
one_by_one = replace("ls | wc -l", "ls; wc -l")
keeps_its_ends = insert("keep_ends()", above="sys.setprofile(note)")


def run(name: str, claim: Claim, shows: str = "nothing") -> Run:
    """Return a run of the line, with one claim."""
    return Run(
        this_shell,
        id=name,
        main="shell",
        births=("ls", "wc"),
        shows=shows,
        facts=("pipeline-by-the-shell",),
        claims=[claim],
    )


forks = run(
    "forks",
    Claim(
        "The shell forks twice, once for each program. One line of source makes both forks.",
        all_of(count(shell.forks()) == 2, lines_with("pid = processes.fork()") == 2),
        wrong=three_programs,
    ),
)
waits = run(
    "waits",
    Claim(
        "The shell waits when both programs are started, and then collects both.",
        all_of(
            before(shell.forks(), shell.waits()),
            FIRST_WAIT == 2,
            happens(shell.collects(ls)),
            happens(shell.collects(wc)),
        ),
        wrong=one_by_one,
    ),
)
closes = run(
    "closes",
    Claim(
        "After the first fork the shell closes its write end. So `wc` sees end of file.",
        all_of(CLOSED == "after fork 1", happens(wc.sees_end_of_file), returns),
        wrong=keeps_its_ends,
    ),
    shows="output",
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="simpsh-itself",
    title="This shell while it runs ls | wc -l",
    minutes=6,
    chapter="descriptors and pipes",
    requires=["end-of-file"],
    remember="For a pipeline a shell forks once for each program, closes its own ends of the pipe, "
    "and waits after the last fork.",
    good_for="You know which line of a shell's source to read when a pipeline hangs: the one that "
    "closes the shell's own write end.",
    read_on=("pipe(2)", "POSIX.1-2024 Shell Command Language 2.9.2 Pipelines"),
    steps=[
        Say(
            "The shell at which you type is a Python program with lines that you can read. Here "
            "it runs `ls | wc -l`. A profile function notes each call of `pipe2`, `fork`, `close` "
            "and `wait4` with its line of source."
        ),
        Predict(
            "How many **forks** does the shell make?",
            Choice(
                "one",
                count(shell.forks()) == 1,
                "One fork makes one child. A shell with one child would have to become `wc` "
                "itself, and would be gone afterwards.",
            ),
            Choice(
                "two",
                count(shell.forks()) == 2,
                "Each program replaces the process that executes it. Two programs and the shell "
                "are three processes.",
            ),
            Choice(
                "three",
                count(shell.forks()) == 3,
                "A third program, as in `ls | cat | wc -l`, needs a third fork. The pipe itself "
                "is not a process.",
            ),
            hint="Which processes are there while the pipeline runs?",
        ),
        forks,
        Predict(
            "When does the shell **wait** for the first time?",
            Choice(
                "after the first fork",
                FIRST_WAIT == 1,
                "This happens with `ls; wc -l`. In a pipeline `ls` may need `wc` to read, or `ls` "
                "sleeps at a full pipe.",
            ),
            Choice(
                "after the second fork",
                FIRST_WAIT == 2,
                "Both programs run at the same time. The shell starts both, and then sleeps in "
                "`wait4`.",
            ),
            Choice(
                "before the first fork",
                FIRST_WAIT == 0,
                "A process without a child has nothing to wait for: `wait4` would fail with "
                "ECHILD.",
            ),
            hint="What happens if `ls` fills the pipe before `wc` exists?",
        ),
        waits,
        Predict(
            "**When** does the shell close its own write end of the pipe?",
            Choice(
                "before it forks `wc`",
                CLOSED == "after fork 1",
                "The child `ls` has its own copy of the write end by then. The shell writes "
                "nothing, so it closes its copy.",
            ),
            Choice(
                "after it has forked both",
                CLOSED == "after fork 2",
                "A shell may do this. Then `wc` inherits a copy of the write end as well. This "
                "copy must be closed, too.",
            ),
            Choice(
                "it never closes it",
                CLOSED == "never",
                "Then `wc` would wait for ever: the pipe has no end of file while the shell "
                "could still write.",
            ),
            hint="Which process still needs the write end after the first fork?",
        ),
        closes,
        Say(
            "The calls for the gate are not shown: the gate is a second pipe, at which both "
            "children wait until both exist. All lines are in `simpsh/shell/jobs/`: "
            "`fork_engine.py` starts a pipeline, `waiter.py` waits for it."
        ),
        Try(
            "This prompt is the same shell. Let it start **three** programs with one line, before "
            "it waits for one.",
            expect=all_of(count(shell.forks()) == 3, before(shell.forks(), shell.waits())),
            asks="Let this shell start **three** programs with one line, before it waits for one.",
            hint="A pipeline may have more than two programs.",
            solution="ls | cat | wc -l",
            wrong={
                "ls | wc -l": "This line starts two programs. The task asks for three.",
                "echo 1; echo 2; echo 3": "Three programs run, but the shell waits for each "
                "before it starts the next one.",
            },
            right=[
                "echo hi | cat | cat",
                "true | true | true",
                "ls | sort | head -n 1",
                "seq 3 | cat | wc -l",
                "sleep 0 & sleep 0 & sleep 0; wait",
            ],
            refused=[
                "ls | cat; wc -l </dev/null",
                "ls | cat | cat | wc -l",
                "ls; ls; ls",
                "(ls | cat | wc -l)",
                "sleep 0.1 & sleep 0.1; sleep 0.1",
                "true & wait; true & true",
            ],
            praise="Three forks from one line of source, and then the shell waits.",
        ),
    ],
)
