"""`$SIMPSH_RUN PROGRAM ARGUMENT …`: a tutor's check runs the submission in a sandbox of its own.

    the check ──► $SIMPSH_RUN, a client ──► helper ──► pid 1 ──► PROGRAM

The check's namespaces contain the program's, and the user is the same. So the program sees no
process of the check and cannot signal one, sees none of the check's files but the folder of the
submission, and its changes there are discarded. It gets no descriptor of the check either: its
outputs are pipes of the client, and its input is a copy if it is a file. So it cannot read what the
check has open, move its offset, or change its flags.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import tempfile
from collections.abc import Sequence
from typing import NoReturn

from simpsh import console
from simpsh.base.record import Record
from simpsh.base.wait_status import shell_status
from simpsh.grade.sandbox.file_view import FileView, files_of_programs
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, SubmissionLimits, require_start
from simpsh.kernel import landlock, namespaces
from simpsh.kernel.descriptors import close, is_open, pipe2
from simpsh.kernel.processes import forget_arguments
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.child_changes import (
    NULL,
    ChildStart,
    Directory,
    Execute,
    NewSession,
    OnlyDescriptors,
    Signals,
    Step,
    standard,
)
from simpsh.process.proc import contents, stat_fields, stat_line
from simpsh.process.process_containment import enclose

VARIABLE = "SIMPSH_RUN"
"""The environment variable with the client's path."""
_PIECE = 1 << 16
_PARENT, _START_OF_STACK = 1, 25
"""Fields of /proc/PID/stat in stat_fields(); see proc_pid_stat(5)."""
_BROKEN, _CANNOT_EXECUTE = 125, 126
_CLIENT = """\
#!{python} -IS
import sys
sys.path[:] = {path!r}
from simpsh.grade.sandbox.nested_program import main
main({limits!r}, {folder!r}, has_group={has_group!r}, has_namespaces={has_namespaces!r})
"""


class Client(Record):
    """The client of a check: $SIMPSH_RUN."""

    path: str

    def require_started(self) -> None:
        """Raise JudgeRefused if a program could not be confined, and so was not run."""
        with open(_reasons_of(self.path), encoding="utf-8", errors="replace") as file:
            if reason := file.read():
                raise JudgeRefused(f"the check could run no programs: {reason}")


def client_for(check: Sandbox) -> Client:
    """Put a client into a new directory of the check's user."""
    folder = tempfile.mkdtemp(prefix="simpsh-run-")
    path = os.path.join(folder, "run")
    text = _CLIENT.format(
        python=sys.executable,
        path=[os.path.abspath(each) for each in sys.path],
        limits=[getattr(check.limits, name) for name in SubmissionLimits._fields],
        folder=os.environ["HOME"],
        has_group=check.has_group,
        has_namespaces=check.has_namespaces,
    )
    for name, mode, content in ((path, 0o755, text), (_reasons_of(path), 0o644, "")):
        with open(name, "x", encoding="utf-8") as file:
            file.write(content)
        os.chmod(name, mode)
    check.give(folder)
    return Client(path)


def _reasons_of(client: str) -> str:
    return os.path.join(os.path.dirname(client), "reasons")


def main(limits: Sequence[int], folder: str, *, has_group: bool, has_namespaces: bool) -> NoReturn:
    """Run the program of the command line, and end with its status as a shell says it.

    The program sees `folder`, which has the submission.
    """
    confined = Sandbox(
        SubmissionLimits(*limits),
        has_namespaces=has_namespaces,
        has_group=has_group,
        landlock_version=landlock.version(),
    )
    directory = os.getcwd()
    if has_namespaces and not f"{directory}/".startswith(f"{folder}/"):
        console.warn(
            [
                f"SIMPSH_RUN: {directory}: the program does not see this directory: cd to one in "
                "the folder of the submission, such as $HOME"
            ]
        )
        sys.exit(_CANNOT_EXECUTE)
    given, outputs = [_input()], dict[int, int]()
    for number in (1, 2):
        if number == 2 and is_open(2) and is_open(1) and os.path.sameopenfile(1, 2):
            # One pipe keeps the order.
            given.append(given[1])
        elif is_open(number):
            pipe = pipe2()
            outputs[pipe.read_end] = number
            given.append(pipe.write_end)
        else:
            given.append(NULL)
    start = ChildStart(
        NewSession(),
        standard(*given),
        OnlyDescriptors(),
        Signals(),
        *([_apart(confined, folder)] if has_namespaces else []),
        Directory(directory),
        Step("enter the sandbox", confined.enter),
        Execute(sys.argv[1:], {name: os.environ[name] for name in os.environ.keys() - {VARIABLE}}),
    )
    pid = start.fork()
    for descriptor in {*given} - {NULL, 0}:
        close(descriptor)
    _relay(outputs)
    ended = waitpid(pid)
    try:
        require_start(start)
    except JudgeRefused as problem:
        with open(_reasons_of(sys.argv[0]), "w", encoding="utf-8") as file:
            file.write(str(problem))
        sys.exit(f"SIMPSH_RUN: {problem}")
    sys.exit(shell_status(ended[1]) if ended is not None else _BROKEN)


def _apart(sandbox: Sandbox, folder: str) -> Step:
    """Return the step into new namespaces, in which only the submission's folder is the check's."""
    client = os.getpid()
    view = FileView(tuple(files_of_programs()), discarding=folder, room=sandbox.limits.room)

    def be_apart() -> None:
        forget_arguments(b"simpsh grade")
        namespaces.unshare(namespaces.OF_A_SANDBOX)
        view.enter()

    return Step("begin namespaces", lambda: enclose(client, with_users=True, begin=be_apart))


def _relay(outputs: dict[int, int]) -> None:
    """Copy outputs until nobody can write to them any more; all processes have ended then."""
    poll = select.poll()
    for descriptor in outputs:
        poll.register(descriptor, select.POLLIN)
    while outputs:
        for descriptor, _ in poll.poll():
            if not _copy(descriptor, outputs[descriptor]):
                poll.unregister(descriptor)
                # A program that continues to write gets SIGPIPE.
                close(descriptor)
                del outputs[descriptor]


def _copy(source: int, target: int) -> bool:
    """Copy a piece; return False at the end of the source, or if the target cannot be written."""
    left = piece = os.read(source, _PIECE)
    try:
        while left:
            left = left[os.write(target, left) :]
    except OSError:
        return False
    return bool(piece)


def _input() -> int:
    """Return a descriptor for the program's input."""
    if not is_open(0) or not _is_given():
        return NULL
    if not stat.S_ISREG(os.fstat(0).st_mode):
        return 0
    # A copy, in which the program may move the offset.
    copy = os.memfd_create("input")
    while os.sendfile(copy, 0, None, _PIECE):
        pass
    return os.open(f"/proc/self/fd/{copy}", os.O_RDONLY | os.O_CLOEXEC)


def _is_given() -> bool:
    """Return whether the input is for the program, and not what the check itself reads.

    A script may read its expected values in a loop: `while read a b want; do … done < FILE`. The
    input of a program that it runs there is the rest of FILE. Evidence that the check reads it is
    an offset; or, without offsets, a copy of the shell that has read something.
    """
    if stat.S_ISREG(os.fstat(0).st_mode):
        return os.lseek(0, 0, os.SEEK_CUR) == 0
    if stat.S_ISCHR(os.fstat(0).st_mode):
        return True
    here = os.readlink("/proc/self/fd/0")
    top, above = os.getpid(), os.getppid()
    try:
        while os.readlink(f"/proc/{above}/fd/0") == here:
            top, above = above, int(stat_fields(stat_line(above))[_PARENT])
    except PermissionError:
        # The first process of the check, which began with /dev/null.
        return top == os.getpid()
    beginnings = {stat_fields(stat_line(pid))[_START_OF_STACK] for pid in (top, above)}
    is_copy = len(beginnings) == 1
    return top == os.getpid() or not is_copy or b"rchar: 0\n" in contents(top, "io")
