"""Which calls and values of a demonstration are told."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from simpsh.course import Claim, Run, happens, processes, value
from simpsh.course.lesson.try_step import perform_line
from simpsh.course.run.demonstration_setup import DemonstrationSetup, further_calls
from simpsh.course.screen.lane_picture import draw
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process.machine_permits import missing
from simpsh.view.styled_text import plain_block
from tests.course.demonstrations import perform

if TYPE_CHECKING:
    from simpsh.course.claims.observation import Observation

parent, child = processes("parent", "child")


def counted() -> None:
    """Each sets x, and nobody outlives it."""
    x = 1
    child = os.fork()
    if child == 0:
        x = 2
        os._exit(x)
    os.waitpid(child, 0)


def bound_to_nothing() -> None:
    """The mask 0."""
    try:
        os.sched_setaffinity(0, [])
    except OSError:
        os.write(1, b"refused")


def searches() -> None:
    """The program is in the second directory of PATH."""
    child = os.fork()
    if child == 0:
        os.execvpe("true", ["true"], {"PATH": "/none:/bin"})
    os.waitpid(child, 0)


def in_several_pieces() -> None:
    """As a C library writes that keeps its buffer and a new text apart."""
    read_end, write_end = os.pipe()
    os.writev(write_end, [b"", b"one ", b"two", b" three"])
    os.readv(read_end, [bytearray(1), bytearray(3), bytearray(99)])


def moves_bytes() -> None:
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


def seen(run: Run) -> Observation:
    """Run it."""
    found = perform(run)
    assert not isinstance(found, dict)
    return found  # type: ignore[return-value]  # of a Run


def test_a_try_in_a_directory_of_path_has_a_row_where_execve_is_watched() -> None:
    run = seen(Run(searches, id="search"))
    row = "child cannot exec /none/true: ENOENT"
    assert row not in plain_block(draw(run).lines)
    assert row in plain_block(draw(run, watch=("execve",)).lines)


def test_all_pieces_of_a_vector_are_told() -> None:
    run = seen(Run(in_several_pieces, id="pieces"))
    assert happens(parent.writes("one two three")).judge(run).holds
    assert happens(parent.reads("one two three")).judge(run).holds


def test_a_value_without_a_moment_is_the_one_that_was_set_last() -> None:
    run = seen(Run(counted, id="x"))
    assert (child.value("x") == 2).holds(run)
    assert (parent.value("x") == 1).holds(run)
    assert (value("x") == 2).holds(run)
    assert not (parent.value("y") == 1).holds(run)


def test_a_refused_binding_is_told() -> None:
    run = seen(Run(bound_to_nothing, id="x"))
    assert happens(parent.fails("sched_setaffinity", "EINVAL")).holds(run)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="other machines lack some of the calls")
def test_every_call_that_lessons_may_speak_of_has_a_number() -> None:
    assert further_calls(DemonstrationSetup()) <= set(NUMBERS)


def opens_a_file():
    with open("log", "w") as log:
        print("a word", file=log)


@pytest.mark.skipif(bool(missing("ptrace")), reason="no process may be traced here")
def test_that_python_asks_whether_a_file_is_a_terminal_is_not_told():
    seen = perform(Run(opens_a_file, id="file"))
    assert "ioctl" not in plain_block(draw(seen).lines)


def test_bytes_are_read_and_written_where_they_can_be_seen():
    assert seen(Run(moves_bytes, "moves")).output == "ENOSYS ENOSYS "
    sends = "import os; os.sendfile(1, os.open(os.__file__, 0), 0, 1)"
    line = f"{shlex.quote(sys.executable)} -c '{sends}' 2>&1"
    assert "Function not implemented" in perform_line(line).output


def test_a_call_that_moves_bytes_is_made_where_it_is_told():
    run = Run(moves_bytes, "moves", claims=[Claim("", happens(parent.calls("sendfile")))])
    assert seen(run).output.startswith("moved")
