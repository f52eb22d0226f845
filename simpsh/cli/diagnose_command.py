"""`simpsh diagnose`: print what a process waits for."""

from __future__ import annotations

import os
import time

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.record import Record, changed
from simpsh.base.waits import Situation, Wait, Waker
from simpsh.cli.option_parser import Subcommand, flag
from simpsh.diagnosis.answer import SCHEMA, SHORT_PROOF, Diagnosis, diagnose
from simpsh.process.process_tree import looks


class DiagnoseCommand(Subcommand):
    """Print what a process waits for."""

    name, usage = "diagnose", ("[--watch | --json] [--all] PID",)
    example = "simpsh diagnose 4711"
    about = "Shows what a process waits for, which process blocks it, and why."
    notes = (
        "--watch prints each new answer. It ends when a process that waited for others continues, "
        "when a deadlock occurs, or when the process ends. The exit status is 0 if nothing is "
        "stuck, 1 if a process is stuck, 3 if that is not known, and 2 after a usage error."
    )
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "the pid is missing"

    is_watched: bool = flag("--watch", "follow the process and its family", "answer")
    is_whole: bool = flag("--all", "print every sentence of a long proof")
    as_json: bool = flag("--json", "print it as one JSON object, with the evidence", "answer")

    def run(self) -> int:
        """Print the diagnosis."""
        with naming("diagnose", NotKnown):
            last = diagnose(self.pid)
            if self.as_json:
                console.say(_as_json(last))
                return last.status
            most = 0 if self.is_whole else SHORT_PROOF
            console.show_lines(last.lines(_columns(), most))
            if self.is_watched and not _is_over(last):
                last = _watch(last)
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


def _columns() -> int:
    # In a file or a pipe, each sentence is one line.
    return console.width() if os.isatty(1) else 0


def _watch(first: Diagnosis) -> Diagnosis:
    """Print each new answer until the process continues, deadlocks or ends; return the last one."""
    began, before = time.monotonic(), first
    for look in looks(first.pid):
        try:
            now = diagnose(first.pid)
        except ProcessLookupError:
            break
        seconds = f"{time.monotonic() - began:.1f} s: "
        if _is_over(now):
            word = "deadlock" if now.is_deadlock else "stuck"
            console.show_lines([f"{seconds}{word}.", *now.lines(_columns())])
            return now
        if first.waits_for and first.pid in look.moved and now.waits_for != first.waits_for:
            console.show_lines([f"{seconds}the process continues. {now.sentences[0]}"])
            return now
        if _comparable(now) != _comparable(before):
            console.show_lines([f"{seconds}{now.sentences[0]}"])
        before = now
    console.show_lines([f"Process {first.pid} has ended."])
    return changed(before, verdict="at rest")


def _is_over(answer: Diagnosis) -> bool:
    """Return whether only an event that the answer names could still end the waits."""
    return answer.verdict == "stuck" and bool(answer.circle)


def _comparable(answer: Diagnosis) -> tuple[object, ...]:
    """Return the parts of an answer to compare: all but the remaining time of a sleep."""
    return answer.situation, answer.waits_for, answer.circle, answer.ends
