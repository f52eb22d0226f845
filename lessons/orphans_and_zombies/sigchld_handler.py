"""A SIGCHLD handler collects in a loop, never waits, and restores errno.

The code that a handler interrupts goes on only after the handler's return.  So the handler must
not wait for a child that works on: it calls waitpid with WNOHANG.  The interrupted code may also
be about to look at errno: a handler in C saves errno and puts it back.  And it is installed by
sigaction, because what signal() does depends on the compiler's options.
"""

from __future__ import annotations

import contextlib
import os
import signal

from simpsh.course import (
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    all_of,
    at,
    count,
    delete,
    hangs,
    happens,
    insert,
    none_of,
    of,
    output,
    processes,
    replace,
    words,
)

parent, server, busy = processes("parent", "server", "busy")


# --- 1. A handler that waits ---------------------------------------------------------------------
def collect(*_: object) -> None:
    """A handler that collects all children, and waits for those that live."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0] > 0:
            pass


def one_is_busy() -> None:
    """One worker has ended, another works on."""
    signal.signal(signal.SIGCHLD, collect)
    busy = os.fork()
    if busy == 0:  # in the busy worker
        signal.pause()
    done = os.fork()
    if done == 0:  # in the other worker
        os._exit(0)
    os.write(1, b"next, please\n")  # ① done has ended
    os.write(1, b"next, please\n")


# --- 2. errno ------------------------------------------------------------------------------------
in_between = C("""
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
static void collect(int number) {
    while (waitpid(-1, NULL, WNOHANG) > 0) { }
}
int main(void) {
    signal(SIGCHLD, collect);
    open("nosuch", O_RDONLY);  /* there is no such file */
    raise(SIGCHLD);            /* as if a child ended here */
    perror("open");
}
""")

# --- 3. What signal() does -----------------------------------------------------------------------
twice = C("""
#include <signal.h>
#include <unistd.h>
static void note(int number) { write(1, "noted\\n", 6); }
int main(void) {
    signal(SIGUSR1, note);
    raise(SIGUSR1);
    raise(SIGUSR1);
}
""")


# --- Edits ---------------------------------------------------------------------------------------
with_wnohang = replace("os.waitpid(-1, 0)", "os.waitpid(-1, os.WNOHANG)")
errno_kept = insert("int saved = errno;", above="while (waitpid") + replace(
    "> 0) { }", "> 0) { }\nerrno = saved;"
)
ECHILD_TOLD = parent.output.contains("open: No child process")  # musl has no plural
ENOENT_TOLD = parent.prints("open: No such file or directory")
with_sigaction = replace(
    "signal(SIGUSR1, note)", "sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0)"
)

the_handlers = Compare(
    Run(one_is_busy, id="handler", main="server", also=[collect], leaves=[busy]),
    id="handlers",
    title="in the handler",
    variants={"os.waitpid(-1, 0)": Edit(), "os.waitpid(-1, os.WNOHANG)": with_wnohang},
    columns={"the server": words(hangs, "hangs in its handler", "goes on")},
    claims=[
        Claim(
            "The handler that waits sleeps until the busy worker ends, and the server with it.",
            of("os.waitpid(-1, 0)", all_of(hangs, at("rest", server.asleep_in == "wait4"))),
            facts=("prevent-3-looping-handler",),
        ),
        Claim(
            "With WNOHANG the handler collects the dead worker, and the server goes on.",
            of("os.waitpid(-1, os.WNOHANG)", none_of(hangs)),
            facts=("prevent-3-looping-handler",),
        ),
    ],
)

the_installers = Compare(
    Run(twice, id="twice", needs=("glibc",)),
    id="installers",
    needs=("glibc",),
    title="installed by",
    variants={
        "signal()": Edit(),
        "signal(), _XOPEN_SOURCE": insert("#define _XOPEN_SOURCE 700", above="#include <signal.h>"),
        "signal(), _POSIX_C_SOURCE": insert(
            "#define _POSIX_C_SOURCE 200809L", above="#include <signal.h>"
        ),
        "sigaction()": with_sigaction,
    },
    columns={
        "the second signal": words(happens(parent.is_killed_by("SIGUSR1")), "kills it", "is noted")
    },
    claims=[
        Claim(
            "With gcc's default options signal() keeps its handler, as on BSD.",
            of("signal()", output == "noted\nnoted\n"),
            facts=("signal-vs-sigaction",),
        ),
        Claim(
            "With `_XOPEN_SOURCE` alone, the same call installs the handler for one signal only.",
            of(
                "signal(), _XOPEN_SOURCE",
                all_of(output == "noted\n", happens(parent.is_killed_by("SIGUSR1"))),
            ),
            facts=("signal-vs-sigaction",),
        ),
        Claim(
            "With `_POSIX_C_SOURCE` alone, it does the same.",
            of("signal(), _POSIX_C_SOURCE", happens(parent.is_killed_by("SIGUSR1"))),
            facts=("signal-vs-sigaction",),
        ),
    ],
)

# --- The lesson ----------------------------------------------------------------------------------
LESSON = Lesson(
    id="sigchld-handler",
    title="A SIGCHLD handler loops, never waits",
    minutes=9,
    chapter="orphans and zombies",
    requires=["signals-coalesce"],
    remember="A SIGCHLD handler saves errno, calls waitpid with WNOHANG until it returns 0 or −1, "
    "and restores errno. Install it by sigaction.",
    good_for="A server hangs once a week, or reports “No child processes” when a file is missing: "
    "both are bugs of a SIGCHLD handler.",
    read_on=(
        "signal-safety(7), errno",
        "signal(2), Portability",
        "sigaction(2)",
        "TLPI 26.3 The SIGCHLD Signal",
    ),
    exercise="lose-no-child",
    steps=[
        Say(
            "One SIGCHLD may mean ten deaths, so a *handler* collects in a loop. This handler "
            "does. The server has two workers: `done` ends, `busy` continues. (A common form, "
            "`while (wait(NULL) <= 0);`, collects only one child, and never returns if no child "
            "exists.)",
            code=collect,
        ),
        Predict(
            "`done` ends, and the handler runs. What does the **server** do?",
            Choice(
                "it goes on: `done` is collected",
                of("os.waitpid(-1, 0)", none_of(hangs)),
                "With WNOHANG that is true. Here the loop calls `waitpid` again after `done`, and "
                "this call waits for `busy`.",
            ),
            Choice(
                "it hangs: `busy` is alive",
                of("os.waitpid(-1, 0)", hangs),
                "After `done`, the loop calls `waitpid` again. `busy` lives, so the call sleeps, "
                "and the interrupted code continues only after the handler's return.",
            ),
            Choice(
                "it goes on: `waitpid` fails",
                of("os.waitpid(-1, 0)", happens(server.fails("waitpid", "ECHILD"))),
                "`waitpid` fails with ECHILD if the server has no child at all. `busy` is a child "
                "that lives, so `waitpid` sleeps.",
            ),
            code=one_is_busy,
            hint="How often does the loop call `waitpid`? What does each call find?",
        ),
        the_handlers,
        Say(
            "Now the handler in C, with WNOHANG. The main program calls `open`, which fails and "
            "sets *errno* to ENOENT. Then a child ends, before `perror`. Here `raise(SIGCHLD)` "
            "sends the signal at exactly this moment, in every run."
        ),
        Predict(
            "What does `perror` print?",
            Choice(
                "open: No such file or directory",
                ENOENT_TOLD,
                "That is true of a handler that saves `errno` at its start and restores it at its "
                "end. This one does not.",
            ),
            Choice(
                "open: No child processes",
                ECHILD_TOLD,
                "The last `waitpid` of the handler fails with ECHILD, and that overwrites "
                "`errno`. The main program reads the handler's error.",
            ),
            Choice(
                "open: Success",
                parent.prints("open: Success"),
                "That needs a handler that sets `errno` to 0. No function of the C library sets "
                "`errno` to 0 (errno(3)).",
            ),
            code=in_between,
            hint="The loop ends when `waitpid` fails. Which variable does a failing call set?",
        ),
        Run(
            in_between,
            id="errno",
            needs=("compiler",),
            shows="output",
            claims=[
                Claim(
                    "The program reports the error of the handler's `waitpid`, not of its `open`.",
                    ECHILD_TOLD,
                    wrong=errno_kept,
                    facts=("prevent-3-looping-handler",),
                )
            ],
        ),
        Run(
            in_between,
            id="kept",
            needs=("compiler",),
            edit=errno_kept,
            shows="output",
            claims=[
                Claim(
                    "With `errno` saved and restored, the program reports the error of its own "
                    "`open`.",
                    parent.output == "open: No such file or directory\n",
                    wrong=delete("errno = saved;"),
                    facts=("prevent-3-looping-handler",),
                )
            ],
        ),
        Predict(
            "`signal()` has installed a handler. With gcc's default options, what does the "
            "**second** signal do?",
            Choice(
                "it calls the handler",
                of("signal()", count(parent.writes("noted")) == 2),
                "glibc's `signal()` follows BSD by default: the handler stays. The table shows "
                "options that change this.",
            ),
            Choice(
                "it ends the process",
                of("signal()", happens(parent.is_killed_by("SIGUSR1"))),
                "That is System V's `signal()`. glibc does so with `-std=c11`, `-ansi`, or "
                "`_XOPEN_SOURCE` or `_POSIX_C_SOURCE` alone.",
            ),
            Choice(
                "it is thrown away",
                of(
                    "signal()", all_of(output == "noted\n", none_of(happens(parent.is_killed_by())))
                ),
                "A signal is thrown away if its disposition is SIG_IGN. No call sets SIG_IGN "
                "here, neither before nor after the first signal.",
            ),
            hint="signal(2), “Portability”: BSD and System V differ. Which one does glibc follow "
            "by default?",
        ),
        the_installers,
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
