"""A pseudo-terminal has two sides: a program has one, and the holder of the other is its user.

Who sits at the terminal of a program that ssh, script or tmux has started?  A pseudo-terminal has
two sides.  The program has the slave: its session, its keys' signals, its screen.  Another process
holds the master: it reads what the screen shows, and what it writes is typed.  When no process
holds the slave, its read fails; when no process holds the master, the terminal hangs up.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    Write,
    asked,
    delete,
    insert,
    move,
    replace,
)


# --- 1. A screen --------------------------------------------------------------------------------
def show() -> None:
    """A program prints a word at its terminal."""
    master, terminal = os.openpty()
    child = os.fork()
    if child == 0:  # in the child
        os.login_tty(terminal)  # 0, 1, 2; a session of its own
        os.write(1, b"hi")
        os._exit(0)
    os.close(terminal)  # the child has it
    screen = os.read(master, 100)
    os.waitpid(child, 0)
    os.write(1, screen)


# --- 2. The end ---------------------------------------------------------------------------------
def read_all() -> None:
    """The parent reads until the terminal has no more."""
    master, terminal = os.openpty()
    child = os.fork()
    if child == 0:  # in the child
        os.login_tty(terminal)
        os.write(1, b"hi")
        os._exit(0)
    os.close(terminal)  # the child has it
    with suppress(OSError):  # until read fails
        while text := os.read(master, 100):
            os.write(1, text)
    os.waitpid(child, 0)


# --- 3. A key -----------------------------------------------------------------------------------
def press() -> None:
    """The parent presses a key at the terminal of its child."""
    master, terminal = os.openpty()
    child = os.fork()
    if child == 0:  # in the child
        os.close(master)  # the parent's
        os.login_tty(terminal)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.write(1, b"!")  # it is ready
        signal.pause()
    os.read(master, 1)
    os.write(master, b"\x03")  # the byte of ^C
    os.waitpid(child, 0)


# --- Edits --------------------------------------------------------------------------------------
LOGIN = "os.login_tty(terminal)"
no_session = replace(LOGIN, "os.dup2(terminal, 1)\nos.close(terminal)")
only_output = replace(LOGIN, "os.dup2(terminal, 1)")
parent_keeps = delete("# the child has it")
starts_a_server = insert(
    "server = os.fork()\nif server == 0:\n    signal.pause()", above="os._exit(0)"
)
closes = replace('os.write(master, b"\\x03")  # the byte of ^C', "os.close(master)")
child_keeps = delete("# the parent's")

ALONE, PARENT_TOO, SERVER_TOO = "the child", "the child and the parent", "the child and its server"
NO_SESSION = "the same, without a session"

the_holders = Compare(
    Run(read_all, id="holding", leaves=["server"]),
    id="holders",
    title="the terminal is held by",
    variants={
        ALONE: Edit(),
        PARENT_TOO: parent_keeps,
        SERVER_TOO: starts_a_server,
        NO_SESSION: starts_a_server + no_session,
    },
    columns={
        "after the child's end, read": "'fails with EIO' if parent.fails('read', 'EIO') else "
        "'sleeps'",
        "the server": "'ends: SIGHUP' if server.killed('SIGHUP') else '–'",
    },
    claims=[
        Claim(
            "A parent that keeps the terminal open waits for ever, as at a pipe.",
            "row('the child and the parent').hangs",
        ),
        Claim(
            "The child leads the session. Its end hangs up the terminal, and SIGHUP ends its "
            "server.",
            "row('the child and its server').returns and "
            "row('the child and its server').server.killed('SIGHUP')",
        ),
        Claim(
            "Without a session the server keeps the terminal open, and the parent waits.",
            "row('the same, without a session').hangs and "
            "not row('the same, without a session').server.killed('SIGHUP')",
        ),
    ],
)


# --- What the task asks --------------------------------------------------------------------------
def _names(line: LineRun) -> list[str]:
    """Return the names of terminals that `tty` has printed."""
    programs = line.ran("tty")
    texts = [what.text for _, proc, what in line.events(Write) if proc in programs]
    return [text.strip() for text in texts if text.startswith("/dev/")]


def at_another(line: LineRun) -> str:
    """The terminal of `tty` is not the shell's."""
    look = line.look(line.shell)
    own = f"/dev/{look.terminal}" if look is not None else ""
    names = _names(line)
    if not names:
        return "`tty` found no terminal" if line.ran("tty") else "no process executed `tty`"
    return "" if any(name != own for name in names) else "it was the terminal of your shell"


def relayed(line: LineRun) -> str:
    """Another process prints the name that `tty` has written."""
    own = line.ran("tty")
    for name in _names(line):
        if any(printer not in own for printer in line.printers(name)):
            return ""
    return "no other process printed the name"


LESSON = Lesson(
    id="pty",
    title="Who sits at the terminal of a program that ssh starts?",
    minutes=8,
    chapter="terminals and sessions",
    requires=["terminal-line", "jobs-and-terminal"],
    remember="The program has the slave side of a pseudo-terminal. The process that holds the "
    "master reads its screen, types its keys, and hangs up when it closes the master.",
    good_for="sshd, script, tmux and every terminal window hold a master. A test of a program "
    "that asks for a password needs one, too: a pipe is not enough.",
    read_on=("pty(7)", "openpty(3)", "script(1)", "POSIX.1-2024 posix_openpt()", "TLPI chapter 64"),
    steps=[
        Say(
            "A *pseudo-terminal* (pty) has two sides, made by `os.openpty`: the *slave* is a "
            "terminal for a program. The *master* is a descriptor, and no terminal. "
            "`os.login_tty` begins a *session* and makes the slave its controlling terminal.",
            code=show,
        ),
        Predict(
            "The child writes `hi` to its terminal. **Where does the text go?**",
            Choice(
                "to the screen of the parent",
                "not parent.reads('hi')",
                "Without {line:os.login_tty} it would: the child would have the parent's "
                "output. The child has another terminal now.",
            ),
            Choice(
                "to the reader of the master",
                "parent.reads('hi')",
                "What is written to the slave can be read from the master. The parent is the "
                "screen of this terminal.",
            ),
            Choice(
                "nowhere: it has no screen",
                "output == '' and not parent.reads('hi')",
                "A pseudo-terminal needs no device. Its screen is the process that reads from "
                "the master.",
            ),
            hint="`os.openpty` returned two descriptors. The child got one of them as 0, 1 and 2.",
            code=show,
        ),
        Run(
            show,
            id="screen",
            claims=[
                Claim(
                    "The parent reads `hi` from the master.",
                    "parent.reads('hi')",
                    wrong=delete("os.login_tty"),
                ),
                Claim(
                    "The child begins a session of its own. Its 0, 1 and 2 are the terminal.",
                    "child.succeeds('setsid') and child.calls('dup2')",
                    wrong=only_output,
                ),
            ],
        ),
        Predict(
            "The child prints and ends. **How does the parent learn that no more comes?**",
            Choice(
                "read returns 0 bytes",
                "parent.sees_end_of_file",
                "At the end of a pipe it does. On Linux the read from a master without a slave "
                "is an error, EIO.",
            ),
            Choice(
                "read fails, with EIO",
                "parent.fails('read', 'EIO')",
                "The last descriptor of the slave is closed. Linux reports this as an error; "
                "BSD systems report end of file.",
            ),
            Choice(
                "it does not: read sleeps",
                "at('rest').parent.asleep_in == 'read'",
                "It sleeps while another process has the slave, for example the parent itself "
                "without {line:os.close(terminal)}.",
            ),
            hint="{line:suppress} catches an exception.",
            code=read_all,
            again=[parent_keeps],
        ),
        Run(
            read_all,
            id="end",
            claims=[
                Claim(
                    "The parent reads `hi`. Then, without a slave, its read fails with EIO.",
                    "output == 'hi' and parent.fails('read', 'EIO')",
                    wrong=[parent_keeps, replace("while text", "if text")],
                )
            ],
        ),
        the_holders,
        Predict(
            "The parent writes the byte 3 to the **master**. What does it do?",
            Choice(
                "SIGINT ends the parent",
                "parent.gets_signal('SIGINT')",
                "A ^C at **your** keyboard would. This key is pressed at the child's terminal, "
                "and the parent is not in its session.",
            ),
            Choice(
                "the child reads a byte 3",
                "child.reads('\\x03')",
                "In raw mode it could. This terminal still has the flag `ISIG`: the kernel makes "
                "a signal of the byte.",
            ),
            Choice(
                "SIGINT ends the child",
                "child.killed('SIGINT')",
                "A byte for the master is a key of the slave's terminal. The kernel signals the "
                "foreground group of that terminal.",
            ),
            hint="What the master gets is typed. Which session has this terminal?",
            code=press,
        ),
        Run(
            press,
            id="key",
            leaves=["child"],
            claims=[
                Claim(
                    "SIGINT ends the child, and no process has sent it: the key has.",
                    "child.killed('SIGINT') and not parent.sends('SIGINT', child)",
                    wrong=[only_output, replace("\\x03", "c")],
                )
            ],
        ),
        Predict(
            "The parent **closes the master** instead. What becomes of the child?",
            Choice(
                "it continues to sleep",
                "at('rest').child.state == 'S'",
                "If another process had the master, too, it would: tmux keeps it, so that your "
                "programs outlive your window.",
            ),
            Choice(
                "SIGHUP ends it",
                "child.killed('SIGHUP')",
                "Without a master the terminal has neither keyboard nor screen. The kernel sends "
                "a *hangup* to the leader of its session.",
            ),
            Choice(
                "its next read fails",
                "child.fails('read')",
                "That is so for a child that survives the signal. SIGHUP comes first, and its "
                "default action ends a process.",
            ),
            hint="A terminal window holds a master. What happens when you close the window?",
            code=press,
        ),
        Run(
            press,
            id="hangup",
            edit=closes,
            leaves=["child"],
            claims=[
                Claim(
                    "The kernel sends SIGHUP to the child, which leads the session.",
                    "child.killed('SIGHUP')",
                    wrong=[only_output, child_keeps],
                )
            ],
        ),
        Say(
            "sshd holds the master of your remote shell. ssh puts **your** terminal into raw "
            "mode and sends each key as a byte: so ^C arrives on the other machine. script copies "
            "the screen to a file. tmux keeps the masters in a server, which your window only "
            "visits."
        ),
        Try(
            "`tty` prints the name of its terminal. Type a line in which:",
            asks={
                "`tty` runs at **another** terminal than your shell": asked(at_another),
                "another process reads the name from the master, and prints it": asked(relayed),
            },
            hint='`script -c COMMAND FILE` makes a terminal. So does Python\'s `pty.spawn("tty")`.',
            solution="python3 -c 'import pty; pty.spawn(\"tty\")'",
            wrong={
                "tty": "This `tty` has your shell's terminal as its standard input.",
                "tty | cat": "The output of `tty` is a pipe. Its standard input is still your "
                "shell's terminal.",
                "setsid tty": "A new session has no terminal. `tty` looks at its standard input, "
                "which is still yours.",
                "tty </dev/null": "This `tty` has no terminal. The task asks for another one.",
                "echo /dev/pts/99": "This prints a name only. Let `tty` run at another terminal.",
            },
            note="The master is a plain descriptor: any process can be the user of a terminal.",
        ),
        Repair(
            Run(
                read_all,
                id="repair",
                claims=[
                    Claim(
                        "The parent reads what the child has written.",
                        "parent.reads('hi')",
                        wrong=[delete("os.login_tty"), replace('b"hi"', 'b""')],
                        hint="Keep the child at its terminal.",
                    ),
                    Claim(
                        "The parent ends, and has collected the child.",
                        "parent.collects(child) and returns",
                        wrong=[
                            parent_keeps,
                            move("os.close(terminal)", above="os.waitpid(child, 0)"),
                            delete("os.waitpid"),
                        ],
                        hint="The parent reads until no process has the slave. Which processes "
                        "have it?",
                    ),
                ],
            ),
            task="The parent reads the screen of its child until the end. The child ends, and the "
            "parent does not. Fix it.",
            broken=parent_keeps,
            broken_in_c=delete("// the child has it"),
            hint="Count the descriptors of the slave after `fork`.",
            praise="Only the child had the slave. At its end the read from the master failed.",
        ),
    ],
)
