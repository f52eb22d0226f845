"""`simpsh watch`: draw a family of processes while it runs."""

from __future__ import annotations

import os

from simpsh.base.errors import naming
from simpsh.cli.option_parser import Subcommand


class WatchCommand(Subcommand):
    """Draw the family of a process until the process ends or ^C is typed."""

    name, usage = "watch", ("PID",)
    about = (
        "Draws a process and its descendants while they run: births and ends, states, what each "
        "waits for, and how full their pipes are. Ends with the process, or by ^C."
    )
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "the pid is missing"

    def run(self) -> int:
        """Draw until the process has ended."""
        from simpsh.repl.family_pane import follow_family

        pid = self.pid
        if not os.isatty(1):
            raise self.misuse("standard output must be a terminal")
        with naming("watch"):
            follow_family(pid)
        return 0
