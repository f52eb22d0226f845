"""SIGHUP tells a daemon to read its configuration again.

Which signal asks for it, and what may the handler do?  A daemon has no terminal, so the kernel
sends it no SIGHUP.  By convention an administrator sends one after a change: the daemon reads its
configuration, and opens its log again.  It does so between two requests.  A daemon that uses syslog
has no log of its own: one process writes all logs.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from logging.handlers import SysLogHandler
from pathlib import Path

from simpsh.base.events import Read
from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Kill,
    Lesson,
    LineRun,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    Variation,
    asked,
    delete,
    insert,
    move,
    printed,
    replace,
    shown_output,
)

APPEND = os.O_CREAT | os.O_WRONLY | os.O_APPEND
LOG = 9  # the descriptor of the log
settings = {"name": b""}


# --- 1. The file is changed, and the daemon is told ----------------------------------------------
def load(*_: object) -> None:
    """Read the configuration; if that fails, keep the settings."""
    try:
        config = os.open("config", os.O_RDONLY)
    except OSError:
        return
    settings["name"] = os.read(config, 99)
    os.close(config)
    os.write(1, b"loaded " + settings["name"] + b"\n")


def change_and_tell() -> None:
    """An administrator changes the file and sends SIGHUP."""
    Path("config").write_text("old")
    read_end, write_end = os.pipe()
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        signal.signal(signal.SIGHUP, load)
        load()
        os.write(write_end, b"!")  # it is ready
        while True:
            signal.pause()
    os.read(read_end, 1)
    Path("config").write_text("new")  # ① the daemon pauses
    os.kill(daemon, signal.SIGHUP)


# --- 2. In the middle of an answer ---------------------------------------------------------------
def answer() -> None:
    """SIGHUP comes between the two parts of an answer."""
    Path("config").write_text("old")
    signal.signal(signal.SIGHUP, load)
    load()
    os.write(1, b"hello from " + settings["name"] + b"\n")
    Path("config").write_text("new")  # what an editor does
    signal.pause()  # the client is slow, and you send SIGHUP
    os.write(1, b"bye from " + settings["name"] + b"\n")


# --- 3. The log is renamed -----------------------------------------------------------------------
def reopen(*_: object) -> None:
    """Open the log by its name."""
    log = os.open("log", APPEND, 0o600)
    os.dup2(log, LOG)
    os.close(log)


def rotate() -> None:
    """Another program renames the log of the daemon."""
    signal.signal(signal.SIGHUP, reopen)
    reopen()
    os.write(LOG, b"one ")
    logrotate = os.fork()
    if logrotate == 0:  # another program
        os.rename("log", "log.1")
        os._exit(0)
    os.waitpid(logrotate, 0)
    os.write(LOG, b"two ")


# --- 4. One process writes all logs --------------------------------------------------------------
def report() -> None:
    """The daemon sends a datagram to syslogd, which writes it to a file."""
    inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    inbox.bind("dev-log")  # on a real system /dev/log
    daemon = os.fork()
    if daemon == 0:  # in the daemon
        to_syslogd = SysLogHandler("dev-log", SysLogHandler.LOG_DAEMON)
        logging.getLogger().addHandler(to_syslogd)
        logging.error("no config")
        os._exit(0)  # ① the daemon has reported
    messages = os.open("messages", APPEND, 0o600)
    os.write(messages, inbox.recv(99))
    os.waitpid(daemon, 0)  # ① syslogd has written


GIVEN = "x=old; echo new >config; kill -HUP $$; echo $x"


# --- Edits ---------------------------------------------------------------------------------------
handler_notes = replace("SIGHUP, load", "SIGHUP, lambda *_: None")
reopens = insert("os.kill(os.getppid(), signal.SIGHUP)", above="os._exit(0)")
opened_before = move("messages = os.open", above="daemon = os.fork()")

UNTOLD, IGNORED, DEFAULT = "no signal", "SIGHUP, which is ignored", "SIGHUP, without a handler"
HANDLED, GONE = "SIGHUP, and the handler loads", "SIGHUP, but the file is gone"
the_signals = Compare(
    Run(change_and_tell, id="tell", main="admin", also=[load], leaves=["daemon"]),
    id="signals",
    title="after the change",
    variants={
        UNTOLD: delete("os.kill(daemon"),
        DEFAULT: delete("signal.signal(signal.SIGHUP, load)"),
        IGNORED: replace("SIGHUP, load", "SIGHUP, signal.SIG_IGN"),
        HANDLED: Edit(),
        GONE: replace('Path("config").write_text("new")', 'os.unlink("config")'),
    },
    columns={
        "the daemon": "'ends' if daemon.ends else 'lives on'",
        "its settings": "'new' if daemon.prints('loaded new') else 'old'",
    },
    claims=[
        Claim(
            "A daemon with a handler lives on, with the new settings.",
            "row('SIGHUP, and the handler loads').daemon.prints('loaded new') and "
            "row('SIGHUP, and the handler loads').at('end').daemon.state == 'S'",
        ),
        Claim(
            "Without a handler SIGHUP ends the daemon.",
            "row('SIGHUP, without a handler').daemon.killed('SIGHUP')",
        ),
        Claim(
            "If the file is gone, the daemon lives on with the old settings.",
            "row('SIGHUP, but the file is gone').daemon.output == 'loaded old\\n' and "
            "not row('SIGHUP, but the file is gone').at('end').daemon.gone",
        ),
    ],
)

SILENT, TOLD = "no signal", "SIGHUP, handler reopens"
the_logs = Compare(
    Run(rotate, id="rotate", main="daemon", also=[reopen]),
    id="logs",
    title="after the rename",
    variants={SILENT: Edit(), TOLD: reopens},
    columns={"log.1": "file('log.1')", "log": "file('log')"},
    claims=[
        Claim(
            "The daemon writes to the renamed file, unless it opens its log again.",
            "row('no signal').file('log.1') == 'one two ' and "
            "row('SIGHUP, handler reopens').file('log') == 'two '",
        )
    ],
)


# --- A program to repair ------------------------------------------------------------------------
def note(*_: object) -> None:
    """Note that the configuration is new, for later."""
    settings["told"] = b"yes"


def serve_two() -> None:
    """Two requests; SIGHUP comes while the first one is answered."""
    Path("config").write_text("old")
    signal.signal(signal.SIGHUP, note)
    load()
    os.write(1, b"hello from " + settings["name"] + b"\n")
    Path("config").write_text("new")  # what an editor does
    signal.pause()  # the client is slow, and you send SIGHUP
    os.write(1, b"bye from " + settings["name"] + b"\n")
    if settings.pop("told", b""):
        load()
    os.write(1, b"hello from " + settings["name"] + b"\n")


at_once = replace("signal.SIGHUP, note", "signal.SIGHUP, load")
never_later = delete('if settings.pop("told"') + delete("        load()")


# --- What the task asks --------------------------------------------------------------------------
def loads_after_signal(line: LineRun) -> str:
    """After the signal the shell reads the word, and not from a pipe."""
    received = line.receives(line.shell, "SIGHUP")
    if not received:
        return "your shell received no SIGHUP"
    reads = [
        index
        for index, _, what in line.events(Read, line.shell)
        if what.count > 0 and not line.pipe_of(index)
    ]
    if line.shell not in line.readers("new") or not reads:
        return "your shell did not read it itself"
    return "" if line.is_before(received[0], reads[-1]) else "it was read before the signal"


def without_signal(line: LineRun) -> str:
    """The varied run has no signal."""
    is_so = line.varied is None or line.varied.output == "old\n"
    return "" if is_so else f"without the signal it printed {shown_output(line.varied)}, too"


LESSON = Lesson(
    id="reload",
    title="How does a daemon read its configuration again?",
    minutes=9,
    chapter="daemons",
    requires=["daemonize", "signals-handlers"],
    remember="On SIGHUP a daemon reads its configuration and opens its log again, between two "
    "requests. Without a handler SIGHUP ends it.",
    good_for="`nginx -s reload` sends SIGHUP, and so do many `postrotate` lines of logrotate. The "
    "server has new settings, and no client has lost its connection.",
    read_on=("daemon(7)", "signal(7)", "syslog(3)", "logrotate(8)", "Kerrisk, TLPI, 37.4 and 37.5"),
    exercise="daemon",
    steps=[
        Say(
            "A daemon has no terminal, so no closed window sends it SIGHUP. The signal is free "
            "for another meaning: by convention, read your configuration again, as `load` does.",
            code=load,
        ),
        Predict(
            "Suppose {line:signal.signal(signal.SIGHUP, load)} is missing. What does SIGHUP do to "
            "the daemon?",
            Choice(
                "it lives, with the old settings",
                "not row('SIGHUP, without a handler').at('end').daemon.gone and "
                "not row('SIGHUP, without a handler').daemon.prints('loaded new')",
                "This is true of a daemon that ignores SIGHUP. The default action of SIGHUP is to "
                "end the process.",
            ),
            Choice(
                "it lives, with the new settings",
                "row('SIGHUP, without a handler').daemon.prints('loaded new')",
                "This needs a handler that calls `load`. The kernel does not know of the file: a "
                "signal is a number only.",
            ),
            Choice(
                "it ends, without new settings",
                "row('SIGHUP, without a handler').daemon.killed('SIGHUP')",
                "The default action of SIGHUP ends a process. Send SIGHUP only to a daemon that "
                "has a handler for it.",
            ),
            code=change_and_tell,
            hint="signal(7) lists the default action of each signal. What is that of SIGHUP?",
        ),
        the_signals,
        Predict(
            "The client is slow. SIGHUP comes between the two parts of an answer. What does the "
            "client read?",
            Choice(
                "hello from old, bye from old",
                "daemon.prints('bye from old')",
                "This needs a handler that only notes the signal. Here the handler changes the "
                "settings at once.",
            ),
            Choice(
                "hello from old, bye from new",
                "daemon.prints('hello from old') and daemon.prints('bye from new')",
                "The handler runs while the daemon waits for its client. After that the settings "
                "are the new ones.",
            ),
            Choice(
                "hello from new, bye from new",
                "daemon.prints('hello from new')",
                "The first part was written before the signal. No handler takes it back.",
            ),
            code=answer,
            hint="When does the handler run: at once, or after the answer?",
        ),
        Run(
            answer,
            id="answer",
            main="daemon",
            also=[load],
            at_rest=[Kill("daemon", "SIGHUP")],
            claims=[
                Claim(
                    "One answer has parts of two configurations: the handler loads at once.",
                    "daemon.prints('hello from old') and daemon.prints('bye from new')",
                    wrong=handler_notes,
                )
            ],
        ),
        Say(
            "So the handler sets a flag, and the loop loads between two requests. Next, the log. "
            "`logrotate` renames it, for example once a day, and expects the daemon to begin a new "
            "one.",
            code=reopen,
        ),
        Predict(
            "Another program renames `log` to `log.1`, and sends **no** signal. Where does `two` "
            "go?",
            Choice(
                "to log, which is a new file",
                "row('no signal').file('log') == 'two '",
                "The next `open` of this name makes a new file. The daemon opened its log before, "
                "and only writes.",
            ),
            Choice(
                "to log.1, the renamed file",
                "row('no signal').file('log.1') == 'one two '",
                "A descriptor refers to the open file, not to its name. The file has a new name, "
                "and the daemon still writes to it.",
            ),
            Choice(
                "to no file, with an error",
                "row('no signal').daemon.fails('write', 'EBADF')",
                "`write` fails if the descriptor is closed. A rename closes no descriptor.",
            ),
            code=rotate,
            hint="Does a descriptor know the name of its file?",
        ),
        the_logs,
        Predict(
            "A daemon can leave its log to syslogd. syslog(3) sends each message as a *datagram* "
            "to `/dev/log`. After a rename, which process must open `messages` again?",
            Choice(
                "only the daemon",
                "at(1).daemon.holds_file('messages') and not at(1).syslogd.holds_file('messages')",
                "A daemon that writes its log itself must do so. This one has only a socket.",
            ),
            Choice(
                "only syslogd",
                "at(1).syslogd.holds_file('messages') and not at(1).daemon.holds_file('messages')",
                "One process has all logs open: one SIGHUP is enough for many daemons.",
            ),
            Choice(
                "both of them",
                "at(1).syslogd.holds_file('messages') and at(1).daemon.holds_file('messages')",
                "The daemon would inherit the descriptor if syslogd opened the file before the "
                "`fork`. Here it opens the file after that.",
            ),
            hint="Which process opens the file, and which one only has the socket?",
        ),
        Run(
            report,
            id="report",
            main="syslogd",
            watch=("open",),
            claims=[
                Claim(
                    "Only syslogd has the log open; the daemon has a socket.",
                    "at(1).syslogd.holds_file('messages') and "
                    "not at(1).daemon.holds_file('messages')",
                    wrong=opened_before,
                ),
                Claim(
                    "The message begins with 27: 8 × facility 3 (daemon) + severity 3 (error).",
                    "'<27>no config' in file('messages')",
                    wrong=replace("logging.error", "logging.critical"),
                ),
            ],
        ),
        Try(
            (
                f"SIGHUP ends this shell, and `new` is not printed:\n\n    {GIVEN}\n\nAdd a "
                f"`trap`, so that:"
            ),
            asks={
                "the line prints `new`": printed("new\n"),
                "the shell itself reads `config`, after SIGHUP arrives": asked(loads_after_signal),
                "without SIGHUP it would print `old`": asked(without_signal),
            },
            hint="`trap 'COMMAND' HUP` makes COMMAND the action for SIGHUP.",
            solution="trap 'read x <config' HUP; " + GIVEN,
            wrong={
                GIVEN: "This is the given line. The shell has no `trap`, so SIGHUP ends it.",
                "trap '' HUP; " + GIVEN: "The shell ignores SIGHUP, and keeps the old `x`.",
                GIVEN.replace("kill -HUP $$", "read x <config"): "This loads the file without a "
                "signal. A daemon must do it **because** SIGHUP arrives.",
                "trap 'x=$(cat config)' HUP; " + GIVEN: "SIGHUP loads `config`, but a child `cat` "
                "reads the file. Let the shell read it.",
                "trap 'x=new' HUP; " + GIVEN: "The `trap` sets `x` itself. Let it load the file.",
            },
            note="The shell is still the same process, and it has the new settings.",
            variation=Variation(withheld="SIGHUP"),
        ),
        Repair(
            Run(
                serve_two,
                id="repair",
                main="daemon",
                at_rest=[Kill("daemon", "SIGHUP")],
                claims=[
                    Claim(
                        "The first client gets both parts of its answer from the old settings.",
                        "daemon.prints('hello from old') and daemon.prints('bye from old')",
                        wrong=[
                            at_once,
                            replace('write_text("new")', 'write_text("old")')
                            + at_once
                            + replace('b"bye from "', 'b"good "'),
                        ],
                        hint="The handler runs in the middle of an answer. What may it do there, "
                        "and what should wait?",
                    ),
                    Claim(
                        "The second client gets an answer from the new settings.",
                        "daemon.prints('hello from new')",
                        wrong=[never_later, replace('write_text("new")', 'write_text("old")')],
                        hint="Between two requests the daemon can load what has changed.",
                    ),
                    Claim(
                        "SIGHUP is caught, and ends nothing.",
                        "daemon.gets_signal('SIGHUP') and daemon.exits(0)",
                        wrong=[replace("signal.SIGHUP, note", "signal.SIGHUP, signal.SIG_DFL")],
                        hint="Keep a handler: the default action of SIGHUP ends the process.",
                    ),
                ],
            ),
            task="SIGHUP comes while this daemon answers, and the client reads `hello from old`, "
            "then `bye from new`. An answer should be from one configuration. Fix it.",
            broken=at_once + never_later,
            broken_in_c=(
                replace(".sa_handler = note", ".sa_handler = load")
                + replace("if (told)\n        load(0);", "load(0);")
            ),
            hint="A handler can note that it was called, and do no more.",
            praise="The handler noted the signal. The daemon loaded between two answers.",
        ),
    ],
)
