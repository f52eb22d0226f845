"""A terminal listens to one group.

A job is a process group.  Of all the groups of a session one is in the foreground: it gets the
signals of ^C and ^Z, and it alone may read.  A shell only says, job by job, which group it is.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    Shell,
    Try,
    Type,
    all_of,
    any_of,
    anyone,
    at,
    before,
    delete,
    happens,
    insert,
    never,
    of,
    processes,
    replace,
    words,
)

shell, front, back, job = processes("shell", "front", "back", "job")
leader, cat, sleep, setsid = processes("leader", "cat", "sleep", "setsid")


# --- 1. Who gets ^C ------------------------------------------------------------------------------
def two_jobs() -> None:
    """One job in the shell's group, one in a group of its own."""
    front = os.fork()
    if front == 0:  # a job
        signal.pause()
    back = os.fork()
    if back == 0:  # another one
        signal.pause()
    os.setpgid(back, back)  # a group of its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.waitpid(front, 0)


# --- 2. A background job that reads -----------------------------------------------------------
def read_behind() -> None:
    """A background job reads; then the shell does what fg does."""
    job = os.fork()
    if job == 0:  # in the background
        os.setpgid(0, 0)
        os.read(0, 100)
        os._exit(0)
    os.waitpid(job, os.WUNTRACED)
    os.tcsetpgrp(0, job)  # ① what fg does
    os.kill(-job, signal.SIGCONT)
    os.waitpid(job, 0)


# --- 3. What else a background job may do -------------------------------------------------------
def behind() -> None:
    """A background job, and what it does at the terminal."""
    job = os.fork()
    if job == 0:  # in the background
        os.setpgid(0, 0)
        try:
            os.read(0, 100)
        except OSError:
            os._exit(1)
        os._exit(0)
    os.waitpid(job, os.WUNTRACED)


# --- 4. The terminal goes away -------------------------------------------------------------------
def hang_up() -> None:
    """A terminal, the leader of its session, two jobs; and the window is closed."""
    master, terminal = os.openpty()
    leader = os.fork()
    if leader == 0:  # a shell in the window
        os.close(master)
        os.login_tty(terminal)  # in a session of its own
        front = os.fork()
        if front != 0:
            back = os.fork()
            if back == 0:
                os.setpgid(0, 0)  # in the background
        signal.pause()  # each of the three
    os.close(master)  # ① the window is closed
    os.waitpid(leader, 0)


# --- Other worlds --------------------------------------------------------------------------------
back_in_front = insert("os.tcsetpgrp(0, back)", above="os.waitpid(front, 0)")
handed_on = insert(
    "if front and back:  # in the leader\n"
    "    signal.signal(signal.SIGHUP, lambda *_: os._exit(os.kill(-back, 1) or 0))",
    above="signal.pause()  # each",
)
WRITE, TAKE = "os.write(1, b'x')", "os.tcsetpgrp(0, os.getpid())"
ignore = "signal.signal(signal.{}, signal.SIG_IGN)".format
FRONT_DIES = happens(front.is_killed_by("SIGINT"))
BOTH_HUNG_UP = all_of(happens(leader.receives("SIGHUP")), happens(front.receives("SIGHUP")))


def does(deed: str, first: str = "pass") -> Edit:
    """Let the background job do something else."""
    return replace("os.read(0, 100)", deed) + insert(first, above="try:")


who_gets_the_key = Run(
    two_jobs,
    id="key",
    main="shell",
    terminal=True,
    at_rest=[Type("^C")],
    leaves=[front, back],
    facts=("foreground-background",),
    claims=[
        Claim(
            "^C ends front, in the foreground. No process has sent the signal: the kernel has.",
            all_of(at("rest", front.in_foreground), FRONT_DIES, never(anyone.sends("SIGINT"))),
            wrong=back_in_front,
        ),
        Claim(
            "back knows nothing of it: it is in another group, and lives on.",
            all_of(never(back.receives("SIGINT")), at("end", back.state == "S")),
            wrong=[delete("os.setpgid(back, back)"), back_in_front],
        ),
    ],
)

reading = Run(
    read_behind,
    id="reading",
    main="shell",
    terminal=True,
    at_rest=[Type("hello\n")],
    leaves=[job],
    watch=("tcsetpgrp",),
    facts=("foreground-background",),
    claims=[
        Claim(
            "Reading from the background stops the job, by SIGTTIN; it has read nothing.",
            all_of(happens(job.stops("SIGTTIN")), at("①", job.state == "T")),
            wrong=delete("os.setpgid(0, 0)"),
        ),
        Claim(
            "In the foreground, and continued, it gets your line by the same read.",
            before(shell.calls("tcsetpgrp"), job.reads("hello")),
            wrong=replace("os.tcsetpgrp(0, job)", "pass"),
        ),
    ],
)

the_deeds = Compare(
    Run(behind, id="behind", main="shell", terminal=True, leaves=[job]),
    id="deeds",
    title="in the background, a job",
    variants={
        "reads": Edit(),
        "reads, and ignores SIGTTIN": does("os.read(0, 100)", ignore("SIGTTIN")),
        "writes": does(WRITE),
        "writes after stty tostop": does(WRITE, "os.system('trap \"\" TTOU; stty tostop')"),
        "takes the terminal (tcsetpgrp)": does(TAKE),
        "takes it, and ignores SIGTTOU": does(TAKE, ignore("SIGTTOU")),
    },
    columns={
        "is stopped": words(happens(job.stops()), "yes", "no"),
        "succeeds": happens(job.exits(0)),
    },
    facts=("foreground-background",),
    claims=[
        Claim(
            "Ignoring SIGTTIN does not help: then the read fails (EIO).",
            of("reads, and ignores SIGTTIN", happens(job.exits(1))),
        ),
    ],
)

the_hangup = Compare(
    Run(hang_up, id="hangup", main="window", leaves=[leader, front, back]),
    id="hangups",
    title="the window is closed, and",
    variants={
        "nothing else": Edit(),
        "the leader hands SIGHUP on": handed_on,
        "front has a session of its own": insert(
            "front or os.setsid()", above="signal.pause()  # each"
        ),
    },
    columns={
        "front": words(happens(front.receives("SIGHUP")), "hung up", "lives on"),
        "back": words(happens(back.is_killed_by("SIGHUP")), "hung up", "lives on"),
    },
    claims=[
        Claim(
            "The kernel hangs up on the leader and on the foreground group. back lives on.",
            of("nothing else", all_of(BOTH_HUNG_UP, at("end", back.state == "S"))),
        ),
        Claim(
            "It is the shell that hangs up on its background jobs.",
            of("the leader hands SIGHUP on", before(leader.sends("SIGHUP", back), back.ends)),
            facts=("hangup",),
        ),
    ],
)

LESSON = Lesson(
    id="jobs-and-terminal",
    title="Jobs, and the terminal they share",
    minutes=10,
    chapter="the shell itself",
    requires=["why-cd-is-built-in"],
    remember="A terminal listens to one process group. ^C goes to all of it, reading is for it "
    "alone, and a shell only chooses which group that is.",
    good_for="“Stopped (tty input)”, a server that dies when you close the window, a ^C that ends "
    "half of a build: each is a question of groups and sessions.",
    read_on=("credentials(7)", "setpgid(2)", "tcsetpgrp(3)", "termios(3), “tostop”", "setsid(2)"),
    steps=[
        Say(
            "Each process is in a **process group**, each group in a session, which may have a "
            "terminal. A shell gives each job a group. Here are two jobs: front stays in the "
            "shell's group, back gets one of its own."
        ),
        Predict(
            "You press ^C. **Whom does it end?**",
            Choice(
                "front",
                all_of(FRONT_DIES, never(back.receives("SIGINT"))),
                "The key becomes a SIGINT for each process of the foreground group. The shell is "
                "one of them, and ignores it.",
            ),
            Choice(
                "front and back: they share the terminal",
                all_of(FRONT_DIES, happens(back.receives("SIGINT"))),
                "It would be so if they were one group, as without {line:os.setpgid}. All may "
                "write to a terminal; it listens to one group.",
            ),
            Choice(
                "front: the shell passes it on",
                happens(shell.sends("SIGINT", front)),
                "No shell does, and none need: the signal comes from the kernel, straight to the "
                "foreground group.",
            ),
        ),
        who_gets_the_key,
        Predict(
            "A background job **reads from the terminal**. What comes of it?",
            Choice(
                "it sleeps until you type a line",
                all_of(never(job.stops()), happens(job.reads("hello"))),
                "In the foreground it would. Of two readers nobody could say who gets your line.",
            ),
            Choice(
                "end of file",
                happens(job.sees_end_of_file),
                "So it would be with /dev/null as its input. It still has the terminal.",
            ),
            Choice(
                "it is stopped",
                happens(job.stops("SIGTTIN")),
                "The kernel sends its whole group SIGTTIN, and that stops it. What fg does is "
                "{line:os.tcsetpgrp} and the next.",
            ),
        ),
        reading,
        Predict(
            "And if it **writes**?",
            Choice(
                "it is stopped, as well",
                of("writes", happens(job.stops("SIGTTOU"))),
                "After `stty tostop` it would be. Else its output comes between your lines.",
            ),
            Choice(
                "it may",
                of("writes", happens(job.exits(0))),
                "Everybody may write to a terminal, unless it was told otherwise.",
            ),
        ),
        the_deeds,
        Predict(
            "A shell has a job in front and one behind. You close the window. **Whom does the "
            "kernel hang up on?**",
            Choice(
                "all processes of the session",
                of("nothing else", happens(back.receives("SIGHUP"))),
                "So it looks, since most shells hand SIGHUP on to their jobs. The kernel does not.",
            ),
            Choice(
                "the leader and front",
                of("nothing else", all_of(BOTH_HUNG_UP, never(back.receives("SIGHUP")))),
                "They get SIGHUP from the kernel; a group in the background does not.",
            ),
        ),
        the_hangup,
        Predict(
            "A **script** has no job control. It starts `cat &` at a terminal. What does cat read?",
            Choice(
                "your next line",
                happens(cat.reads()),
                "It could: its group is in the foreground. So the shell gives it another input.",
            ),
            Choice(
                "nothing: it is stopped",
                happens(cat.stops("SIGTTIN")),
                "With job control (`set -m`) it would be: then it has a group of its own.",
            ),
            Choice(
                "an end of file",
                happens(cat.sees_end_of_file),
                "POSIX says so: it gets /dev/null as input, and ignores SIGINT and SIGQUIT.",
            ),
        ),
        Run(
            Shell("cat & sleep 1000 & wait"),
            id="script",
            terminal=True,
            leaves=[shell, sleep],
            facts=("background-stdin",),
            claims=[
                Claim(
                    "Without job control cat gets /dev/null to read, and sleep ignores ^C.",
                    all_of(
                        happens(cat.sees_end_of_file),
                        at("rest", sleep.in_foreground, sleep.ignores("SIGINT")),
                    ),
                    wrong=replace("cat &", "set -m; cat &"),
                ),
            ],
        ),
        Try(
            "Start `sleep 1000` in the background where neither ^C nor a closed window can reach "
            "it: in a session of its own.",
            expect=any_of(
                at("end", sleep.session == sleep.pid),
                at("end", setsid.session == setsid.pid, setsid.program == "sleep"),
            ),
            hint="There is a program for it, called like the system call.",
            solution="setsid sleep 1000 &",
            wrong=["sleep 1000 &", "nohup sleep 1000 >/dev/null &", "setsid true; sleep 1000 &"],
            praise="Its session has no terminal: there is nobody to hang up on it.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
