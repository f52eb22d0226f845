"""Behaviours of a shell that connects programs and files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.events import Exec
from simpsh.grade.behaviour import Behaviour, Trial, programs
from simpsh.grade.seat import INTERRUPT
from simpsh.process.open_files import descriptors
from simpsh.wait_status import Killed, decode, sentence

if TYPE_CHECKING:
    from simpsh.chronicle.model import Chronicle
    from simpsh.grade.seat import Seat
    from simpsh.process.open_files import Descriptor

_SIGPIPE = 13


def _pipe(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.type("sleep 1000 | sleep 2000\n")
    both = seat.find("sleep", 2)
    trial.pass_("together")
    seat.until(seat.is_waiting_or_at_prompt, "the shell does not wait for its job")
    first, second = sorted(both, key=lambda pid: _words(seat, pid) != "1000")
    groups = {now.pgid for now in map(seat.look, both) if now is not None}
    trial.check("group", len(groups) == 1, "the two are in different groups")
    out, into = _table(first).get(1), _table(second).get(0)
    joined = out is not None and into is not None and out.kind == "pipe"
    joined = joined and out is not None and into is not None and out.inode == into.inode
    trial.check("joined", joined, "the first one's output is not the second one's input")
    if joined and out is not None:
        for key, pid, others in (
            ("shell", seat.shell, ()),
            ("first", first, (1,)),
            ("second", second, (0,)),
        ):
            extra = [
                f"descriptor {one.number} ({one.end})"
                for one in _table(pid).values()
                if one.inode == out.inode and one.kind == "pipe" and one.number not in others
            ]
            trial.check(key, not extra, f"it still holds {', '.join(extra)} of the pipe")
    seat.type(INTERRUPT)
    seat.until(lambda: all(map(seat.is_dead, both)), "^C does not end both programs")
    seat.wait_prompt()
    trial.pass_("interrupt")


def _words(seat: Seat, pid: int) -> str:
    now = seat.look(pid)
    return now.argv[1] if now is not None and len(now.argv) > 1 else ""


def _table(pid: int) -> dict[int, Descriptor]:
    try:
        return {one.number: one for one in descriptors(pid)}
    except ProcessLookupError:
        return {}


def _data(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("uname | tr L l | tr i I")
    trial.check("data", "lInux\n" in seat.said(), f"it printed {_shown(seat.said())}")


def _judge_data(trial: Trial, chronicle: Chronicle) -> None:
    found = [*programs(chronicle, "uname"), *programs(chronicle, "tr")]
    trial.check("three", len(found) == 3, f"{len(found)} of the three programs were executed")


def _shown(said: str) -> str:
    lines = said.splitlines()[1:-1]
    return repr("\n".join(lines)) if lines else "nothing"


def _early_reader(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.type("yes | head -n 1\n")
    seat.wait_prompt()
    trial.check("ends", "y\n" in seat.said(), "the line was not printed")


def _judge_early_reader(trial: Trial, chronicle: Chronicle) -> None:
    for one in programs(chronicle, "yes")[:1]:
        status = decode(one.status) if one.status is not None else None
        good = isinstance(status, Killed) and status.signal == _SIGPIPE
        words = sentence(status) if status is not None else "it never ended"
        trial.check("signal", good, f"yes was not ended by SIGPIPE: {words}")


def _out(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("uname > out")
    said = seat.said().partition("\n")[2]
    trial.check("file", _text("out", trial) == "Linux\n", _found("out", trial))
    trial.check("screen", "Linux" not in said, "it is on the terminal, too")
    seat.run("uname > full")
    trial.check("empties", _text("full", trial) == "Linux\n", _found("full", trial))
    seat.run("uname >> full")
    trial.check("appends", _text("full", trial) == "Linux\nLinux\n", _found("full", trial))
    seat.run("uname")
    said = seat.said().partition("\n")[2]
    trial.check("own", "Linux" in said, "after it the shell's own output is no longer the terminal")


def _path(name: str, trial: Trial) -> str:
    now = trial.seat.look(trial.seat.shell)
    return os.path.join((now.cwd if now is not None else None) or "/nowhere", name)


def _text(name: str, trial: Trial) -> str:
    try:
        with open(_path(name, trial), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _found(name: str, trial: Trial) -> str:
    if not os.path.exists(_path(name, trial)):
        return f"there is no file {name}"
    return f"{name} contains {_text(name, trial)!r}"


def _in(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("tr a-z A-Z < data")
    trial.check("reads", "SOME DATA\n" in seat.said(), f"it printed {_shown(seat.said())}")
    seat.run("tr a-z A-Z < no-such-file")
    seat.run("uname")
    trial.check("missing", "Linux" in seat.said(), "after a missing file nothing runs")


def _error(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("ls no-such-file 2> err")
    trial.check("file", "no-such-file" in _text("err", trial), _found("err", trial))
    seat.run("sh -c 'echo one; echo two >&2' > both 2>&1")
    trial.check("both", _text("both", trial) == "one\ntwo\n", _found("both", trial))
    seat.run("sh -c 'echo one; echo two >&2' 2>&1 > first")
    said = seat.said().partition("\n")[2]
    good = _text("first", trial) == "one\n" and "two" in said
    trial.check("order", good, "2>&1 > f: the error output should still be the terminal")


def _tidy(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("expr 1 + 1")
    seat.run("expr 2 + 2 > out")


def _judge_tidy(trial: Trial, chronicle: Chronicle) -> None:
    tables = [
        (event.what.argv, [number for number, _ in (*event.what.pipes, *event.what.files)])
        for event in chronicle.events
        if isinstance(event.what, Exec) and event.what.exe.endswith("/expr")
    ]
    for key, place in (("plain", 0), ("redirected", 1)):
        if place >= len(tables):
            trial.fail(key, "the program was not executed")
            continue
        extra = [str(number) for number in sorted(tables[place][1]) if number > 2]
        trial.check(key, not extra, f"it also has {', '.join(extra)}")


BEHAVIOURS = (
    Behaviour(
        "pipe",
        "joins two programs by a pipe",
        {
            "together": ("both run at the same time", 2),
            "group": ("both are in one process group", 1),
            "joined": ("the first one's 1 and the second one's 0 are the two ends", 2),
            "shell": ("the shell has closed both ends", 2),
            "first": ("the first program holds nothing but its end", 1),
            "second": ("the second program holds nothing but its end", 2),
            "interrupt": ("^C ends both", 1),
        },
        _pipe,
        look_at="pipe(2), dup2(2), close(2): in three processes",
    ),
    Behaviour(
        "pipeline",
        "joins three programs, and end of file arrives",
        {
            "three": ("three programs are executed", 1),
            "data": ("what the first one writes comes out of the last one", 3),
        },
        _data,
        _judge_data,
        "close(2): a reader sees end of file when nobody can write any more",
    ),
    Behaviour(
        "early-reader",
        "lets a writer end when nobody reads any more",
        {
            "ends": ("yes | head -n 1 prints a line and ends", 2),
            "signal": ("SIGPIPE ends the writer", 1),
        },
        _early_reader,
        _judge_early_reader,
        "signal(7): SIGPIPE must be at its default in children",
    ),
    Behaviour(
        "output",
        "sends output to a file (> and >>)",
        {
            "file": ("the file has it", 1),
            "screen": ("the terminal has not", 1),
            "empties": ("> empties a file first", 1),
            "appends": (">> keeps what is there", 1),
            "own": ("the shell's own output stays the terminal", 2),
        },
        _out,
        look_at="open(2): O_CREAT, O_TRUNC, O_APPEND; dup2(2) in the child",
    ),
    Behaviour(
        "input",
        "takes input from a file (<)",
        {"reads": ("the program reads it", 2), "missing": ("a missing file does no harm", 1)},
        _in,
        look_at="open(2), dup2(2)",
    ),
    Behaviour(
        "errors",
        "redirects descriptor 2, and duplicates",
        {
            "file": ("2> file", 1),
            "both": ("> file 2>&1: both in the file", 1),
            "order": ("2>&1 > file: from left to right", 1),
        },
        _error,
        look_at="dup2(2)",
    ),
    Behaviour(
        "descriptors",
        "gives a program 0, 1 and 2, and nothing else",
        {
            "plain": ("nothing of the shell's leaks into a program", 2),
            "redirected": ("nor does the file of a redirection", 1),
        },
        _tidy,
        _judge_tidy,
        "open(2): O_CLOEXEC; close(2)",
    ),
)
