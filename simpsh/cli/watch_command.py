"""`simpsh watch`: a family of processes while it runs."""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError
from simpsh.cli.option_parser import Subcommand, option


class WatchCommand(Subcommand):
    """Draw the family of a process until that ends, or ^C."""

    name, usage = "watch", ("[option …] PID",)
    about = (
        "Draws a process and its descendants while they run: births and ends, states, what each "
        "waits for, and how full their pipes are. It ends with the process, or by ^C."
    )
    notes = "`simpsh --watch` starts a shell with this beside it."
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "which process? Its pid is missing"

    recording: str = option(
        "--recording FILE", "a recording that grows, of this process as its first", ""
    )

    def run(self) -> int:
        """Draw until the process has ended."""
        from simpsh.repl.family_pane import follow_family

        pid = self.pid
        if not os.isatty(1):
            raise self.misuse("it draws on a terminal, and standard output is none")
        try:
            follow_family(pid, self.recording)
        except (ProcessLookupError, PermissionError) as error:
            raise SimpshError(f"watch: {error.strerror}") from None
        return 0
