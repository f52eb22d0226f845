"""`simpsh diagnose`: print what a process waits for."""

from __future__ import annotations

import os
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.record import Record
from simpsh.base.waits import Situation, Wait, Waker
from simpsh.cli.option_parser import Subcommand, flag
from simpsh.diagnosis.answer import SCHEMA, SHORT_PROOF, Diagnosis, diagnose


class DiagnoseCommand(Subcommand):
    """Print what a process waits for."""

    name, usage = "diagnose", ("[--all | --json] PID",)
    example = "simpsh diagnose 4711"
    about = "Shows what a process waits for, which process blocks it, and why."
    notes = (
        "The exit status is 0 if nothing is stuck, 1 if a process is stuck, 3 if that is not "
        "known, and 2 after a usage error."
    )
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "the pid is missing"

    left: ClassVar = {"--watch": "watch -n 1 simpsh diagnose PID"}

    is_whole: bool = flag("--all", "print every sentence of a long proof")
    as_json: bool = flag("--json", "print it as one JSON object, with the evidence")

    def run(self) -> int:
        """Print the diagnosis."""
        with naming("diagnose", NotKnown):
            last = diagnose(self.pid)
            if self.as_json:
                console.say(_as_json(last))
                return last.status
            most = 0 if self.is_whole else SHORT_PROOF
            # In a file or a pipe, each sentence is one line.
            console.show_lines(last.lines(console.width() if os.isatty(1) else 0, most))
        return last.status


class NotKnown(SimpshError):
    """The process is gone or hidden, so whether it is stuck is not known."""

    status = 3


def _as_json(answer: Diagnosis) -> str:
    """Return a diagnosis, with the records in it, as JSON."""
    import json  # not needed for text

    def fields(record: Record) -> object:
        if isinstance(record, Situation | Waker):
            return record.word
        values = {name: getattr(record, name) for name in type(record)._fields}
        return values | ({"outlook": record.outlook} if isinstance(record, Wait) else {})

    answered = {"schema": SCHEMA, **{name: getattr(answer, name) for name in Diagnosis._fields}}
    return json.dumps(answered, default=fields, indent=1) + "\n"
