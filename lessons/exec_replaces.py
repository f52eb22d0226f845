"""Exec replaces the program of a process, and comes back only if it fails.

The pid stays, the descriptors stay, ignored signals and the mask stay; code, data, buffers and
handlers are gone.  So a shell must fork before it execs, and there is nobody left to report that
exec went well: one learns it from a pipe that closes.
"""

# mypy: no-warn-unreachable
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
    Run,
    Say,
    Try,
    all_of,
    anyone,
    at,
    happens,
    how_many_processes,
    insert,
    never,
    none_of,
    of,
    output,
    processes,
    replace,
)

program, parent, child, sleep = processes("program", "parent", "child", "sleep")


# --- 1. One process, two programs ----------------------------------------------------------------
def before_and_after() -> None:
    """A word before exec, one by the new program, one behind it, which is not reached."""
    os.write(1, b"before ")
    os.execvp("printf", ["printf", "during "])
    os.write(1, b"after ")


# --- 2. What stays -------------------------------------------------------------------------------
def settle_and_leave() -> None:
    """Say something about four signals, and become another program."""
    signal.signal(signal.SIGUSR1, print)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    os.kill(os.getpid(), signal.SIGTERM)  # blocked, so it waits
    os.mkfifo("door")
    os.execvp("cat", ["cat", "door"])  # nobody ever opens the other end


# --- 3. How it fails -----------------------------------------------------------------------------
def run_a_script() -> None:
    """Write a script and become it."""
    with open("script", "w") as file:
        file.write("#!/bin/sh\necho hello\n")
    os.chmod("script", 0o755)
    try:
        os.execv("script", ["script"])
    except OSError as error:
        print(error.strerror)


# --- 4. How a parent knows -----------------------------------------------------------------------
def start_and_know() -> None:
    """The child's exec closes the pipe; its failure writes into it."""
    read_end, write_end = os.pipe()  # both are close-on-exec
    child = os.fork()
    if child == 0:  # in the child
        try:
            os.execvp("sleep", ["sleep", "1000"])
        except OSError as error:
            os.write(write_end, str(error).encode())
            os._exit(127)
    os.close(write_end)
    print(os.read(read_end, 99).decode() or "end of file")


# --- 5. system -----------------------------------------------------------------------------------
def by_system() -> None:
    """Fork, exec of a shell, and wait, in one call; the shell is told what somebody has typed."""
    name = "notes; exec sleep 1000"  # somebody has typed it
    print(f"{os.system('echo ' + name):#06x}")


# --- Worlds in which it is not so, and other ways ------------------------------------------------
spawned = replace("os.execvp(", "os.spawnvp(os.P_WAIT, ")
by_spawn = replace("os.system(", "os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', ")
IGNORED = "signal(signal.SIGTERM, signal.SIG_IGN)"
kept_open = insert("os.set_inheritable(write_end, True)", above="try:")

what_stays = Run(
    settle_and_leave,
    id="stays",
    main="program",
    at_rest=[Kill(program, "SIGHUP"), Kill(program, "SIGUSR1")],
    claims=[
        Claim(
            "SIGHUP is ignored still: it comes, and cat sleeps on.",
            all_of(at("rest", program.ignores("SIGHUP")), at("rest 2", program.state == "S")),
            wrong=replace("signal.SIG_IGN", "print"),
            facts=("exec-preserves-and-resets",),
        ),
        Claim(
            "The handler of SIGUSR1 is gone with its code: the signal kills.",
            happens(program.is_killed_by("SIGUSR1")),
            wrong=replace('os.execvp("cat", ["cat", "door"])', "signal.pause()"),
            facts=("exec-preserves-and-resets",),
        ),
        Claim(
            "SIGTERM is blocked still, and the one that had come is waiting still.",
            at("rest", program.blocks("SIGTERM"), program.has_pending("SIGTERM")),
            wrong=replace("pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])", IGNORED),
            facts=("exec-preserves-and-resets",),
        ),
        Claim(
            "Python ignores SIGPIPE, and hands that on to whatever it execs.",
            at("rest", program.program == "cat", program.ignores("SIGPIPE")),
            wrong=insert("signal.signal(signal.SIGPIPE, signal.SIG_DFL)", above="os.execvp("),
            facts=("exec-preserves-and-resets",),
        ),
    ],
)

NO_INTERPRETER = "its #! line names nothing"
the_errors = Compare(
    Run(run_a_script, id="script", main="program"),
    id="errors",
    title="the script",
    variants={
        "is as it should be": Edit(),
        NO_INTERPRETER: replace("/bin/sh", "/bin/shh"),
        "has no #! line": replace("#!/bin/sh\\n", ""),
        "may not be executed": replace("0o755", "0o644"),
        "is open for writing": insert('file = open("script", "a")', above="try:"),
        "is named with its arguments": replace('os.execv("script"', 'os.execv("script -v"'),
    },
    columns={"what comes out": output},
    claims=[
        Claim(
            "ENOENT is about the interpreter here: the script itself exists.",
            of(NO_INTERPRETER, happens(program.fails("exec", "ENOENT"))),
            facts=("exec-errors",),
        ),
        Claim(
            "A text without #! is ENOEXEC: it is the shell, and execvp in C, who then try /bin/sh.",
            of("has no #! line", happens(program.fails("exec", "ENOEXEC"))),
            facts=("exec-errors",),
        ),
        Claim(
            "A whole command line is one file name to exec, and there is no such file.",
            of("is named with its arguments", happens(program.fails("exec", "ENOENT"))),
            facts=("exec-errors",),
        ),
    ],
)

LESSON = Lesson(
    id="exec-replaces",
    title="Exec: the same process, another program",
    minutes=10,
    chapter="exec",
    requires=["rule-6-open-files"],
    remember="A successful exec never returns. What follows it in the code is what happens when it "
    "has failed.",
    good_for="nohup is an ignored SIGHUP and an exec; env, nice, sudo and every container runtime "
    "settle something and exec. What they settle stays.",
    read_on=("execve(2)", "exec(3)", "system(3), Caveats", "POSIX.1-2024 exec"),
    steps=[
        Predict(
            "Every call succeeds. **What comes out?**",
            Choice(
                "before during after",
                output == "before during after ",
                "That is system, or spawn: they fork first, so that somebody is left to go on.",
            ),
            Choice(
                "before during",
                output == "before during ",
                "exec puts printf in the place of this program. The line after it is no more.",
            ),
            Choice(
                "during",
                output == "during ",
                "With print, without flush, it would be: a buffer is lost in exec.",
            ),
        ),
        Run(
            before_and_after,
            id="exec",
            main="program",
            claims=[
                Claim(
                    "It is one process from beginning to end, and it never comes to “after”.",
                    all_of(how_many_processes == 1, never(program.writes("after"))),
                    wrong=spawned,
                    facts=("exec-replaces",),
                ),
            ],
        ),
        Predict(
            "This one **ignores** SIGHUP and **handles** SIGUSR1. What does cat do about them?",
            Choice(
                "it ignores one and handles the other",
                at("rest", program.ignores("SIGHUP"), program.catches("SIGUSR1")),
                "A handler is code, and the code is gone. There is nothing left to call.",
            ),
            Choice(
                "it ignores SIGHUP; SIGUSR1 is at its default",
                at("rest", program.ignores("SIGHUP"), none_of(program.catches("SIGUSR1"))),
                "To ignore needs no code, so it can stay: that is how nohup works.",
            ),
            Choice(
                "both are at their defaults",
                at("rest", none_of(program.ignores("SIGHUP"), program.catches("SIGUSR1"))),
                "posix_spawn can be told to do that. exec resets only what is handled.",
            ),
        ),
        what_stays,
        Predict(
            "The script exists and is executable, but its `#!` line says /bin/**shh**. What does "
            "exec say?",
            Choice(
                "ENOENT: no such file",
                of(NO_INTERPRETER, happens(program.fails("exec", "ENOENT"))),
                "The file that is missing is the interpreter. The message does not say so.",
            ),
            Choice(
                "EACCES: permission denied",
                of(NO_INTERPRETER, happens(program.fails("exec", "EACCES"))),
                "That is a script without the x permission, or a directory.",
            ),
            Choice(
                "ENOEXEC: no executable format",
                of(NO_INTERPRETER, happens(program.fails("exec", "ENOEXEC"))),
                "That is a text without a #! line: the kernel does not know who should read it.",
            ),
        ),
        the_errors,
        Predict(
            "exec does not return, so how does the **parent** know? What does its read bring?",
            Choice(
                "end of file, at the exec",
                all_of(happens(parent.sees_end_of_file), at("end", child.program == "sleep")),
                "exec closes the child's write end. Had it failed, the error would be read.",
            ),
            Choice(
                "end of file, when sleep ends",
                at("rest", parent.asleep_in == "read"),
                "It would be so if the pipe were not close-on-exec: sleep would hold it open.",
            ),
        ),
        Run(
            start_and_know,
            id="report",
            leaves=[child],
            claims=[
                Claim(
                    "The parent has seen end of file and gone on, and sleep runs still.",
                    all_of(happens(parent.sees_end_of_file), at("end", child.program == "sleep")),
                    wrong=kept_open,
                    facts=("exec-error-report-pipe",),
                ),
            ],
        ),
        Say(
            "`system` is fork, exec of `sh -c …`, and wait, in one call. The shell reads the whole "
            "line, whoever has written it. You end what sleeps, and see what system returns."
        ),
        Run(
            by_system,
            id="system",
            births=("sleep",),
            at_rest=[Kill(sleep)],
            claims=[
                Claim(
                    "system returns the status word of wait: 15, killed by SIGTERM.",
                    all_of(happens(parent.wait_returns(sleep, 15)), output.contains("0x000f")),
                    wrong=by_spawn,
                    facts=("system3",),
                ),
                Claim(
                    "Some books call system the safe way. It has executed what somebody has typed.",
                    happens(sleep.execs("sleep")),
                    wrong=replace("os.system('echo ' + name)", "os.spawnlp(0, 'echo', '-', name)"),
                    facts=("system3",),
                ),
                Claim(
                    "While it waits, the parent ignores SIGINT and blocks SIGCHLD.",
                    at("rest", parent.ignores("SIGINT"), parent.blocks("SIGCHLD")),
                    wrong=by_spawn,
                    facts=("system3",),
                ),
            ],
        ),
        Try(
            "A shell tells how exec failed in `$?`: 127 for “not found”. Make `echo $?` print "
            "**126**: found, and not executable.",
            expect=all_of(output.contains("126\n"), happens(anyone.fails("exec", "EACCES"))),
            hint="A directory, or a file like /etc/passwd, is there and is no program.",
            solution="/etc/passwd; echo $?",
            wrong=["nosuchprogram; echo $?", "sh -c 'exit 126'; echo $?", "echo 126"],
            praise="exec said EACCES, and the child, still no other program, ended with 126.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
