"""Breakpoints of the stepper: `until exit of P1`, `until P1 reads`, `until 5 steps`.

A breakpoint is a question to a snapshot of the family; it is asked after each step.
"""

from __future__ import annotations

import re

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import counted
from simpsh.base.process_names import PATTERN
from simpsh.base.record import Record
from simpsh.explore.step.panel_snapshot import FamilySnapshot

VERBS = "reads|writes|waits|executes|sends|opens|closes|sleeps|pauses|locks"
"""How the next operation of a process may begin."""
WAYS = (
    "exit of P1",
    f"P1 {VERBS}",
    "P1 is blocked",
    "any process is blocked",
    "output",
    "choice",
    "5 steps",
    "end",
)
"""How a point may be said, for people."""
_NAME = rf"(?P<name>{PATTERN})"


class Breakpoint(Record):
    """Where to stop."""

    kind: str
    """exit, verb, blocked, output, choice, steps or end."""
    name: str = ""
    """The process it is about; empty for any process."""
    verb: str = ""
    count: int = 0

    @property
    def words(self) -> str:
        """The point, for people."""
        process = self.name or "any process"
        words = {
            "exit": f"{self.name} has ended",
            "verb": f"{process} {self.verb} next",
            "blocked": f"{process} is blocked",
            "output": "something is printed",
            "choice": "there is a choice",
            "steps": counted(self.count, "step"),
            "end": "the end",
        }
        return words[self.kind]

    def is_reached(self, before: FamilySnapshot, now: FamilySnapshot) -> bool:
        """Return whether a panel is at the point."""
        if self.kind == "exit":
            return self.name in now.ended
        if self.kind == "verb":
            return any(line.verb == self.verb for line in now.lines if self.name in ("", line.name))
        if self.kind == "blocked":
            blocked = {line.name for line in now.lines if line.is_blocked}
            known = {line.name for line in before.lines if line.is_blocked}
            return self.name in blocked if self.name else bool(blocked - known)
        if self.kind == "output":
            return len(now.output) > len(before.output)
        if self.kind == "choice":
            return len(now.ready) > 1
        return self.kind == "steps" and now.number >= before.number + self.count


def parse_breakpoint(text: str) -> Breakpoint:
    """Understand a point.

    Raises:
        UsageProblem: it is none.

    >>> parse_breakpoint("exit of P1")
    Breakpoint(kind='exit', name='P1', verb='', count=0)
    >>> parse_breakpoint("any process waits").verb, parse_breakpoint("12 steps").count
    ('waits', 12)
    """
    words = " ".join(text.split())
    for pattern, kind in _PATTERNS:
        match = pattern.fullmatch(words)
        if match is not None:
            groups = match.groupdict()
            count = int(groups.get("count") or 0)
            return Breakpoint(kind, groups.get("name") or "", groups.get("verb") or "", count)
    raise UsageProblem(f"until {words}: no such point; say one of: {' · '.join(WAYS)}")


_PATTERNS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (rf"exit of {_NAME}", "exit"),
        (rf"(?:{_NAME}|any process) is blocked", "blocked"),
        (rf"(?:{_NAME}|any process) (?P<verb>{VERBS})", "verb"),
        (r"(?P<count>[1-9]\d{0,5}) steps?", "steps"),
        (r"output", "output"),
        (r"choice", "choice"),
        (r"end", "end"),
    )
)
