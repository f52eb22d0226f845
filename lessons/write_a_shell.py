"""Write a shell, in six steps.

A word, several words, a redirection, a pipeline, groups, a status: each step is a few calls, and
has its classic defect.  The question is always the same: which of the two processes does it?
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Fact,
    Lesson,
    Predict,
    Run,
    Say,
    Shell,
    Try,
    all_of,
    anyone,
    at,
    count,
    delete,
    file,
    hangs,
    happens,
    how_many_processes,
    insert,
    move,
    never,
    of,
    output,
    processes,
    replace,
    returns,
    value,
    words,
)

shell, command, left, right, job = processes("shell", "command", "left", "right", "job")


# --- Steps 1 and 2: a word, and several ----------------------------------------------------------
def two_lines() -> None:
    """Two lines are typed: there is no nosuch, and there is an echo."""
    for line in "nosuch it", "echo done":
        words = line.split()
        command = os.fork()
        if command != 0:  # in the shell
            os.waitpid(command, 0)
            continue
        try:
            os.execvp(words[0], words)
        except OSError:
            os.write(2, b"not found\n")
        os._exit(127)


# --- Step 3: a redirection -----------------------------------------------------------------------
def redirected() -> None:
    """Typed: echo one >log, and then: echo two."""
    for word, log in ("one", "log"), ("two", ""):
        if log:
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT, 0o666), 1)
        command = os.fork()
        if command == 0:  # in the copy
            os.execvp("echo", ["echo", word])
        os.waitpid(command, 0)


# --- Step 4: a pipeline --------------------------------------------------------------------------
def pipeline() -> None:
    """Typed: seq 20000 | tail -n 1."""
    read_end, write_end = os.pipe()
    left = os.fork()
    if left == 0:
        os.dup2(write_end, 1)
        os.execvp("seq", ["seq", "20000"])  # 108894 bytes
    right = os.fork()
    if right == 0:
        os.dup2(read_end, 0)
        os.execvp("tail", ["tail", "-n", "1"])
    os.close(read_end)
    os.close(write_end)
    os.waitpid(left, 0)
    os.waitpid(right, 0)


# --- Step 5: a group for each job ----------------------------------------------------------------
def after_exec() -> None:
    """The shell moves its child into a group when it runs its program already."""
    read_end, write_end = os.pipe()
    job = os.fork()
    if job == 0:
        os.execvp("sleep", ["sleep", "1000"])  # closes the pipe
    os.close(write_end)
    os.read(read_end, 1)  # end of file: the exec is done
    try:
        os.setpgid(job, job)
    except OSError:
        os.write(1, b"too late\n")


# --- Step 6: a status ----------------------------------------------------------------------------
def told() -> None:
    """The command is killed."""
    command = os.fork()
    if command == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    _, word = os.waitpid(command, 0)
    status = word >> 8
    print("status", status, flush=True)


in_the_copy = move("command = os.fork()", above="if log:") + replace(
    "if log:", "if command == 0 and log:"
)
done = count(anyone.writes("done\n"))
last = Fact("echo $? prints", lambda scene: "".join(scene.run.output.split()[-1:]))

the_loop = Compare(
    Run(two_lines, id="lines", main="shell"),
    id="loop",
    variants={
        "as it is": Edit(),
        "without _exit(127)": delete("os._exit(127)"),
        "without split": replace("line.split()", "[line]"),
    },
    columns={"processes": how_many_processes, "“done” is written": done},
    claims=[
        Claim(
            "Without _exit the copy is a second shell: it runs the next line, too.",
            of("without _exit(127)", all_of(done == 2, how_many_processes == 4)),
        ),
        Claim(
            "Without split a program “echo done” is looked for, blank and all.",
            of("without split", all_of(done == 0, never(anyone.execs("echo")))),
        ),
    ],
)

the_pipeline = Compare(
    Run(pipeline, id="pipeline", main="shell", leaves=[left, right]),
    id="ends",
    title="in the pipeline",
    variants={
        "nothing is changed": Edit(),
        "the shell keeps the write end": delete("os.close(write_end)"),
        "it waits, then starts tail": move("os.waitpid(left, 0)", above="right = os.fork()"),
    },
    columns={
        "does it hang?": words(hangs, "hangs", "returns"),
        "seq": words(at("rest", left.asleep_in == "write"), "sleeps in write", "has ended"),
        "tail": words(at("rest", right.asleep_in == "read"), "sleeps in read", "–"),
    },
    claims=[
        Claim(
            "A shell that keeps the write end keeps the reader waiting.",
            of("the shell keeps the write end", at("rest", right.asleep_in == "read")),
        ),
        Claim(
            "All of a pipeline are started before one is waited for: a pipe holds only so much.",
            of("it waits, then starts tail", at("rest", left.asleep_in == "write")),
        ),
    ],
)

the_statuses = Compare(
    Run(Shell("sh -c 'exit 3'; echo $?"), id="status"),
    id="statuses",
    title="simpsh runs",
    variants={
        "sh -c 'exit 3'": Edit(),
        "sh -c 'kill -9 $$'": replace("exit 3", "kill -9 $$"),
        "./nosuch": replace("sh -c 'exit 3'", "./nosuch"),
        "/ (a directory)": replace("sh -c 'exit 3'", "/"),
        "false | true": replace("sh -c 'exit 3'", "false | true"),
    },
    columns={"echo $? prints": last},
    claims=[
        Claim("A killed command: 128 and the signal.", of("sh -c 'kill -9 $$'", last == "137")),
        Claim("127: there is no such command.", of("./nosuch", last == "127")),
    ],
)

LESSON = Lesson(
    id="write-a-shell",
    title="Write a shell",
    minutes=12,
    chapter="the shell itself",
    requires=["jobs-and-terminal"],
    remember="Between fork and exec the copy prepares itself; the shell closes what it does not "
    "need, waits for each child, and tells what became of it.",
    good_for="make, cron, a build server, subprocess in Python: each of them has these six steps "
    "inside, and the same six places to go wrong.",
    read_on=("POSIX.1-2024 Shell Command Language, 2.8 and 2.9", "setpgid(2)", "wait(2)"),
    steps=[
        Say(
            "Each part of a shell is known now; put them together, in six steps. The exercises "
            "**shell-1** to **shell-6** let you build your own, in any language."
        ),
        Predict(
            "There is no nosuch. Leave out {line:_exit}: **how often** is *done* written?",
            Choice(
                "once, as before",
                of("without _exit(127)", done == 1),
                "So it would if a failing exec ended its process. But it returns, and the copy "
                "goes on with the loop.",
            ),
            Choice(
                "twice",
                of("without _exit(127)", done == 2),
                "The copy has become a second shell. It runs the next line, and so does the first.",
            ),
        ),
        the_loop,
        Predict(
            "{line:os.dup2} stands **before** the fork. Where does *two* go?",
            Choice(
                "where the output went before",
                output == "two\n",
                "So it would behind {line:if command}: the redirection would end with the copy.",
            ),
            Choice(
                "into log",
                file("log") == "one\ntwo\n",
                "The shell turns its own 1 to log. All that it starts from now on inherits it.",
            ),
        ),
        Run(
            redirected,
            id="redirected",
            main="shell",
            claims=[
                Claim(
                    "The shell itself is redirected, for good: two is in log as well.",
                    all_of(file("log").contains("two\n"), output == ""),
                    wrong=in_the_copy,
                ),
            ],
        ),
        Try(
            "Write *one* and *two* into the file log, a line each, by two echos.",
            expect=all_of(file("log") == "one\ntwo\n", how_many_processes >= 3),
            hint="Redirect both at once, or let the second one append.",
            solution="(echo one; echo two) >log",
            wrong=["echo one >log; echo two >log", "echo one; echo two >log"],
            praise="The copies were redirected; the shell's own 1 is what it was.",
        ),
        Predict(
            "Leave out {line:os.close(write_end)}, in the shell. What happens?",
            Choice(
                "nothing: the shell never writes there",
                of("the shell keeps the write end", returns),
                "It need not write. It is enough that it could: end of file waits for all who can.",
            ),
            Choice(
                "tail sleeps for ever",
                of("the shell keeps the write end", at("rest", right.asleep_in == "read")),
                "tail reads until end of file, which cannot come while the shell could write. And "
                "the shell waits for tail.",
            ),
            Choice(
                "seq sleeps for ever",
                of("the shell keeps the write end", at("rest", left.asleep_in == "write")),
                "It would if nobody read: a pipe holds 65536 bytes. tail does read.",
            ),
        ),
        the_pipeline,
        Predict(
            "Each job gets a **group**. This child runs sleep already. What does setpgid do?",
            Choice(
                "it moves the child",
                happens(shell.succeeds("setpgid")),
                "Until the exec it would: the child still runs your code. After it, a program can "
                "rely on its group.",
            ),
            Choice(
                "it fails: EACCES",
                happens(shell.fails("setpgid", "EACCES")),
                "So parent *and* child call setpgid, right after fork: whoever is first, does it.",
            ),
        ),
        Run(
            after_exec,
            id="too-late",
            main="shell",
            leaves=[job],
            claims=[
                Claim(
                    "After the child's exec its parent cannot choose its group any more.",
                    happens(shell.fails("setpgid", "EACCES")),
                    wrong=insert("os.close(write_end)\nsignal.pause()", above="os.execvp"),
                    facts=("setpgid-after-exec",),
                ),
            ],
        ),
        Predict(
            "A command is killed by SIGKILL, signal 9. What does this shell tell?",
            Choice(
                "status 0",
                value("status") == 0,
                "The upper byte of the word is for those that exit. This one was killed: it is "
                "empty, and 0 looks like success.",
            ),
            Choice(
                "status 137",
                value("status") == 137,
                "So shells say it: 128 and the signal. But no wait returns 137; it is computed.",
            ),
        ),
        Run(
            told,
            id="told",
            main="shell",
            watch=("status",),
            claims=[
                Claim(
                    "For this shell a killed command has succeeded.",
                    all_of(happens(command.is_killed_by("SIGKILL")), value("status") == 0),
                    wrong=replace("word >> 8", "128 + os.WTERMSIG(word)"),
                ),
            ],
        ),
        Predict(
            "`false` ends with 1, `true` with 0. What is the status of `false | true`?",
            Choice(
                "0",
                of("false | true", last == "0"),
                "The shell waits for both, and keeps the status of the last one.",
            ),
            Choice(
                "1: one of them has failed",
                of("false | true", last == "1"),
                "After `set -o pipefail` it would be.",
            ),
        ),
        the_statuses,
        Try(
            "Make `echo $?` print 143, by a command that SIGTERM has killed.",
            expect=all_of(happens(anyone.is_killed_by("SIGTERM")), happens(anyone.writes("143\n"))),
            hint="`$$` is the pid of the shell that reads it; `sh -c '…'` is a shell.",
            solution="sh -c 'kill $$'; echo $?",
            wrong=["sh -c 'exit 143'; echo $?", "echo 143", "sh -c 'kill -9 $$'; echo $?"],
            praise="The word had 15 in it; 128 was the shell's own. Now build yours: "
            "`simpsh lesson exercise start shell-1`.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
