"""The calls and values of a demonstration that are recorded."""

from __future__ import annotations

import errno
import os
import shlex
import sys

import pytest

from simpsh.course import Claim, Run, happens, processes, value
from simpsh.course.run.demonstration_setup import DemonstrationSetup, further_calls
from simpsh.course.run.line_orders import perform_line
from simpsh.course.screen.lane_picture import draw
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.view.styled_text import plain_block
from tests.course.demonstrations import perform

parent, child = processes("parent", "child")


def counted():
    """Each sets x, and nobody outlives it."""
    x = 1
    child = os.fork()
    if child == 0:
        x = 2
        os._exit(x)
    os.waitpid(child, 0)


def bound_to_nothing():
    """The mask 0."""
    try:
        os.sched_setaffinity(0, [])
    except OSError:
        os.write(1, b"refused")


def searches():
    """The program is in the second directory of PATH."""
    child = os.fork()
    if child == 0:
        os.execvpe("true", ["true"], {"PATH": "/none:/bin"})
    os.waitpid(child, 0)


def in_several_pieces():
    """As a C library writes that keeps its buffer and a new text apart."""
    read_end, write_end = os.pipe()
    os.writev(write_end, [b"", b"one ", b"two", b" three"])
    os.readv(read_end, [bytearray(1), bytearray(3), bytearray(99)])


def moves_bytes():
    """As some builds of cat do, which read and write where the kernel cannot do this."""
    with open("file", "w+b", buffering=0) as file:
        file.write(b"moved")
        number = file.fileno()
        for name, args in {
            "sendfile": (1, number, 0, 5),
            "copy_file_range": (number, 1, 5),
        }.items():
            try:
                getattr(os, name)(*args)
            except OSError as error:
                os.write(1, f"{errno.errorcode[error.errno]} ".encode())


def opens_a_file():
    with open("log", "w") as log:
        print("a word", file=log)


def test_calls_and_values_are_recorded_as_the_code_has_them():
    run = perform(Run(searches, id="search"))
    row = "child cannot exec /none/true: ENOENT"
    assert row not in plain_block(draw(run).lines)
    assert row in plain_block(draw(run, watch=("execve",)).lines)
    # All pieces of a vector.
    run = perform(Run(in_several_pieces, id="pieces"))
    assert happens(parent.writes("one two three")).judge(run).holds
    assert happens(parent.reads("one two three")).judge(run).holds
    # A value without a moment is the one that was set last.
    run = perform(Run(counted, id="x"))
    assert (child.value("x") == 2).holds(run)
    assert (parent.value("x") == 1).holds(run)
    assert (value("x") == 2).holds(run)
    assert not (parent.value("y") == 1).holds(run)
    run = perform(Run(bound_to_nothing, id="x"))
    assert happens(parent.fails("sched_setaffinity", "EINVAL")).holds(run)
    # Python's check whether a file is a terminal is omitted.
    assert "ioctl" not in plain_block(draw(perform(Run(opens_a_file, id="file"))).lines)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other machines lack some of the calls")
def test_every_call_that_lessons_may_speak_of_has_a_number():
    assert further_calls(DemonstrationSetup()) <= set(NUMBERS)


def test_visible_bytes_are_read_and_written_and_others_are_moved():
    assert perform(Run(moves_bytes, "moves")).output == "ENOSYS ENOSYS "
    sends = "import os; os.sendfile(1, os.open(os.__file__, 0), 0, 1)"
    line = f"{shlex.quote(sys.executable)} -c '{sends}' 2>&1"
    assert "Function not implemented" in perform_line(line).output
    run = Run(moves_bytes, "moves", claims=[Claim("", happens(parent.calls("sendfile")))])
    assert perform(run).output.startswith("moved")
