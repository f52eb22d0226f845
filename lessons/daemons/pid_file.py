"""A pid file is a lock with a number in it: lock it before you change it.

Two daemons start at the same moment: how does only one of them stay?  The existence of a file
cannot ensure that only one daemon runs: a crash leaves the file behind.  A lock can: the kernel
releases it when its last holder ends.  The sequence is: open without truncating, lock, truncate,
write the pid, keep the descriptor open.  No one removes the file.
"""

# ruff: noqa: SIM115 - some demonstrations leave a file open on purpose
from __future__ import annotations

import fcntl
import os
from contextlib import suppress

import simpsh
from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Edit,
    Explore,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    all_of,
    at,
    count,
    delete,
    file,
    happens,
    insert,
    none_of,
    outputs,
    processes,
    replace,
)

daemon, second = processes("daemon", "second")
(parent,) = processes("parent")


# --- 1. Look, then create ------------------------------------------------------------------------
def start_two() -> None:
    """Two starts at the same time; each checks whether there is a pid file."""
    for _ in range(2):
        daemon = os.fork()
        if daemon == 0:  # in a daemon
            with suppress(FileExistsError):
                if not os.path.exists("pid"):
                    os.open("pid", os.O_CREAT | os.O_WRONLY, 0o644)
                    os.write(1, b"started ")
            os._exit(0)
    os.wait()
    os.wait()


# --- 2. Truncate, then lock ----------------------------------------------------------------------
def start_again() -> None:
    """A daemon runs; a second one is started."""
    pid_file = open("pid", "w")
    fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print(os.getpid(), file=pid_file, flush=True)
    second = os.fork()
    if second == 0:  # in the second
        try:
            mine = open("pid", "w")
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os._exit(1)  # one is running already
        os._exit(0)
    os.waitpid(second, 0)


# --- 3. A mode -----------------------------------------------------------------------------------
def no_mode() -> None:
    """Create a pid file without a mode."""
    os.umask(0o022)
    os.close(os.open("pid", os.O_RDWR | os.O_CREAT))
    mode = os.stat("pid").st_mode & 0o777
    print(f"{mode:o}", flush=True)


# --- 4. The right sequence -----------------------------------------------------------------------
def start_once() -> None:
    """Start, or exit with 1 if a daemon runs already."""
    lock = os.open("pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os._exit(1)  # one is running already
    os.ftruncate(lock, 0)
    os.write(lock, b"%d\n" % os.getpid())  # lock stays open


def start_right() -> None:
    """The daemon, then a second start."""
    start_once()  # in the daemon
    second = os.fork()
    if second == 0:  # in the second
        start_once()
        os._exit(0)
    os.waitpid(second, 0)


# --- 5. The same with the library ----------------------------------------------------------------
def start_by_the_library() -> None:
    """The daemon, then a second start."""
    pid_file = simpsh.PidFile("pid")
    pid_file.acquire()
    second = os.fork()
    if second == 0:  # in the second
        try:
            simpsh.PidFile("pid").acquire()
        except simpsh.AlreadyRunning:
            os._exit(1)
        os._exit(0)
    os.waitpid(second, 0)
    pid_file.release()
    print(os.listdir(), flush=True)


# --- Edits ---------------------------------------------------------------------------------------
in_one_step = replace("os.O_CREAT", "os.O_CREAT | os.O_EXCL")
not_exclusive = replace("os.O_CREAT | os.O_EXCL", "os.O_CREAT")
keeps_the_text = replace('mine = open("pid", "w")', 'mine = open("pid", "a")')
truncates_first = replace("os.O_CREAT | os.O_CLOEXEC", "os.O_CREAT | os.O_CLOEXEC | os.O_TRUNC")
closes_it = replace("# lock stays open", "# not so\nos.close(lock)")

LESSON = Lesson(
    id="pid-file",
    title="One daemon at a time: the pid file",
    minutes=9,
    chapter="daemons",
    requires=["daemonize", "rule-6-open-files"],
    remember="Open without truncating, lock, truncate, write, and keep the descriptor open. The "
    "lock says that the daemon runs.",
    good_for="“Already running” after a crash; two daemons on one database; a pid file that is "
    "empty: each comes from a wrong order of these five steps.",
    read_on=("flock(2)", "open(2), O_EXCL", "daemon(7)", "TLPI 55.6 Running Just One Instance"),
    exercise="daemon",
    steps=[
        Say(
            "A daemon writes its pid into a *pid file*: a command can stop the daemon, and no "
            "second daemon may start. A common mistake: look, then create."
        ),
        Predict(
            "Two daemons are started at the same moment. How many **can** start?",
            Choice(
                "only one",
                outputs == {"started "},
                "This needs look and create in one step. With O_EXCL they are one: `open` fails "
                "if the file exists. Here they are two.",
            ),
            Choice(
                "one or two",
                outputs == {"started ", "started started "},
                "If both look before one of them creates, both find no file. Then both start.",
            ),
            Choice(
                "always two",
                outputs == {"started started "},
                "Two start if both look before a file exists. If one daemon creates its file "
                "before the other looks, only one starts.",
            ),
            hint="Write down the steps of both: look, create. In which orders can they happen?",
        ),
        Explore(
            start_two,
            id="race",
            native=20,
            births=("daemon 2",),
            facts=("pidfile-toctou",),
            claims=[
                Claim(
                    "In some orders both daemons start.",
                    outputs == {"started ", "started started "},
                    wrong=in_one_step,
                )
            ],
        ),
        Say(
            "With O_EXCL, after a crash the file is still there, and no daemon can start. A "
            "*lock* ends with its holder. The second mistake: truncate, then lock."
        ),
        Predict(
            "The daemon holds the lock. What is in its pid file after a second start?",
            Choice(
                "the daemon's number",
                all_of(happens(second.exits(1)), none_of(file("pid") == "")),
                "The number stays if the second daemon opens with “a” (append). It opened the "
                "file with “w”, before it asked for the lock.",
            ),
            Choice(
                "no number any longer",
                file("pid") == "",
                "`open` with “w” truncates the file. A lock of `flock` is advisory: it refuses "
                "other locks, not writes.",
            ),
            Choice(
                "the second's number",
                all_of(happens(second.exits(0)), none_of(file("pid") == "")),
                "The second daemon writes its number only when it has the lock. The lock is "
                "refused, because the first daemon lives.",
            ),
            hint="In which order does the second daemon open, truncate, lock and write?",
        ),
        Run(
            start_again,
            id="again",
            main="daemon",
            watch=("open",),
            facts=("truncate-before-lock",),
            claims=[
                Claim(
                    "The second daemon is refused.",
                    happens(second.exits(1)),
                    wrong=delete("fcntl.flock(pid_file"),
                ),
                Claim(
                    "But the number is gone: no command can find the daemon by this file.",
                    file("pid") == "",
                    wrong=keeps_the_text,
                ),
            ],
        ),
        Ask(
            "Now `os.open` creates the file, and no mode is given. The umask is 022. Which mode "
            "does the file get?",
            answer=daemon.output,
            because="Python's `os.open` asks for 777 if you give no mode; the umask leaves 755. "
            "That is a pid file that can be executed.",
            near={
                "644": "That is what `open()` gets: it asks for 666. `os.open` asks for 777.",
                "777": "`os.open` asks for 777, and the umask 022 takes two bits away.",
                "666": "`open()` asks for 666; `os.open` asks for 777. The umask applies to both.",
            },
            hint="Look up the signature of `os.open`. What is the default of its third argument?",
        ),
        Run(
            no_mode,
            id="mode",
            main="daemon",
            shows="output",
            claims=[
                Claim(
                    "Without a mode the pid file is executable: 755.",
                    daemon.prints("755"),
                    wrong=replace("os.O_CREAT)", "os.O_CREAT, 0o644)"),
                    facts=("umask",),
                )
            ],
        ),
        Say(
            "This is the right sequence. The mode is 644: all may read, the owner may write. "
            "O_CLOEXEC keeps the lock out of programs that the daemon executes.",
            code=start_once,
        ),
        Predict(
            "The second process inherits the daemon's descriptor and calls `start_once`. What "
            "happens?",
            Choice(
                "it exits with status 1",
                happens(second.exits(1)),
                "Its own `open` makes a second open file description, and the lock belongs to "
                "the first.",
            ),
            Choice(
                "it gets the inherited lock",
                happens(second.exits(0)),
                "The **inherited** descriptor has the lock already: a `flock` of that one "
                "succeeds. `start_once` opens the file once more.",
            ),
            Choice(
                "it sleeps until the lock is free",
                at("rest", second.asleep_in == "flock"),
                "Without LOCK_NB `flock` sleeps until the lock is free. With LOCK_NB it fails "
                "at once.",
            ),
            code=start_right,
            hint="By rule 6 `fork` shares an open file description. What does `open` make?",
        ),
        Run(
            start_right,
            id="right",
            main="daemon",
            also=[start_once],
            facts=("truncate-before-lock", "pidfile-toctou"),
            claims=[
                Claim(
                    "The second start is refused, because the daemon keeps the lock.",
                    happens(second.exits(1)),
                    wrong=[closes_it, delete("fcntl.flock")],
                ),
                Claim(
                    "The daemon's number is still in the file: truncating comes after the lock.",
                    none_of(file("pid") == ""),
                    wrong=truncates_first,
                ),
            ],
        ),
        Say(
            "The file must **stay** when the daemon ends. If it is removed, a start that has "
            "opened it locks a file without a name. The next start locks a new file: two daemons "
            "run. So `release` of `simpsh.PidFile` only empties it."
        ),
        Run(
            start_by_the_library,
            id="library",
            main="daemon",
            claims=[
                Claim(
                    "`acquire` refuses the second start.",
                    happens(second.exits(1)),
                    wrong=delete("pid_file.acquire()"),
                    facts=("pidfile-toctou",),
                ),
                Claim(
                    "After `release` the file is still there.",
                    daemon.prints("['pid']"),
                    wrong=replace("pid_file.release()", 'os.remove("pid")'),
                ),
            ],
        ),
        Repair(
            Run(
                start_two,
                id="repair",
                edit=in_one_step,
                claims=[
                    Claim(
                        "Both starts are collected.",
                        count(parent.collects()) == 2,
                        wrong=replace("range(2)", "range(1)"),
                        hint="Keep both starts, and both waits.",
                    )
                ],
            ),
            every_order=[
                Claim(
                    "In every order one of the two starts.",
                    outputs == {"started "},
                    wrong=[
                        not_exclusive,
                        not_exclusive + insert("time.sleep(0.01)", above="os.open("),
                    ],
                    hint="Look and create in **one** call. Which flag of `open` fails if the file "
                    "is there?",
                )
            ],
            task="Two daemons are started at the same time, and each checks whether there is a pid "
            "file. One may print `started`. Sometimes both do. Make that impossible.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=replace("O_CREAT | O_WRONLY", "O_CREAT | O_EXCL | O_WRONLY")
            + replace('err(1, "pid")', "_exit(0)"),
            hint="Between the look and the open another process may run.",
            praise="With O_EXCL the kernel looks and creates in one step. One of the two fails.",
        ),
    ],
)
