"""`simpsh diagnose`: print what a process waits for."""

from __future__ import annotations

import os
import time

from simpsh import console
from simpsh.base.errors import naming
from simpsh.base.record import Record
from simpsh.cli.option_parser import Subcommand, flag
from simpsh.process.diagnose.diagnosis import Diagnosis, diagnose
from simpsh.process.process_tree import looks


class DiagnoseCommand(Subcommand):
    """Print what a process waits for."""

    name, usage = "diagnose", ("[--watch | --json] PID",)
    about = "Shows what a process waits for, which process blocks it, and why."
    notes = (
        "--watch prints each new answer. It ends when a process that waited for others continues, "
        "when a deadlock occurs, or when the process ends. The exit status is 1 if the process "
        "does not exist or is hidden."
    )
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "the pid is missing"

    is_watched: bool = flag("--watch", "follow the process and its family", "answer")
    as_json: bool = flag("--json", "print it as one JSON object, with the evidence", "answer")

    def run(self) -> int:
        """Print the diagnosis."""
        with naming("diagnose"):
            first = diagnose(self.pid)
            if self.as_json:
                console.say(_as_json(first))
                return 0
            console.show_lines(first.lines(_columns()))
            if self.is_watched and not first.is_deadlock:
                _watch(first)
        return 0


def _as_json(answer: Diagnosis) -> str:
    """Return a diagnosis, with the records in it, as JSON."""
    import json  # not needed for text

    def fields(record: Record) -> dict[str, object]:
        return {name: getattr(record, name) for name in type(record)._fields}

    return json.dumps(fields(answer), default=fields, indent=1) + "\n"


def _columns() -> int:
    # In a file or a pipe, each sentence is one line.
    return console.width() if os.isatty(1) else 0


def _watch(first: Diagnosis) -> None:
    """Print each new answer until the process continues, deadlocks or ends."""
    began, before = time.monotonic(), first
    for look in looks(first.pid):
        try:
            now = diagnose(first.pid)
        except ProcessLookupError:
            break
        seconds = f"{time.monotonic() - began:.1f} s: "
        if now.is_deadlock:
            console.show_lines([f"{seconds}deadlock.", *now.lines(_columns())])
            return
        if first.waits_for and first.pid in look.moved and now.waits_for != first.waits_for:
            console.show_lines([f"{seconds}the process continues. {now.sentences[0]}"])
            return
        if _compared(now) != _compared(before):
            console.show_lines([f"{seconds}{now.sentences[0]}"])
        before = now
    console.show_lines([f"Process {first.pid} has ended."])


def _compared(answer: Diagnosis) -> tuple[object, ...]:
    """Return the parts of an answer to compare: all but the remaining time of a sleep."""
    return answer.situation, answer.waits_for, answer.circle, answer.ends
