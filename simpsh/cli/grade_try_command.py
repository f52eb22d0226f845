"""`simpsh grade try`: run one submission by hand, in the sandbox."""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.cli.option_parser import Subcommand
from simpsh.grade.classes.run_by_hand import run_by_hand


class GradeTryCommand(Subcommand):
    """Run a submission by hand, in the sandbox."""

    name, usage = "grade try", ("SUBMISSION [ARGUMENT …]",)
    example = "simpsh grade try submissions/alice.c"
    about = (
        "Runs a submission by hand, in the sandbox. It is a file or a folder, and is built as for "
        "a mark. It has your keyboard, sees none of your files, and keeps no change. ^] ends it."
    )
    notes = "The exit status is the program's."
    operand_counts, missing = (1, None), "which submission? Name a file or a folder"
    operands_are = ("file", "word")
    is_command = True

    def run(self) -> int:
        """Run the submission; return its status."""
        path, *arguments = self.operands
        if not os.path.exists(path):
            raise SimpshError(f"grade try: {path}: there is no such file")
        if os.isatty(0):
            console.warn(
                ["grade try: in the sandbox, with the time and memory of a submission; ^] ends it"]
            )
        return run_by_hand(os.path.abspath(path), arguments)
