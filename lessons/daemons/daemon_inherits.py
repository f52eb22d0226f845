"""A daemon inherits its caller's umask, signal settings and environment: it sets its own.

What does a daemon still have from the shell that started it?  fork copies all of them; exec keeps
the signal mask, the ignored signals and the environment that it is passed.  A daemon must behave
the same whether a person or the boot process starts it.  So daemon(7) says: reset the umask (to 0
there, to 027 here), all signals and the signal mask, and clean the environment.
"""

from __future__ import annotations

import os
import signal

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    delete,
    insert,
    replace,
)


# --- 1. The umask --------------------------------------------------------------------------------
def create() -> None:
    """A daemon sets its umask and creates a file with mode 0666, as most programs do."""
    os.umask(0o027)
    os.close(os.open("log", os.O_CREAT | os.O_WRONLY, 0o666))
    mode = os.stat("log").st_mode & 0o777
    print(f"{mode:o}", flush=True)


# --- 2. Signals ----------------------------------------------------------------------------------
def deaf() -> None:
    """The caller ignores and blocks SIGTERM, and starts a daemon."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        signal.pause()  # it serves for ever
    os._exit(0)


# --- 3. The environment --------------------------------------------------------------------------
def tell() -> None:
    """The caller has a secret; its daemon executes a program."""
    os.environ["TOKEN"] = "secret"
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        os.setsid()
        os.execvp("printenv", ["printenv", "TOKEN"])
    os.waitpid(daemon, 0)


# --- Edits ---------------------------------------------------------------------------------------
dispositions_reset = insert("signal.signal(signal.SIGTERM, signal.SIG_DFL)", above="signal.pause()")
mask_reset = insert("signal.pthread_sigmask(signal.SIG_SETMASK, [])", above="signal.pause()")


the_signals = Compare(
    Run(deaf, id="deaf", main="caller", at_rest=[Kill("daemon")], leaves=["daemon"]),
    id="signals",
    title="the daemon resets",
    variants={
        "nothing": Edit(),
        "the disposition (SIG_DFL)": dispositions_reset,
        "the signal mask": mask_reset,
        "both": dispositions_reset + mask_reset,
    },
    columns={
        "SIGTERM …": "'ends it' if daemon.killed('SIGTERM') else 'does not'",
        "SIGTERM pending": "'yes' if at('end').daemon.has_pending('SIGTERM') else 'no'",
    },
    claims=[
        Claim(
            "The kernel discards an ignored SIGTERM; a reset mask alone does not help.",
            "not row('the signal mask').daemon.killed('SIGTERM')",
        ),
        Claim(
            "A blocked SIGTERM stays pending; a reset disposition alone does not help.",
            "row('the disposition (SIG_DFL)').at('end').daemon.has_pending('SIGTERM')",
        ),
        Claim("With both reset, SIGTERM ends the daemon.", "row('both').daemon.killed('SIGTERM')"),
    ],
)

LESSON = Lesson(
    id="daemon-inherits",
    title="What a daemon must set itself",
    minutes=8,
    chapter="daemons",
    requires=["daemonize"],
    remember="A daemon inherits umask, ignored and blocked signals, and environment. It sets each "
    "of them itself, at its start.",
    good_for="“It works from my shell, not at boot”, or the opposite: the difference is "
    "something inherited. With `nohup`, for example, a program inherits an ignored SIGHUP.",
    read_on=("daemon(7), SysV Daemons", "umask(2)", "fork(2)", "execve(2)", "environ(7)"),
    exercise="daemon",
    steps=[
        Say(
            "`fork` copies more than memory and descriptors. The daemon also gets its caller's "
            "*umask*, its *signal mask*, its ignored signals and its *environment*. We begin with "
            "the umask, which takes permission bits away."
        ),
        Ask(
            "The umask is 027. Which mode does the file get, in three digits?",
            answer="daemon.output",
            because="The kernel clears the bits of 027 in 666: the group may read, others get "
            "nothing.",
            near={
                "666": "With a umask of 0 the file gets 666, and every user may write to it. "
                "daemon(7) sets 0; then give each `open` a strict mode.",
                "639": "You subtract 27 from 666 as decimal numbers. The mask clears bits: in the "
                "middle, 6 without 2 is 4; at the end, 6 without 7 is 0.",
                "637": "You subtract 027. The mask clears bits: in the middle, 6 without 2 is 4; "
                "at the end, 6 without 7 is 0.",
                "027": "The mask names the bits that are taken away, not those that stay.",
            },
            hint="Write 6, 6, 6 and 0, 2, 7 in binary. Clear each bit that is 1 in the mask.",
        ),
        Run(
            create,
            id="mask",
            main="daemon",
            shows="output",
            claims=[
                Claim(
                    "The file has mode 640: no other user can read or write it.",
                    "daemon.prints('640')",
                    wrong=[replace("0o027", "0"), delete("os.umask(0o027)")],
                )
            ],
        ),
        Predict(
            "The caller ignores **and** blocks SIGTERM. What must the daemon reset, so that your "
            "SIGTERM ends it?",
            Choice(
                "neither, because fork resets both",
                "row('nothing').daemon.killed('SIGTERM')",
                "`fork` resets neither: it copies the *dispositions* and the mask. `exec` resets "
                "handlers, and keeps ignored and blocked signals.",
            ),
            Choice(
                "only the disposition",
                "row('the disposition (SIG_DFL)').daemon.killed('SIGTERM')",
                "The mask is separate from the disposition. SIGTERM stays pending while the mask "
                "blocks it.",
            ),
            Choice(
                "only the signal mask",
                "row('the signal mask').daemon.killed('SIGTERM')",
                "An empty mask lets the signal through. The disposition is still “ignore”, so the "
                "kernel discards SIGTERM.",
            ),
            Choice(
                "the disposition and the mask",
                "row('both').daemon.killed('SIGTERM') and "
                "not row('the signal mask').daemon.killed('SIGTERM')",
                "A signal acts if it is not blocked and not ignored. Both settings came from the "
                "caller. On Linux a blocked signal stays pending even while it is ignored.",
            ),
            hint="The kernel asks two questions about a signal: is it blocked, and is it ignored?",
        ),
        the_signals,
        Predict(
            "The caller has TOKEN=secret in its environment. What does the daemon's program print?",
            Choice(
                "secret, as in the caller",
                "output == 'secret\\n'",
                "`fork` copies the environment with the memory, and `execvp` passes it on to the "
                "program.",
            ),
            Choice(
                "nothing, after setsid",
                "output == '' and daemon.succeeds('setsid')",
                "A session is a group of processes. The environment is memory of each process, "
                "and `setsid` does not change it.",
            ),
            Choice(
                "nothing, without export",
                "output == '' and daemon.execs('printenv')",
                "Export is a word of shells: it puts a variable **into** the environment. "
                "`os.environ` is the environment, so TOKEN is in it.",
            ),
            hint="What is the third argument of execve(2), and where does `execvp` take it from?",
        ),
        Run(
            tell,
            id="token",
            main="caller",
            claims=[
                Claim(
                    "The daemon's program has the caller's TOKEN.",
                    "output == 'secret\\n'",
                    wrong=insert("os.environ.clear()", above="os.execvp"),
                )
            ],
        ),
        Say(
            "So the recipe of daemon(7) also has these steps: set all dispositions to SIG_DFL, "
            "empty the signal mask, and remove the variables that the daemon does not want."
        ),
        Repair(
            Run(
                deaf,
                id="repair",
                main="caller",
                at_rest=[Kill("daemon")],
                edit=dispositions_reset + mask_reset,
                claims=[
                    Claim(
                        "SIGTERM ends the daemon.",
                        # A daemon may also catch SIGTERM and leave.
                        "daemon.killed('SIGTERM') or "
                        "(daemon.gets_signal('SIGTERM') and daemon.exits())",
                        wrong=[
                            delete("signal.signal(signal.SIGTERM, signal.SIG_DFL)"),
                            delete("signal.pthread_sigmask(signal.SIG_SETMASK, [])"),
                        ],
                        hint="A child inherits dispositions **and** the signal mask. Reset both "
                        "in the daemon.",
                    )
                ],
            ),
            task="You send SIGTERM to this daemon, and nothing happens. SIGTERM should end it, "
            "whatever its caller ignores and blocks. Fix it.",
            broken=Edit(),
            broken_in_c=Edit(),
            edit_in_c=(
                insert("signal(SIGTERM, SIG_DFL);", above="pause();")
                + insert("sigprocmask(SIG_UNBLOCK, &term, NULL);", above="pause();")
            ),
            hint="What does the caller do with SIGTERM before it forks?",
            praise="The daemon has begun with a clean state of its signals.",
        ),
    ],
)
