"""How to be rid of the dead: five ways, and what each of them costs.

Whoever forks must collect, or say in good time that nobody needs to.  One can wait; have the
children be another's, by forking twice; ignore SIGCHLD, or set SA_NOCLDWAIT, and never learn how
anybody ended; or collect in a handler, which must loop and must never block.  To leave SIGCHLD at
its default is not to ignore it, although the default does nothing.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    at,
    count,
    delete,
    everyone_called,
    happens,
    how_many,
    insert,
    never,
    of,
    output,
    processes,
    reaper,
    replace,
    told_at,
)

server, middle, worker = processes("server", "middle", "worker")
parent, sh = processes("parent", "sh")
SA_NOCLDSTOP, SA_NOCLDWAIT = 1, 2


# --- 1. Three workers, nobody waits --------------------------------------------------------------
def serve() -> None:
    """A server gives each task to a worker, and never asks."""
    for code in (1, 2, 3):
        worker = os.fork()
        if worker == 0:  # in the worker
            os._exit(code)
    os.write(1, b"next, please\n")  # ① the workers have ended
    os.write(1, b"next, please\n")  # ② the server has gone on


class Action(ctypes.Structure):
    """The C library's struct sigaction."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_char * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


def set_flags(number: int, flags: int) -> None:
    """Set flags of a signal's action, which Python has no function for: sigaction(2)."""
    library, action = ctypes.CDLL(None, use_errno=True), Action()
    library.sigaction(ctypes.c_int(number), None, ctypes.byref(action))
    action.flags |= flags
    library.sigaction(ctypes.c_int(number), ctypes.byref(action), None)


def collect_all(*_: object) -> None:
    """A handler for SIGCHLD: collect whoever has ended, and do not wait for the others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass  # nobody is left


# --- 2. The price of ignoring --------------------------------------------------------------------
def ask_how_it_went() -> None:
    """A program is run, and fails."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    code = subprocess.run(["sh", "-c", "exit 7"]).returncode
    print("returned", code, flush=True)


# --- 3. Fork twice -------------------------------------------------------------------------------
def fork_twice() -> None:
    """The worker is a grandchild: it is not the server's to collect."""
    middle = os.fork()
    if middle == 0:  # in the middle
        worker = os.fork()
        if worker == 0:  # in the worker
            os._exit(3)  # ② it has worked
        os._exit(0)
    os.waitpid(middle, 0)
    os.write(1, b"next, please\n")  # ① the server goes on


# --- Edits ---------------------------------------------------------------------------------------
def first(line: str) -> Edit:
    """Let the server do something before it forks."""
    return insert(line, above="for code in")


not_ignored = delete("signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
no_wait = delete("os.waitpid(middle, 0)")
server_adopts = insert("ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)", above="middle = os.fork()")
no_second_fork = replace("worker = os.fork()", "worker = 0")
zombies = how_many(everyone_called("worker"), lambda one: one.state == "Z")

the_ways = Compare(
    Run(serve, id="three", main="server"),
    id="ways",
    title="before it forks",
    variants={
        "nothing": Edit(),
        "SIGCHLD to its default: SIG_DFL": first("signal.signal(signal.SIGCHLD, signal.SIG_DFL)"),
        "SIGCHLD ignored: SIG_IGN": first("signal.signal(signal.SIGCHLD, signal.SIG_IGN)"),
        "SA_NOCLDSTOP": first("set_flags(signal.SIGCHLD, SA_NOCLDSTOP)"),
        "SA_NOCLDWAIT": first("set_flags(signal.SIGCHLD, SA_NOCLDWAIT)"),
        "a handler that collects all": first("signal.signal(signal.SIGCHLD, collect_all)"),
    },
    columns={
        "zombies at ②": told_at("②", zombies),
        "statuses the server got": count(server.collects()),
    },
    claims=[
        Claim(
            "The default prevents nothing, although it does nothing.",
            of("SIGCHLD to its default: SIG_DFL", at("②", zombies == 3)),
            facts=("default-is-not-ignore",),
        ),
        Claim(
            "Ignored: no zombie, and no status.",
            of(
                "SIGCHLD ignored: SIG_IGN",
                all_of(at("②", zombies == 0), count(server.collects()) == 0),
            ),
            facts=("prevent-2-sig-ign", "default-is-not-ignore"),
        ),
        Claim(
            "SA_NOCLDSTOP concerns stops: it prevents no zombie.",
            of("SA_NOCLDSTOP", at("②", zombies == 3)),
            facts=("prevent-4-nocldwait-nocldstop",),
        ),
        Claim(
            "SA_NOCLDWAIT prevents them all, as ignoring does.",
            of("SA_NOCLDWAIT", at("②", zombies == 0)),
            facts=("prevent-4-nocldwait-nocldstop",),
        ),
        Claim(
            "A handler that collects all leaves no zombie, and has every status.",
            of(
                "a handler that collects all",
                all_of(at("②", zombies == 0), count(server.collects()) == 3),
            ),
            facts=("prevent-3-looping-handler",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="no-zombies",
    title="Five ways to be rid of zombies",
    minutes=10,
    chapter="orphans and zombies",
    requires=["zombie"],
    remember="Wait for each child, or collect all at SIGCHLD. To ignore it costs every status.",
    good_for="A web server or a cron that forks a thousand times a day needs one of these ways. "
    "Which one, depends on whether it wants to know how they ended.",
    read_on=("wait(2), NOTES", "sigaction(2), SA_NOCLDWAIT", "POSIX.1-2024 sigaction()"),
    steps=[
        Say(
            "A server forks a worker for each task and does not wait: it has to go on. At ① three "
            "workers have ended. One line before the loop can change what is left of them at ②."
        ),
        Predict(
            "Which of these lines leaves **no** zombie?",
            Choice(
                "SIGCHLD to its default, which does nothing",
                of("SIGCHLD to its default: SIG_DFL", at("②", zombies == 0)),
                "The default is to do nothing *with the signal*; the zombies stay. SIG_IGN is a "
                "word of its own: I shall never ask.",
            ),
            Choice(
                "the flag SA_NOCLDSTOP",
                of("SA_NOCLDSTOP", at("②", zombies == 0)),
                "That one spares the server the news of *stopped* children. It is SA_NOCLDWAIT "
                "that makes the dead vanish.",
            ),
            Choice(
                "SIGCHLD ignored",
                of("SIGCHLD ignored: SIG_IGN", at("②", zombies == 0)),
                "Whoever ignores SIGCHLD says that it will not ask. POSIX has it so since 2001; "
                "older texts call it undefined.",
            ),
            code=serve,
        ),
        the_ways,
        Predict(
            "Nothing is free. SIGCHLD is ignored; `sh` exits with 7. What is printed?",
            Choice(
                "returned 7",
                parent.prints("returned 7"),
                "The status was thrown away at sh's end, with the zombie. There was nothing left "
                "to ask for.",
            ),
            Choice(
                "returned 0",
                parent.prints("returned 0"),
                "waitpid fails with ECHILD: nobody knows how it ended. Python makes a 0 of that, "
                "which looks like success.",
            ),
            Choice(
                "nothing: an exception",
                output == "",
                "It could be one: waitpid has failed. But Python's subprocess lets that pass and "
                "takes the status for 0.",
            ),
        ),
        Run(
            ask_how_it_went,
            id="ignored",
            births=("sh",),
            claims=[
                Claim(
                    "sh exits with 7, and vanishes without having been a zombie.",
                    all_of(happens(sh.exits(7)), happens(sh.vanishes)),
                    wrong=not_ignored,
                    facts=("prevent-2-sig-ign",),
                ),
                Claim(
                    "waitpid fails with ECHILD, and a failure is told as success.",
                    all_of(happens(parent.fails("waitpid", "ECHILD")), output == "returned 0\n"),
                    wrong=not_ignored,
                    facts=("prevent-2-sig-ign",),
                ),
            ],
        ),
        Predict(
            "Fork **twice**, and the worker is a grandchild. Whom must the server wait for?",
            Choice(
                "nobody",
                never(server.waits()),
                "The middle one is a child like any other; without {line:os.waitpid} it stays, a "
                "zombie.",
            ),
            Choice(
                "the middle one, which ends at once",
                all_of(happens(server.collects(middle)), never(server.collects(worker))),
                "And when that ends, the worker is adopted: another will collect it.",
            ),
            Choice(
                "the worker, too, some day",
                happens(server.collects(worker)),
                "One can wait for children only. The worker is its adopter's.",
            ),
        ),
        Run(
            fork_twice,
            id="twice",
            main="server",
            claims=[
                Claim(
                    "At ① the worker is at work, and belongs to the adopter.",
                    at("①", all_of(worker.exists, worker.parent == reaper)),
                    wrong=server_adopts,
                    facts=("prevent-1-double-fork",),
                ),
                Claim(
                    "The one in the middle is collected, else it would be the zombie.",
                    at("①", middle.is_gone),
                    wrong=no_wait,
                    facts=("prevent-1-double-fork",),
                ),
                Claim(
                    "The adopter collects the worker.",
                    happens(reaper.collects(worker)),
                    wrong=no_second_fork,
                    facts=("prevent-1-double-fork",),
                ),
            ],
        ),
        Say(
            "Some texts let the *server* fork again and end: its shell then takes the service for "
            "done. It is the one in the middle that ends. A handler, which keeps every status, has "
            "traps of its own: they are the next lesson."
        ),
        Try(
            "This leaves a zombie, as sleep never waits:\n\n"
            "    sh -c 'true & exec sleep 1000' &\n\n"
            "Keep both, and leave no zombie.",
            expect=all_of(
                happens(sh.execs("sleep")),
                happens(sh.forks()),
                count(sh.collects()) == count(sh.forks()),
            ),
            hint="sh can wait before it becomes sleep; or true can be somebody else's child.",
            solution="sh -c '(true &); exec sleep 1000' &",
            wrong=["sh -c 'true & exec sleep 1000' &", "sh -c 'exec sleep 1000' &"],
            praise="What is collected, or another's, is no zombie of yours.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
