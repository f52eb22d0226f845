"""A judge whose grader was killed ends where it is: it does not go on as a second grader."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from simpsh.grade.sandbox import namespace_sandbox
from simpsh.grade.sandbox.namespace_sandbox import FileVisibility, work_in_sandbox
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.kernel.descriptors import PipeEnds, pipe2
from simpsh.process.worker import in_own_process


class NoGroup:
    """A control group that was removed."""

    def join(self) -> None:
        raise OSError(19, "No such device")

    def remove(self) -> None:
        pass


def outcome(witness: Path, *, is_read: bool) -> str:
    """Return what a judge tells that fails; each process that comes back leaves its pid."""
    found = ""

    def unread() -> PipeEnds:
        ends = pipe2()
        os.dup2(os.open(os.devnull, os.O_RDONLY), ends.read_end)
        return ends

    def fail(_: object) -> None:
        raise OSError(5, "it fails")

    with TemporaryDirectory() as place, suppress(BrokenPipeError):
        namespace_sandbox.tempfile.mkdtemp = lambda **_: place
        namespace_sandbox.ControlGroup = lambda *_: NoGroup()
        if not is_read:
            namespace_sandbox.pipe2 = unread
        try:
            lines, _ = work_in_sandbox(Sandbox(has_group=is_read), FileVisibility(), fail)
            found = str(lines)
        finally:
            # All descriptors of a judge are closed: it would be seen by nothing else.
            with witness.open("a") as file:
                file.write(f"{os.getpid()}\n")
    return found


def test_a_judge_that_fails_tells_it_and_ends_there_also_if_nobody_reads_it(tmp_path):
    for is_read in (True, False):
        witness = tmp_path / f"witness-{is_read}"
        found = in_own_process(partial(outcome, witness, is_read=is_read), 30)
        assert len(witness.read_text().splitlines()) == 1
        assert ("it could not be confined: [Errno 19] No such device" in found) is is_read
