"""Runs one submission in the sandbox with the keyboard of the person who grades.

The program has a terminal of its own: it cannot type into the terminal of the person, or change it.
Keys are passed on as they are typed; its output is shown without control characters.
"""

from __future__ import annotations

import codecs
import json
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import printable
from simpsh.base.wait_status import shell_status
from simpsh.grade.classes.submissions import copy_into, program_in
from simpsh.grade.sandbox.archive import unpack
from simpsh.grade.sandbox.namespace_sandbox import (
    FileVisibility,
    SandboxSession,
    best_sandbox,
    work_in_sandbox,
)
from simpsh.grade.sandbox.program_build import prepared
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, require_start, with_user
from simpsh.kernel.descriptors import write_all
from simpsh.kernel.wait_calls import WNOHANG, pidfd_open, waitpid
from simpsh.process.child_changes import (
    ChildStart,
    Directory,
    Execute,
    OnlyDescriptors,
    Signals,
    Step,
)
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.subreaper import collect_all

_SECONDS = 600
_PIECE = 1 << 12
_KEPT = "\r\n\b"
_END_OF_FILE, _LEAVE = b"\x04", b"\x1d"
"""The key ^D; and ^], which ends the run."""


def run_by_hand(path: str, arguments: Sequence[str]) -> int:
    """Run a submission, a file or folder, until it ends; return its status as a shell says it.

    This process must have no children. Raises SimpshError: it cannot be built, or not be confined.
    """
    sandbox = with_user(best_sandbox(SubmissionLimits(_SECONDS)))

    def work(inside: SandboxSession) -> None:
        try:
            most, name = sandbox.limits.room, os.path.basename(path)
            copied, _ = copy_into(inside.source, name, inside.directory, most)
            sandbox.give(inside.directory)
            copied, _ = unpack(copied, sandbox)
            argv = prepared(program_in(copied, "", {}), sandbox)
            answer = _on_terminal(sandbox, (*argv, *arguments), inside.directory), ""
        except SimpshError as problem:
            answer = 1, str(problem)
        inside.send(json.dumps(answer).encode())

    lines, unfinished = work_in_sandbox(sandbox, FileVisibility(source=path), work)
    status, problem = json.loads(lines[0]) if lines else (1, unfinished)
    if isinstance(problem, str) and problem:
        raise SimpshError(f"grade try: {problem}")
    return int(status)


def _on_terminal(sandbox: Sandbox, argv: Sequence[str], directory: str) -> int:
    terminal = OwnTerminal()
    if os.isatty(0):
        termios.tcsetwinsize(terminal.slave, termios.tcgetwinsize(0))
    # Without control characters, no screen can be drawn.
    program = Execute(argv, {**os.environ, "TERM": "dumb"})
    start = ChildStart(
        *terminal.as_session(),
        OnlyDescriptors(),
        Signals(),
        Directory(directory),
        Step("enter the sandbox", sandbox.enter),
        program,
    )
    pid = start.fork()
    os.close(terminal.slave)
    terminal.slave = -1
    with _raw_keys() as are_raw:
        _relay(terminal.master, pidfd_open(pid), "\r\n" if are_raw else "\n")
    # None if the person has left it while it runs.
    ended = waitpid(pid, WNOHANG)
    collect_all()
    require_start(start)
    return shell_status(ended[1]) if ended is not None else 1


@contextmanager
def _raw_keys() -> Iterator[bool]:
    """Pass on each key as it is typed; yield whether there is a keyboard."""
    if not os.isatty(0):
        yield False
        return
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield True
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _relay(master: int, ending: int, line_end: str) -> None:
    """Copy keys and output until the program has ended, or the person leaves it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    poll = select.poll()
    for descriptor in (0, master, ending):
        poll.register(descriptor, select.POLLIN)
    while True:
        # The output comes first: nothing that was printed before the end is lost.
        ready = [descriptor for descriptor, _ in poll.poll()]
        if master in ready:
            text = ""
            with suppress(OSError):  # nobody has the terminal open any more
                text = decoder.decode(os.read(master, _PIECE))
            if not text:
                poll.unregister(master)
            shown = "".join(char if char in _KEPT else printable(char) for char in text)
            sys.stdout.write(shown.replace("\r\n", line_end))
            sys.stdout.flush()
        elif ending in ready:
            return
        elif 0 in ready:
            keys = os.read(0, _PIECE)
            if _LEAVE in keys:
                return
            write_all(master, keys or _END_OF_FILE)
            if not keys:
                poll.unregister(0)
