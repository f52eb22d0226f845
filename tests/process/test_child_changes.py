"""A child's changes: what it has at exec, and how the parent learns what failed."""

import os
import signal

import pytest

from simpsh.base.errors import SimpshError
from simpsh.base.wait_status import Exited
from simpsh.kernel.descriptors import PipeEnds
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.process.child_changes import (
    CLOSED,
    NULL,
    ChangeFailed,
    ChildStart,
    DeathWith,
    Descriptors,
    Directory,
    Execute,
    NewGroup,
    NewSession,
    NotExecuted,
    OnlyDescriptors,
    Signals,
    Step,
    detach,
    standard,
)


def shown_by(*changes, script):
    """Return what a Python program prints in a child with these changes, and its status."""
    ends = PipeEnds(*os.pipe2(os.O_CLOEXEC))
    program = Execute(("python3", "-ISc", "import os, signal, sys\n" + script))
    start = ChildStart(standard(NULL, ends.write_end, 2), *changes, program)
    pid = start.fork()
    os.close(ends.write_end)
    with open(ends.read_end, encoding="utf-8") as output:
        text = output.read()
    status = waitpid(pid)[1]
    start.require()
    return text.split("\n")[:-1], status


def failure_of(*changes):
    """Return the message that the parent gets, and the child's exit status."""
    start = ChildStart(*changes)
    ended = waitpid(start.fork())[1]
    with pytest.raises(ChangeFailed) as caught:
        start.require()
    assert str(start.failure()) == str(caught.value)
    return str(caught.value), ended


def test_a_child_has_what_its_changes_say(tmp_path):
    extra = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(extra, True)
    kept = os.dup(extra)
    os.set_inheritable(kept, True)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        lines, status = shown_by(
            NewSession(),
            OnlyDescriptors((kept,)),
            Directory(str(tmp_path)),
            Signals(ignored={signal.SIGINT}, blocked={signal.SIGUSR1}),
            DeathWith(os.getpid()),
            script="print(os.getpid() == os.getsid(0) == os.getpgid(0))\n"
            "print(os.getcwd())\n"
            "print([n for n in range(99) if os.path.exists(f'/proc/self/fd/{n}')])\n"
            "print(*[int(line.split()[1], 16) & 0x7fffffff for line in open('/proc/self/status')"
            " if line.startswith(('SigBlk', 'SigIgn'))])",
        )
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.close(extra)
        os.close(kept)
    # The interpreter in the child ignores SIGPIPE and SIGXFSZ itself, and SIGHUP is not ignored.
    ignored = sum(1 << number - 1 for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ))
    blocked = 1 << signal.SIGUSR1 - 1
    # Signals 32 and 33 belong to the C library, which leaves them ignored in some programs.
    assert lines == ["True", str(tmp_path), str([0, 1, 2, kept]), f"{blocked} {ignored}"]
    assert status == Exited(0)


def test_descriptors_that_change_places_keep_their_files(tmp_path):
    first, second = ((tmp_path / name).open("w") for name in ("first", "second"))
    with first, second:
        given = ((3, second.fileno()), (4, first.fileno()), (5, CLOSED), (6, NULL))
        swap = Descriptors(((3, 4), (4, 3), (7, 6)))
        shown, _ = shown_by(
            Descriptors(given),
            swap,
            script="names = [os.readlink(f'/proc/self/fd/{n}') for n in (3, 4, 7)]\n"
            "print(*map(os.path.basename, names))\n"
            "try: os.fstat(5)\nexcept OSError: print('closed')\n",
        )
    assert shown == ["first second null", "closed"]


@pytest.mark.parametrize(
    ("changes", "message", "status"),
    [
        ((Directory("/no/such"),), "cannot change the directory: /no/such: No such file", 127),
        ((NewSession(), NewSession()), "cannot begin a session: Operation not permitted", 127),
        ((NewSession(terminal=0),), "cannot begin a session: ", 127),
        ((NewGroup(), standard(900)), "cannot take its descriptors: Bad file descriptor", 127),
        ((Step("be confined", lambda: os.stat("/no")),), "cannot be confined: /no: No such", 127),
        ((Execute(("no-such-program",)),), "no-such-program: ", 127),
        ((Execute(("/etc/passwd",)),), "/etc/passwd: Permission denied", 126),
    ],
)
def test_the_parent_learns_which_change_failed_and_why(changes, message, status):
    quiet = standard(NULL, NULL, NULL)
    text, ended = failure_of(quiet, *changes, Step("never come here", lambda: os._exit(0)))
    assert text.startswith(message)
    assert ended == Exited(status)


def test_an_error_after_the_filter_and_words_of_simpsh_are_told():
    def refuse():
        raise SimpshError("the guard does not hold")

    def fail():
        raise OSError(0, "a limit was not taken")

    assert failure_of(Step("be guarded", refuse))[0] == "cannot be guarded: the guard does not hold"
    text, _ = failure_of(Execute(("true",), last=fail))
    assert text == "cannot execute its program: a limit was not taken"


def test_a_child_that_ends_early_is_not_taken_for_one_that_began():
    start = ChildStart(Step("end", lambda: os._exit(0)))
    assert waitpid(start.fork())[1] == Exited(0)
    assert start.failure() is None
    with pytest.raises(ChangeFailed, match="before it was set up"):
        start.require()
    with pytest.raises(ChangeFailed, match="the tracer knows"):
        start.require("the tracer knows")


def test_a_body_runs_after_the_changes_and_its_result_is_the_status():
    line = os.pipe()

    def body():
        os.write(line[1], f"{os.getcwd()} {proc.numbers('self', 'fd')[:3]}".encode())
        return 7

    start = ChildStart(*detach(line[1]))
    assert waitpid(start.fork(body))[1] == Exited(7)
    start.require()
    assert os.read(line[0], 100) == b"/ [0, 1, 2]"
    failing = ChildStart(standard(NULL, NULL, NULL))
    assert waitpid(failing.fork(lambda: 1 // 0))[1] == Exited(127)
    for end in line:
        os.close(end)


def test_a_program_that_is_missing_is_not_an_error_of_the_judge():
    start = ChildStart(standard(NULL, NULL, NULL), Execute(("no-such-program",)))
    waitpid(start.fork())
    with pytest.raises(NotExecuted):
        start.require()
