"""`simpsh diagnose`: what is a process waiting for?"""

from __future__ import annotations

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.cli.option_parser import Subcommand
from simpsh.process.diagnose.diagnosis import diagnose


class DiagnoseCommand(Subcommand):
    """Print what a process waits for."""

    name, usage = "diagnose", ("PID",)
    about = "Says what a process waits for, who holds it up, and why."
    notes = "The exit status is 1 if there is no such process, or if it is hidden."
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "which process? Its pid is missing"

    def run(self) -> int:
        """Print the diagnosis."""
        word = self.operand
        if not (word.isascii() and word.isdigit()) or not int(word):
            raise self.misuse(f"{word}: this is not a pid")
        try:
            console.show_lines(diagnose(int(word)).lines())
        except (ProcessLookupError, PermissionError) as error:
            raise SimpshError(f"diagnose: {error.strerror}") from None
        return 0
