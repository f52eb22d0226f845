"""The captured command that never ends.

`x=$(start-server)` sometimes never returns, although start-server has ended long ago.  Whoever
captures output reads until end of file; end of file comes when nobody at all can write any more;
and the server that was left running has inherited the pipe.  It need not write a single byte.
It is enough that it could.
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
    Run,
    Say,
    Show,
    Try,
    all_of,
    anyone,
    at,
    before,
    hangs,
    happens,
    holders,
    insert,
    of,
    output,
    processes,
    returns,
    told_at,
    words,
)

caller, program, server = processes("caller", "program", "server")


# --- The demonstration -------------------------------------------------------------------------
def start_server() -> None:
    """A program that starts a server, says so, and ends."""
    server = os.fork()
    if server == 0:  # in the server
        signal.pause()  # it serves, for ever
        os._exit(0)
    os.write(1, b"started\n")
    os._exit(0)


def capture() -> None:
    """What x=$(start-server 2>&1) does."""
    read_end, write_end = os.pipe()
    program = os.fork()
    if program == 0:  # in the program
        os.dup2(write_end, 1)
        os.dup2(write_end, 2)
        os.closerange(3, 10)  # the originals
        start_server()
    os.close(write_end)
    while os.read(read_end, 4096):
        pass
    os.waitpid(program, 0)


# --- Edits: the fixes that people try, and worlds in which it is not so ---------------------------
def in_the_server(line: str) -> Edit:
    """Let the server do something before it serves."""
    return insert(line, above="signal.pause() ")


before_the_program_ends = insert("signal.pause()", above='os.write(1, b"started\\n")')
null_on_1_and_2 = in_the_server(
    'null = os.open("/dev/null", os.O_RDWR)\nos.dup2(null, 1)\nos.dup2(null, 2)'
)

the_hang = Run(
    capture,
    id="hang",
    also=[start_server],
    main="caller",
    leaves=[server],
    facts=("capture-waits-for-eof",),
    claims=[
        Claim(
            "The program has ended; it is a zombie, for nobody has collected it.",
            at("rest", program.state == "Z"),
            wrong=before_the_program_ends,
            facts=("capture-waits-for-eof",),
        ),
        Claim(
            "The caller sleeps in read. It has not come to its waitpid yet.",
            at("rest", caller.asleep_in == "read"),
            wrong=null_on_1_and_2,
            facts=("capture-waits-for-eof",),
        ),
        Claim(
            "A zombie has no descriptors: it is not the one that keeps the pipe open.",
            at("rest", program.holds_nothing()),
            wrong=before_the_program_ends,
        ),
        Claim(
            "The server holds the write end of the pipe.",
            at("rest", server.holds("A", "write")),
            wrong=null_on_1_and_2,
            facts=("find-the-holder",),
        ),
        Claim(
            "And it alone: nobody else could write.",
            at("rest", holders("A", "write") == "server by 1 and 2"),
            wrong=before_the_program_ends,
            facts=("find-the-holder",),
        ),
    ],
)

the_end = Run(
    capture,
    id="end",
    also=[start_server],
    main="caller",
    at_rest=[Kill(server)],
    facts=("capture-waits-for-eof",),
    claims=[
        Claim(
            "The end of the server is what brings end of file.",
            before(server.ends, caller.sees_end_of_file),
            wrong=null_on_1_and_2,
            facts=("capture-waits-for-eof",),
        ),
        Claim(
            "Only after that is the program collected, which had died long before.",
            before(server.ends, caller.collects(program)),
            wrong=null_on_1_and_2,
        ),
    ],
)

the_fixes = Compare(
    the_hang,
    id="fixes",
    title="in the server, before it serves",
    variants={
        "nothing": Edit(),
        "setsid(): a session of its own": in_the_server("os.setsid()"),
        "a second fork: a grandchild": in_the_server("if os.fork():\n    os._exit(0)"),
        "/dev/null on 1": in_the_server('os.dup2(os.open("/dev/null", os.O_RDWR), 1)'),
        "/dev/null on 1 and 2": null_on_1_and_2,
    },
    columns={
        "does the caller hang?": words(hangs, "hangs", "returns"),
        "who can still write": told_at("rest", holders("A", "write")),
    },
    facts=("hang-fixes-compared",),
    claims=[
        Claim(
            "A session of its own changes nothing.",
            of("setsid(): a session of its own", hangs),
            facts=("hang-fixes-compared",),
        ),
        Claim(
            "A second fork changes nothing.",
            of("a second fork: a grandchild", hangs),
            facts=("hang-fixes-compared",),
        ),
        Claim(
            "One descriptor left is enough.",
            of("/dev/null on 1", hangs),
            facts=("hang-fixes-compared",),
        ),
        Claim(
            "Nobody can write: the caller returns, and the server lives on.",
            of("/dev/null on 1 and 2", all_of(returns, at("end", server.state == "S"))),
            facts=("hang-fixes-compared",),
        ),
    ],
)

LESSON = Lesson(
    id="pipe-hang",
    title="The captured command that never ends",
    minutes=9,
    chapter="pipes and daemons",
    requires=["end-of-file"],
    remember="End of file means: nobody can write any more. Whoever hangs in read should ask who "
    "still can.",
    good_for="Build servers, cron jobs and test runners capture output. Each of them hangs on a "
    "daemon that keeps its caller's pipe, and now you know whom to ask.",
    read_on=("pipe(7)", "proc_pid_fd(5)", "daemon(7)"),
    steps=[
        Say(
            "You type `x=$(start-server)`. It says *started*, it ends – and your prompt does not "
            "come back. This is start-server: it forks, the child serves, the program itself is "
            "done.",
            code=start_server,
        ),
        Predict(
            "This is the shell's side of `$(…)`. The program has ended. **What is the caller "
            "doing?**",
            Choice(
                "it waits in waitpid for the program",
                at("rest", caller.asleep_in == "wait4"),
                "It would be easy if it were: the program is dead, so waitpid would return at "
                "once. The caller never gets that far.",
            ),
            Choice(
                "it sleeps in read",
                at("rest", caller.asleep_in == "read"),
                "{line:os.read} reads until end of file, and end of file has not come.",
            ),
            Choice(
                "it has finished",
                returns,
                "It would have, if the program had not left anybody behind.",
            ),
            code=capture,
        ),
        the_hang,
        Predict(
            "**Who** keeps the pipe open?",
            Choice(
                "the program: it is a zombie",
                at("rest", program.holds("A", "write")),
                "A zombie is a row in a table: a number and a status. Its descriptors were closed "
                "when it died.",
            ),
            Choice(
                "the server",
                at("rest", server.holds("A", "write")),
                "fork copied the program's descriptors, so the server's 1 and 2 are the pipe, too.",
            ),
            Choice(
                "the caller itself",
                at("rest", caller.holds("A", "write")),
                "That is the classic mistake, and {line:os.close(write_end)} avoids it: the "
                "caller closes its own write end.",
            ),
        ),
        Show(
            "descriptors",
            of="hang",
            at="rest",
            text="`readlink /proc/PID/fd/*` shows this for real processes, and `simpsh diagnose "
            "PID` asks the question for you: who holds the other end?",
        ),
        Say(
            "Let us test the diagnosis. If it is right, the caller must wake up the moment the "
            "server goes – without a word having been written. **You end the server.**"
        ),
        the_end,
        Say(
            "Killing the server is no cure: you wanted one. People try four things *inside the "
            "server*. Which of them lets the caller go?"
        ),
        Predict(
            "Which change cures the hang?",
            Choice(
                "setsid(): a session of its own",
                of("setsid(): a session of its own", returns),
                "A session decides about terminals and signals. Descriptors are not touched by it.",
            ),
            Choice(
                "a second fork, so that it is no child of the program",
                of("a second fork: a grandchild", returns),
                "Parenthood decides who waits for whom. The grandchild has inherited the same "
                "descriptors.",
            ),
            Choice(
                "/dev/null on 1",
                of("/dev/null on 1", returns),
                "Nearly. But 2 is the same pipe here (2>&1), and one write end is as good as two.",
            ),
            Choice(
                "/dev/null on 1 and 2",
                of("/dev/null on 1 and 2", returns),
                "Now nobody can write, so the reader gets end of file; the server lives on, and "
                "that is what you wanted.",
            ),
            code=start_server,
        ),
        the_fixes,
        Try(
            "This hangs until you press ^C, or for a thousand seconds:\n\n"
            "    x=$(sleep 1000 & echo started); echo $x\n\n"
            "Change it so that it prints *started* at once, with the sleep still running.",
            expect=all_of(returns, output == "started\n", happens(anyone.execs("sleep"))),
            hint="Who holds the pipe? Give it something else as its standard output.",
            solution="x=$(sleep 1000 >/dev/null & echo started); echo $x",
            wrong=[
                "x=$(sleep 1000 & echo started); echo $x",
                "x=$(sleep 1000 2>/dev/null & echo started); echo $x",
                "echo started",
            ],
            praise="The sleep still runs, and it holds no end of your pipe.",
            facts=("command-substitution-hang",),
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
