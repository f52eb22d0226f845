"""Output of other processes while a line is edited, and what the kernel says about it."""

import os
import pty
import subprocess
from contextlib import closing

from simpsh.repl.foreign_output import ForeignOutput


def test_a_write_by_another_process_is_noted_and_nothing_else():
    master, terminal = pty.openpty()
    with closing(ForeignOutput(terminal)) as foreign:
        assert not foreign.take()
        # A drawing of the editor, keys with their echo, and reading them are no foreign output.
        foreign.note()
        os.write(terminal, b"drawing")
        foreign.discard_own()
        os.write(master, b"keys\n")
        os.read(terminal, 10)
        assert not foreign.take()
        # A write through any descriptor or path is; splice(2) is a write, too.
        writers = (
            ("printf x", terminal),
            (f"printf x >{os.ttyname(terminal)}", None),
            (f"exec 3<>{os.ttyname(terminal)}; (printf x >&3)", None),
        )
        for script, stdout in writers:
            subprocess.run(["sh", "-c", script], stdout=stdout, check=True)
            assert foreign.take()
            assert not foreign.take()
        reader, writer = os.pipe()
        os.write(writer, b"x")
        os.splice(reader, terminal, 1)
        assert foreign.take()
        # Output before a drawing is noted although the drawing follows it.
        subprocess.run(["printf", "x"], stdout=terminal, check=True)
        foreign.note()
        os.write(terminal, b"drawing")
        foreign.discard_own()
        assert foreign.take()
        # A program that prints nothing is not output.
        subprocess.run(["true"], stdin=terminal, stdout=terminal, check=True)
        assert not foreign.take()
    for descriptor in (master, terminal, reader, writer):
        os.close(descriptor)
