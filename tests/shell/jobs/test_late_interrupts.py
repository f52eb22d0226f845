"""A ^C that arrives right before a call blocks also ends the call."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.kernel.machine import ptrace
from tests.harness.process import descendants_in_session, kill_and_collect
from tests.harness.sh import SIMPSH
from tests.shell.jobs.late_signal import MARK, interrupt_before, start_at_gate

pytestmark = pytest.mark.long("SIGINT comes right before each call that blocks")

BEGIN = f"umask {MARK:04o}\n"


def is_read(_pid, name, arguments):
    """Whether this is a read, or a wait without timeout, of standard input or the shell's pipe."""
    if name in ("poll", "ppoll"):
        return arguments[2] in (0, 2**64 - 1, 2**32 - 1)
    return name == "read" and (arguments[0] == 0 or arguments[0] >= 200)


def is_wait(_pid, name, arguments):
    return name == "rt_sigtimedwait" or (name == "wait4" and not arguments[2] & os.WNOHANG)


def is_open(pid, name, arguments):
    return name == "openat" and b"fifo\0" in ptrace.read_memory(pid, arguments[1], 16)


BLOCKING = {
    "read": ("read a", is_read),
    "read in a loop": ("while read a; do echo $a; done", is_read),
    "the next line": ("", is_read),
    "the output of a substitution": ("x=$(sleep 100 & :)", is_read),
    "the end of a substitution": ("x=$(exec >end; exec sleep 100)", is_wait),
    "wait": ("sleep 100 & wait", is_wait),
    "wait for one": ("sleep 100 & wait $!", is_wait),
    "a FIFO to read": ("read x <fifo", is_open),
    "a FIFO to write": (": >fifo", is_open),
    "a FIFO for exec": ("exec 3<fifo", is_open),
    "a FIFO of commands": (". ./fifo", is_open),
    "a FIFO for the last command": ("exec cat <fifo", is_open),
}


@pytest.mark.usual("read", "wait", "a FIFO to read")
@pytest.mark.skipif(not ptrace.is_known_architecture(), reason="no tracer for this machine")
@pytest.mark.parametrize("name", BLOCKING)
def test_sigint_right_before_a_call_that_blocks_ends_it(name, tmp_path):
    commands, is_wanted = BLOCKING[name]
    os.mkfifo(tmp_path / "fifo")
    script = f"{BEGIN}{commands}" if commands else None
    with open(tmp_path / "out", "wb") as out:
        process = start_at_gate(
            [*SIMPSH.argv, *(() if script is None else ("-c", script))],
            cwd=tmp_path, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        text = BEGIN.encode() if script is None else b""
        # After a first SIGINT at the end of a substitution, the shell waits for the programs in it.
        interrupt_before(process, is_wanted, text, 2 if "the end" in name else 1)
        assert process.wait(timeout=60) == -signal.SIGINT
        assert (tmp_path / "out").read_bytes() == b""
    finally:
        kill_and_collect(
            lambda: [pid for pid in descendants_in_session(process.pid) if pid != process.pid]
        )
        process.kill()
        process.communicate()
