"""A daemon lets go of everything: of its caller, terminal, directory and open files.

Each line of the well-known recipe is there because something breaks without it.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    all_of,
    anyone,
    at,
    delete,
    file,
    happens,
    how_many,
    insert,
    never,
    none_of,
    of,
    processes,
    replace,
    told_at,
    words,
)

shell, middle, daemon, parent = processes("shell", "middle", "daemon", "parent")


# --- 1. The recipe -----------------------------------------------------------------------------
def daemonize() -> None:
    """Become a daemon."""
    if os.fork():  # in the caller
        os._exit(0)
    os.setsid()
    if os.fork():  # in the leader of the session
        os._exit(0)  # no finally, no buffers
    os.chdir("/")
    os.umask(0o027)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(3, 2**31 - 1)


def start() -> None:
    """A shell starts a program, which becomes a daemon."""
    program = os.fork()
    if program == 0:  # in the program
        os.setpgid(0, 0)  # as shells do with each job
        try:
            daemonize()
            signal.pause()  # it serves, for ever
        finally:
            print("tidied up", flush=True)
    os.waitpid(program, 0)
    signal.pause()  # the shell, at its prompt


# --- 2. The leader of a session, and a terminal --------------------------------------------------
def open_a_terminal() -> None:
    """Lead a session, and open a terminal."""
    server = os.fork()
    if server == 0:  # in the server
        os.setsid()
        _, terminal = os.openpty()  # a new one
        os.open(os.ttyname(terminal), os.O_RDWR)
        signal.pause()
    signal.pause()


# --- 3. The mask ---------------------------------------------------------------------------------
def create() -> None:
    """A daemon that has set its mask creates a file, as most programs do: with 0666."""
    os.umask(0o027)
    os.close(os.open("log", os.O_CREAT | os.O_WRONLY, 0o666))
    mode = os.stat("log").st_mode & 0o777
    print(f"{mode:o}", flush=True)


# --- 4. The standard descriptors ---------------------------------------------------------------
def record() -> None:
    """A daemon that writes a file; some library of its writes a message."""
    os.close(1)
    data = os.open("data", os.O_CREAT | os.O_RDWR, 0o600)
    os.write(data, b"record 1\n")
    try:
        os.write(1, b"hello\n")  # some library's message
    except OSError:
        os._exit(1)


# --- 5. All others -------------------------------------------------------------------------------
def close_all() -> None:
    """Close everything from 3 up to the limit, which somebody has lowered."""
    fcntl.fcntl(1, fcntl.F_DUPFD, 60)  # from the caller: 60
    resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    signal.pause()


# --- Edits: one line less, one word else ---------------------------------------------------------
no_second_fork = replace("os.fork():  # in the leader of the session", "False:")
second_fork = insert("if os.fork():\n    os._exit(0)", above="_, terminal")

a_terminal_is_had = at("rest", how_many(anyone, lambda one: one.terminal != "") == 1)

the_daemon = Run(
    start,
    id="daemon",
    also=[daemonize],
    main="shell",
    births=("middle", "daemon"),
    terminal=True,
    claims=[
        Claim(
            "setsid was allowed: the first fork had made a process that leads no group.",
            never(anyone.fails("setsid", "EPERM")),
            wrong=replace("os.fork():  # in the caller", "False:"),
            facts=("setsid-needs-non-leader",),
        ),
        Claim(
            "The daemon has no controlling terminal; the shell has.",
            at("rest", all_of(daemon.terminal == "", shell.terminal != "")),
            wrong=delete("os.setsid()"),
        ),
        Claim(
            "Nobody but the shell leads a session now: the leader of the daemon's has ended.",
            at("rest", how_many(anyone, lambda one: one.session == one.pid) == 1),
            wrong=no_second_fork,
            facts=("second-fork-no-ctty",),
        ),
        Claim(
            "It keeps nobody's directory, and so no file system, busy: it sits in /.",
            at("rest", daemon.cwd == "/"),
            wrong=delete('os.chdir("/")'),
            facts=("chdir-root",),
        ),
        Claim(
            "It has 0, 1 and 2, which are /dev/null, and nothing else.",
            at("rest", all_of(daemon.descriptors == (0, 1, 2), daemon.holds_file("/dev/null"))),
            wrong=delete("os.closerange"),
            facts=("close-inherited-fds",),
        ),
        Claim(
            "Nobody “tidied up” in between: os._exit runs no finally and writes no buffer.",
            never(anyone.writes("tidied up")),
            wrong=replace("os._exit(0)  # no finally", "raise SystemExit  # not so: finally"),
            facts=("intermediate-uses-raw-exit",),
        ),
    ],
)

the_terminal = Compare(
    Run(open_a_terminal, id="terminal"),
    id="terminals",
    title="the server",
    variants={
        "as it stands": Edit(),
        "O_NOCTTY": replace("os.O_RDWR)", "os.O_RDWR | os.O_NOCTTY)"),
        "a second fork": second_fork,
    },
    columns={"the server's terminal": words(a_terminal_is_had, "the one it opened", "none")},
    needs=("terminal",),
    facts=("second-fork-no-ctty",),
    claims=[
        Claim(
            "Who leads a session and has no terminal gets the first one that it opens.",
            of("as it stands", a_terminal_is_had),
        ),
        Claim("Who leads none gets none.", of("a second fork", none_of(a_terminal_is_had))),
    ],
)

the_message = Compare(
    Run(record, id="record"),
    id="messages",
    title="descriptor 1 is",
    variants={
        "closed": Edit(),
        "null, O_RDONLY": replace("os.close(1)", 'os.dup2(os.open("/dev/null", os.O_RDONLY), 1)'),
        "null, O_RDWR": replace("os.close(1)", 'os.dup2(os.open("/dev/null", os.O_RDWR), 1)'),
    },
    columns={
        "the message": words(happens(parent.fails("write", "EBADF")), "fails: EBADF", "is written"),
        "the file data": file("data"),
    },
    claims=[
        Claim(
            "The file got the closed number, and the message.",
            of("closed", file("data") == "record 1\nhello\n"),
            facts=("fd-reuse",),
        ),
        Claim(
            "What was opened for reading cannot be written: the program fails.",
            of("null, O_RDONLY", happens(parent.fails("write", "EBADF"))),
            facts=("devnull-must-be-rdwr",),
        ),
        Claim(
            "With /dev/null for both, the message is gone and the file is whole.",
            of("null, O_RDWR", file("data") == "record 1\n"),
            facts=("devnull-must-be-rdwr",),
        ),
    ],
)

LESSON = Lesson(
    id="daemonize",
    title="A daemon lets go of everything",
    minutes=11,
    chapter="pipes and daemons",
    requires=["pipe-hang"],
    remember="A daemon keeps nothing: no parent, terminal, directory, mask or descriptor.",
    good_for="A server that you start by hand must survive your logout, and must not keep a disk, "
    "a pipe or a terminal of yours. Service managers do these steps for their services.",
    read_on=("daemon(7)", "setsid(2)", "credentials(7)", "close_range(2)", "umask(2)"),
    steps=[
        Say(
            "A **daemon** works on when whoever started it has gone. Each line of this recipe lets "
            "go of something inherited. What breaks without it?",
            code=daemonize,
        ),
        Predict(
            "The daemon has passed the last line. **Who** leads its session?",
            Choice(
                "the daemon itself",
                at("rest", daemon.session == daemon.pid),
                "Without the second fork it would: whoever calls setsid leads.",
            ),
            Choice(
                "nobody: its leader is dead",
                at("rest", all_of(daemon.session == middle.pid, middle.is_gone)),
                "The middle one called setsid, so it was the leader; it has ended.",
            ),
            Choice(
                "the shell",
                at("rest", daemon.session == shell.pid),
                "Without setsid it would. The first fork alone, whatever recipes say, detaches "
                "from nothing.",
            ),
            code=start,
        ),
        the_daemon,
        Show(
            "picture",
            of="daemon",
            text="From the top: a fork, since the program leads a group and may not call setsid; "
            "setsid; a fork, so that the leader can end.",
        ),
        Predict(
            "The server **leads** a session without a terminal. It opens one, as if to write a "
            "message. What then?",
            Choice(
                "it has got a controlling terminal",
                of("as it stands", a_terminal_is_had),
                "On Linux the leader of a session without a terminal gets the first that it "
                "opens. Then a ^C or a hangup there is meant for it.",
            ),
            Choice(
                "nothing: it has opened a file",
                of("as it stands", none_of(a_terminal_is_had)),
                "That is so for everybody who leads no session, or says O_NOCTTY. This is what "
                "the second fork is for.",
            ),
        ),
        the_terminal,
        Ask(
            "`umask` takes rights away. Which mode has the file, in three digits?",
            answer=parent.output,
            because="0666 without the bits of 027: the group may read, others get nothing.",
            near={
                "666": "So it would be with umask(0), which old recipes have: everybody may write "
                "the daemon's files.",
                "637": "A mask is not subtracted; it clears bits. 6 without 7 is 0.",
            },
        ),
        Run(
            create,
            id="mask",
            facts=("umask",),
            claims=[
                Claim(
                    "The file is not everybody's to write.",
                    parent.prints("640"),
                    wrong=replace("0o027", "0"),
                ),
            ],
        ),
        Predict(
            "The daemon has **closed** 1, and opens a file. Where does the message go?",
            Choice(
                "nowhere: write fails",
                of("closed", happens(parent.fails("write", "EBADF"))),
                "So it does until the number is used again, and open takes the lowest free one.",
            ),
            Choice(
                "into the file",
                of("closed", file("data") == "record 1\nhello\n"),
                "open takes the lowest free number: 1. Now it is the standard output.",
            ),
            Choice(
                "to the output of its caller",
                of("closed", parent.output == "hello\n"),
                "Closed is closed: nothing leads there any more, for this process.",
            ),
        ),
        the_message,
        Predict(
            "Descriptor 60 is open; the limit is then lowered to 50. What does closing up to "
            "the **limit** leave open?",
            Choice(
                "0, 1 and 2",
                of("SC_OPEN_MAX", at("rest", parent.descriptors == (0, 1, 2))),
                "So it would be if lowering the limit closed anything. It forbids new ones.",
            ),
            Choice(
                "0, 1, 2 and 60",
                of("SC_OPEN_MAX", at("rest", parent.descriptors == (0, 1, 2, 60))),
                "A lowered limit closes nothing. Close up to the largest number there is: "
                "close_range(2) does that in one call.",
            ),
        ),
        Compare(
            Run(close_all, id="closing"),
            id="limits",
            title="closed from 3 up to",
            variants={
                "SC_OPEN_MAX": Edit(),
                "the largest number": replace('os.sysconf("SC_OPEN_MAX")', "2**31 - 1"),
            },
            columns={"still open": told_at("rest", parent.descriptors)},
            facts=("close-inherited-fds",),
            claims=[
                Claim(
                    "Old recipes, which end at SC_OPEN_MAX, miss what lies above a lowered limit.",
                    of("SC_OPEN_MAX", at("rest", parent.descriptor(60).is_open)),
                ),
            ],
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
