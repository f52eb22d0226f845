"""The properties that a child inherits from its parent.

Which attributes does a child have from its parent, and which are its own?  Most attributes of a
process are copied to its child: directory, limits, umask, environment.  Some belong to one process
and are not copied: pid, alarm, record locks, CPU time.  Parent and child share the objects of their
descriptors: files, and also eventfds and epolls.
"""

from __future__ import annotations

import fcntl
import os
import resource  # noqa: F401 - rows of the tables need it, and the next two
import select
import signal  # noqa: F401
import time  # noqa: F401

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    LineRun,
    NotShown,
    Predict,
    Run,
    Say,
    Try,
    Variation,
    asked,
    insert,
    printed,
    replace,
)


# --- 1. One question, asked in both -------------------------------------------------------------
def asked_in_both() -> None:
    """The parent sets an attribute, and both processes check whether they have it."""
    ask = os.getcwd
    os.chdir("/")
    in_parent = ask()
    child = os.fork()
    if child == 0:  # in the child
        in_child = ask()
        print("child: ", in_child, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    print("parent:", in_parent, flush=True)


def may_lock(path: str) -> str:
    """Ask for a record lock without waiting; a process that already holds it gets it again."""
    try:
        fcntl.lockf(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "refused"
    return "granted"


# --- 2. Objects of the kernel -------------------------------------------------------------------
def counter() -> None:
    """The parent tells the child a number, through two objects that the child inherits."""
    number = os.eventfd(0)  # a counter in the kernel
    watch = select.epoll()
    watch.register(number, select.EPOLLIN)
    child = os.fork()
    if child == 0:  # in the child
        watch.poll()  # sleeps until the counter is not 0
        os.write(1, b"%d" % os.eventfd_read(number))
        os._exit(0)
    os.eventfd_write(number, 5)
    os.waitpid(child, 0)


# --- What is set, and how it is asked -----------------------------------------------------------
def row(sets: str, ask: str) -> Edit:
    """Put a row of the table into the demonstration."""
    return replace('os.chdir("/")', sets) + replace("os.getcwd", ask)


LEFT = "lambda: round(signal.getitimer(signal.ITIMER_REAL)[0])"
CPU = "lambda: round(time.process_time() * 1000)"


columns = {"in the parent": "parent['in_parent']", "in the child": "child['in_child']"}
set_both = Run(asked_in_both, id="ask")

the_copied = Compare(
    set_both,
    id="copied",
    needs=("prlimit64",),
    title="the parent sets",
    variants={
        "the directory": Edit(),
        "the umask": row("os.umask(0o27)", 'lambda: format(os.umask(0o27), "03o")'),
        "a limit: 100 open files": row(
            "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))",
            "lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0]",
        ),
        "an environment variable": row('os.environ["A"] = "1"', 'lambda: os.environ["A"]'),
        "nice 5": row("os.nice(5)", "lambda: os.getpriority(os.PRIO_PROCESS, 0)"),
        "a pid, asked for": row("pass", "os.getpid"),
    },
    columns={"the child has the same": "child['in_child'] == parent['in_parent']"},
    claims=[
        Claim(
            "The child has the directory, the umask and the limit of its parent.",
            "row('the directory').child['in_child'] == row('the directory').parent['in_parent'] "
            "and "
            "row('the umask').child['in_child'] == row('the umask').parent['in_parent'] and "
            "row('a limit: 100 open files').child['in_child'] == "
            "row('a limit: 100 open files').parent['in_parent']",
        ),
        Claim(
            "Only the pid is different.",
            "row('a pid, asked for').child['in_child'] != "
            "row('a pid, asked for').parent['in_parent'] and "
            "row('an environment variable').child['in_child'] == "
            "row('an environment variable').parent['in_parent'] and "
            "row('nice 5').child['in_child'] == row('nice 5').parent['in_parent']",
        ),
    ],
)

the_own = Compare(
    set_both,
    id="own",
    title="the parent has",
    variants={
        "the directory /": Edit(),
        "alarm(100): seconds left": row("signal.alarm(100)", LEFT),
        "a record lock, asked for again": row('may_lock("f")', 'lambda: may_lock("f")'),
        "used CPU time, in ms": row("sum(range(10**6))", CPU),
    },
    columns=columns,
    claims=[
        Claim(
            "The child has no alarm: 0 seconds are left.",
            "row('alarm(100): seconds left').child['in_child'] == 0",
        ),
        Claim(
            "The child has no record lock: the kernel refuses it.",
            "row('a record lock, asked for again').child['in_child'] == 'refused'",
        ),
        Claim(
            "The child's CPU time begins at 0.",
            "row('used CPU time, in ms').child['in_child'] < "
            "row('used CPU time, in ms').parent['in_parent']",
        ),
    ],
)

# --- The lesson ---------------------------------------------------------------------------------


# --- What the task asks --------------------------------------------------------------------------
def sh_looks(line: LineRun) -> str:
    """The script of an sh has the variable's name."""
    scripts = [argv[2] for _, _, argv in line.execs() if len(argv) > 2 and argv[1] == "-c"]
    looking = [script for script in scripts if "$A" in script or "${A" in script]
    if any("A=" not in script for script in looking):
        return ""
    if looking:
        return f"the script of `sh` sets `A` itself: `{looking[0]}`"
    return f"the script of `sh` was `{scripts[0]}`" if scripts else "no `sh -c` ran"


def own_a_stays(line: LineRun) -> str:
    """The shell sets it to no other value."""
    value = line.became("A", *line.assigned(line.shell, "A")[:1] or ("",))
    return f"your shell's `A` became {value}" if value else ""


LESSON = Lesson(
    id="inherited",
    title="What a child inherits",
    minutes=7,
    chapter="fork",
    requires=["rule-7-wait-for-every-child"],
    remember="A child has its parent's attributes. It does not have what belongs to one process: "
    "pid, alarm, record locks, CPU time.",
    good_for="You set a umask, a limit or a variable once in the shell, and every program that the "
    "shell starts has it. That is also why a wrong one is hard to find.",
    read_on=(
        "fork(2)",
        "POSIX.1-2024 fork()",
        "eventfd(2)",
        "epoll(7)",
        "Kerrisk, TLPI, section 28.4",
    ),
    steps=[
        Predict(
            "{line:ask = os.getcwd} asks for the directory. Five other things are asked for, "
            "too. Which one is **different** in the child?",
            Choice(
                "the umask",
                "row('the umask').child['in_child'] != row('the umask').parent['in_parent']",
                "A login program sets a umask, and `fork` sets none. The *umask* is an attribute "
                "of the process, and the child has its parent's.",
            ),
            Choice(
                "the limit of open files",
                "row('a limit: 100 open files').child['in_child'] != "
                "row('a limit: 100 open files').parent['in_parent']",
                "If a new process had no limit, a program could escape its limit by a fork. The "
                "child has the limits of its parent.",
            ),
            Choice(
                "the directory",
                "row('the directory').child['in_child'] != "
                "row('the directory').parent['in_parent']",
                "The child has its own working directory, which at the fork is the parent's. A "
                "later `chdir` in one process does not change the other's.",
            ),
            Choice(
                "the process ID",
                "row('a pid, asked for').child['in_child'] != "
                "row('a pid, asked for').parent['in_parent'] and "
                "row('the umask').child['in_child'] == row('the umask').parent['in_parent'] and "
                "row('a limit: 100 open files').child['in_child'] == "
                "row('a limit: 100 open files').parent['in_parent'] and "
                "row('the directory').child['in_child'] == "
                "row('the directory').parent['in_parent']",
                "Two living processes never have the same pid. Directory, umask, limits, "
                "*environment* and *nice value* are copied.",
            ),
            hint="Which of these does a command get from the shell that starts it?",
        ),
        the_copied,
        Say(
            "The child also has its parent's user and group ids, *process group*, *session* and "
            "terminal. But `fork` does not copy everything."
        ),
        Predict(
            "The parent has four other things. **Which one does the child have, too?**",
            Choice(
                "the parent's running alarm",
                "row('alarm(100): seconds left').child['in_child'] == "
                "row('alarm(100): seconds left').parent['in_parent']",
                "If the child had it, SIGALRM would end a child that never asked for an alarm. An "
                "alarm belongs to one process.",
            ),
            Choice(
                "the parent's record lock",
                "row('a record lock, asked for again').child['in_child'] == "
                "row('a record lock, asked for again').parent['in_parent']",
                "If the child had it, two processes would hold a lock that only one may hold. A "
                "record lock belongs to one process.",
            ),
            Choice(
                "the parent's used CPU time",
                "row('used CPU time, in ms').child['in_child'] == "
                "row('used CPU time, in ms').parent['in_parent']",
                "If the child had it, the same seconds would count twice. The CPU time of a new "
                "process begins at 0.",
            ),
            Choice(
                "the parent's directory",
                "row('the directory /').child['in_child'] == "
                "row('the directory /').parent['in_parent'] and "
                "row('alarm(100): seconds left').child['in_child'] == 0 and "
                "row('a record lock, asked for again').child['in_child'] == 'refused' and "
                "row('used CPU time, in ms').child['in_child'] < "
                "row('used CPU time, in ms').parent['in_parent']",
                "The other three belong to one process: a running timer, a lock, the used CPU "
                "time.",
            ),
            hint="What would happen if two processes had the same alarm, lock or CPU time?",
        ),
        the_own,
        Predict(
            "An eventfd is a counter in the kernel, reached by a descriptor. The **parent** adds 5 "
            "after the fork. What does the child read?",
            Choice(
                "5, the parent's number",
                "child.prints('5')",
                "The descriptor is copied, and the counter is not: both descriptors refer to one "
                "object of the kernel, as in rule 6.",
            ),
            Choice(
                "0, its own counter",
                "child.prints('0')",
                "A variable in memory would be copied at 0. The counter is in the kernel; only "
                "the number of the descriptor is copied.",
            ),
            Choice(
                "nothing, it sleeps for ever",
                "not at('rest').child.gone",
                "If the epoll worked only in the parent, the child would sleep for ever. An "
                "*epoll* is an open file description, and works in the child, too.",
            ),
            hint="Rule 6: descriptors are copied. Is the object that they refer to copied, too?",
        ),
        Run(
            counter,
            id="counter",
            needs=("epoll_create1",),
            claims=[
                Claim(
                    "The epoll woke the child, and the child read 5 from the shared counter.",
                    "child.prints('5')",
                    wrong=insert("number = os.eventfd(1)", above="watch.poll()"),
                )
            ],
        ),
        NotShown(
            "User, group, root directory, *namespaces* and seccomp filter are inherited, too. "
            "Memory locks (`mlock`), POSIX timers, asynchronous input and output and semaphore "
            "adjustments are not. fork(2) has the whole list."
        ),
        Try(
            "Begin with `A=0;`. Then give `A=1` to one command only:",
            asks={
                (
                    "`sh -c` with `echo $A` prints 1, and after that your shell's `echo $A` "
                    "prints 0"
                ): printed("1\n0\n", lambda drawn: f"{drawn[0] or 1}\n{drawn[1] or 0}\n"),
                "the `sh` itself looks up `$A`, and does not set it": asked(sh_looks),
                "your shell's own `A` stays 0": asked(own_a_stays),
            },
            hint="`A=1` in front of a command is for that command.",
            solution="A=0; A=1 sh -c 'echo $A'; echo $A",
            wrong={
                "A=0; A=1; sh -c 'echo $A'; echo $A": "`A=1;` is a command of its own and changes "
                "the shell's `A`. Without `export` the child has no `A`.",
                "A=0; export A=1; sh -c 'echo $A'; echo $A": "`export A=1` changes the shell's "
                "own `A` as well: the second line shows 1, not 0.",
                "A=0; A=1 echo $A; echo $A": "The shell replaces `$A` with 0 before `echo` starts. "
                "The child itself must look: `sh -c 'echo $A'`.",
            },
            note="`A=1` in front of a command is in the environment of this command.",
            variation=Variation({r"""\bA=["\']?(1)\b""": "{}", r"""\bA=["\']?(0)\b""": "{}"}),
        ),
    ],
)
