"""fork can fail: then it returns −1 and creates no process.

Which processes run the line after a `fork` that fails, and with which value?  A limit, or the lack
of memory, makes `fork` fail.  The parent continues alone, and only the return value and `errno` say
so.  Calls report failure in different ways: most return −1, `mmap` returns MAP_FAILED,
`pthread_create` returns the error number.  Python raises an exception.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    delete,
    move,
    replace,
)

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
MAP_FAILED = ctypes.c_void_p(-1).value  # (void *) -1
function = ctypes.cast(libc.getpid, ctypes.c_void_p)
handle = ctypes.byref(ctypes.c_ulong())


# --- 1. A fork that fails ----------------------------------------------------------------------
def refused() -> None:
    """C's own fork, under a limit of one process."""
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    child = libc.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.write(1, b"the next line\n")
    if child > 0:
        os.waitpid(child, 0)


# --- 2. Until fork fails -----------------------------------------------------------------------
def until_it_fails() -> None:
    """Fork under a limit of three, as often as the kernel allows."""
    resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))
    made = []
    try:
        while True:
            child = os.fork()
            if child == 0:  # in a child
                signal.pause()  # stays alive
            made.append(child)
    except BlockingIOError:  # EAGAIN, as Python says it
        os.write(1, b"%d children" % len(made))
    for child in made:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# --- 3. Three calls that fail ------------------------------------------------------------------
def three_calls() -> None:
    """Print the results of three C functions that fail."""
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    by_kill = libc.kill(os.getpid(), 999)  # there is no signal 999
    by_mmap = libc.mmap(None, 0, 0, 0, -1, 0)  # 0 bytes are too few
    by_thread = libc.pthread_create(handle, None, function, None)
    print(by_kill, by_mmap == MAP_FAILED, by_thread)


# --- Variants in which the claims are false ----------------------------------------------------
room_for_one_more = replace("(1, 1)", "(2, 2)")
room_for_four = replace("(3, 3)", "(4, 4)")


# --- A program to repair ------------------------------------------------------------------------
def start_one() -> None:
    """Start a child under a limit of one process, and say what happened."""
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    child = libc.fork()
    if child == -1:
        os.write(1, b"cannot fork\n")
        os._exit(1)
    if child == 0:  # in the child
        os._exit(0)
    os.write(1, b"started\n")
    os.wait()


ASKS_IN_C = """if (child == -1) {
        write(1, "cannot fork\\n", 12);
        _exit(1);
    }
    """
asks_nothing = delete("if child == -1") + delete("cannot fork") + delete("os._exit(1)")


# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="fork-can-fail",
    title="When fork fails",
    minutes=7,
    chapter="fork",
    requires=["rule-2-return-value"],
    exercise="bomb-limit",
    remember="A `fork` that fails returns −1 and creates no process. Test for −1 before you use "
    "the value as a pid.",
    good_for="A busy server gets −1 from `fork` one day. If the program then uses −1 as a pid, "
    "`kill(-1, SIGTERM)` sends SIGTERM to every process that the user may signal. On Linux only "
    "the caller and init get no signal.",
    read_on=("fork(2)", "getrlimit(2)", "mmap(2)", "pthread_create(3)", "kill(2)", "errno(3)"),
    steps=[
        Say(
            "`fork` needs memory and a place in the table of processes. A *resource limit* can "
            "forbid one more process: `RLIMIT_NPROC` counts the processes and *threads* of a user. "
            "The demonstration sets it to 1, and runs as an ordinary user."
        ),
        Predict(
            "The limit is **one** process, so `fork` fails. Which processes reach {line:the next "
            "line}, and what is `child` there?",
            Choice(
                "one process, `child` is −1",
                "len(anyone.writes('the next')) == 1 and value('child') == -1",
                "No child exists, and the parent continues. Only the return value tells the "
                "program that `fork` failed.",
            ),
            Choice(
                "one process, `child` is 0",
                "len(anyone.writes('the next')) == 1 and value('child') == 0",
                "0 means: this process is the child. Here only the parent exists, so `fork` needs "
                "a third value.",
            ),
            Choice(
                "two processes, `child` is −1 and 0",
                "len(anyone.writes('the next')) == 2",
                "That needs a child in which `fork` returns as well. A `fork` that fails creates "
                "no process, so there is no second return.",
            ),
            Choice(
                "no process, and no `child`",
                "not anyone.writes('the next')",
                "The *kernel* ends no process because `fork` failed. Python's `os.fork` raises "
                "`BlockingIOError`; a program that does not catch the exception ends.",
            ),
            hint="Without a child `fork` returns once. Neither 0 nor a pid would be true there.",
        ),
        Run(
            refused,
            id="refused",
            guard=4,
            watch=("child",),
            claims=[
                Claim(
                    "`fork` failed with EAGAIN because the limit was reached. C's `fork` returned "
                    "−1, and no process was created.",
                    "parent.fails('fork', 'EAGAIN') and value('child') == -1 and "
                    "len(processes) == 1",
                    wrong=room_for_one_more,
                )
            ],
        ),
        Say(
            "On Linux a process with `CAP_SYS_RESOURCE` or `CAP_SYS_ADMIN`, such as root's, is "
            "not bound by `RLIMIT_NPROC`. The error `ENOMEM` says that memory is short. In both "
            "cases a program can wait and try again, or work without the child."
        ),
        Ask(
            "The limit is **3** processes. The program forks until `fork` fails, and its children "
            "stay alive. **How many children** does it get?",
            answer="len(parent.forks())",
            because="The limit counts all processes of the user, and the program itself is one of "
            "them. So there is room for two children.",
            near={
                3: "You count the children only. `RLIMIT_NPROC` counts processes of the user, and "
                "the parent is one of the three.",
                7: "Each child calls `pause`, and never forks. Only the parent is in the loop.",
            },
            hint="Which processes of this user exist before the first fork?",
        ),
        Run(
            until_it_fails,
            id="until",
            guard=6,
            claims=[
                Claim(
                    "With a limit of 3 the parent gets two children, and the third fork fails.",
                    "len(parent.forks()) == 2 and parent.fails('fork', 'EAGAIN') and "
                    "parent.prints('2 children')",
                    wrong=room_for_four,
                )
            ],
        ),
        Say(
            "You will read that every call returns −1 when it fails. The next program checks this "
            "with three functions: `kill` with a wrong *signal*, `mmap` with 0 bytes, and "
            "`pthread_create` at the limit."
        ),
        Predict(
            "The limit is reached. What does `pthread_create` **return**?",
            Choice(
                "−1, and `errno` is EAGAIN",
                "value('by_thread') == -1",
                "System calls such as `fork` report an error in this way. The functions of "
                "pthreads return the error number itself, and do not use `errno`.",
            ),
            Choice(
                "11, the number of EAGAIN",
                "value('by_thread') == 11",
                "The functions of pthreads return 0 or an error number. A test for −1 would never "
                "notice the error.",
            ),
            Choice(
                "0, and the thread starts",
                "value('by_thread') == 0",
                "With a limit on processes alone the thread would start. On Linux `RLIMIT_NPROC` "
                "counts threads, so the new thread is one too many.",
            ),
            hint="pthread_create(3) has a section RETURN VALUE. `errno` belongs to one thread.",
        ),
        Run(
            three_calls,
            id="three",
            needs=("threads",),
            guard=4,
            watch=("by_kill", "by_thread"),
            claims=[
                Claim(
                    "`pthread_create` returned EAGAIN, which is 11 on Linux.",
                    "value('by_thread') == 11",
                    wrong=room_for_one_more,
                ),
                Claim(
                    "`kill` returned −1. `mmap` returned MAP_FAILED, which is `(void *) -1` and "
                    "not NULL.",
                    "value('by_kill') == -1 and value('by_mmap') == 18446744073709551615",
                    wrong=[replace("None, 0, 0, 0,", "None, 1, 0, 34,"), replace("999)", "0)")],
                ),
            ],
        ),
        Say(
            "So the man page of each call says how it fails, under RETURN VALUE. `getpid` cannot "
            "fail. `getpriority` may return −1 as a good result: set `errno` to 0 first, and look "
            "at it afterwards. Python raises `OSError` when a system call fails, and "
            "`RuntimeError` when a thread cannot start."
        ),
        Repair(
            Run(
                start_one,
                id="repair",
                guard=4,
                claims=[
                    Claim(
                        "It prints `cannot fork`, and nothing else.",
                        "output == 'cannot fork\\n'",
                        wrong=[
                            asks_nothing,
                            replace("child == -1", "child is None"),
                            move('os.write(1, b"started', above="if child == -1"),
                        ],
                        hint="Which three results can `fork` have? The program knows two of them.",
                    ),
                    Claim(
                        "It ends with status 1.",
                        "parent.status == 1",
                        wrong=replace("os._exit(1)", "os._exit(0)"),
                        hint="The exit status tells the caller that the program has failed.",
                    ),
                    Claim(
                        "It has asked for a child.",
                        "parent.fails('fork', 'EAGAIN')",
                        wrong=replace("libc.fork()", "-1"),
                        hint="Keep the limit and the `fork`: only what follows is wrong.",
                    ),
                ],
            ),
            task="`fork` fails here, because of a limit. This program prints `started` all the "
            "same. It should print `cannot fork` and exit with 1. Fix it.",
            broken=asks_nothing,
            broken_in_c=replace(ASKS_IN_C, ""),
            hint="What does `fork` of the C library return when it fails?",
            praise="The program tested for −1 first. So it reported the failure, and did not wait "
            "for a child.",
        ),
    ],
)
