"""Breakpoints of the stepper: `until exit of P.1`, `until P.1 reads`, `until 5 steps`.

A breakpoint is a question to a snapshot of the family; it is asked after each step.
"""

from __future__ import annotations

import re

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.explore.step.panel_snapshot import FamilySnapshot

WAYS = (
    "exit of P.1",
    "P.1 reads (writes, waits, …)",
    "P.1 is blocked",
    "any process is blocked",
    "output",
    "choice",
    "5 steps",
    "end",
)
"""How a point may be said, for people."""
_NAME = r"(?P<name>P(?:\.\d+)*)"
_ANY = "(?:some|any)(?:body|one)|any process"
_VERBS = {
    "read": "reads",
    "write": "writes",
    "wait": "waits",
    "exec": "executes",
    "kill": "sends",
    "open": "opens",
    "close": "closes",
    "sleep": "sleeps",
    "pause": "pauses",
    "lock": "locks",
}
"""What may be said of a process, as an infinitive, and how its next operation then begins."""


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
        who = self.name or "any process"
        match self.kind:
            case "exit":
                return f"{self.name} has ended"
            case "verb":
                return f"{who} {self.verb} next"
            case "blocked":
                return f"{who} is blocked"
            case "output":
                return "something is printed"
            case "choice":
                return "there is a choice"
            case "steps":
                return counted(self.count, "step")
            case _:
                return "the end"

    def is_reached(self, before: FamilySnapshot, now: FamilySnapshot) -> bool:
        """Return whether a panel is at the point.

        Args:
            before: the panel where running began.
            now: the panel to be judged.
        """
        match self.kind:
            case "exit":
                return self.name in now.ended
            case "verb":
                meant = [line for line in now.lines if self.name in ("", line.name)]
                return any(line.verb == self.verb for line in meant)
            case "blocked":
                blocked = {line.name for line in now.lines if line.is_blocked}
                known = {line.name for line in before.lines if line.is_blocked}
                return bool(blocked - known) if not self.name else self.name in blocked
            case "output":
                return len(now.output) > len(before.output)
            case "choice":
                return len(now.ready) > 1
            case "steps":
                return now.number >= before.number + self.count
            case _:
                return False


def parse_breakpoint(text: str) -> Breakpoint:
    """Understand a point.

    Raises:
        UsageProblem: it is none.

    >>> parse_breakpoint("exit of P.1")
    Breakpoint(kind='exit', name='P.1', verb='', count=0)
    >>> parse_breakpoint("any process waits").verb, parse_breakpoint("12 steps").count
    ('waits', 12)
    """
    said = " ".join(text.split()).removeprefix("until ")
    for pattern, kind in _PATTERNS:
        found = pattern.fullmatch(said)
        if found is not None:
            groups = found.groupdict()
            count = int(groups.get("count") or 0)
            return _checked(
                Breakpoint(kind, groups.get("name") or "", groups.get("verb") or "", count)
            )
    raise _unknown(said)


def _checked(point: Breakpoint) -> Breakpoint:
    """Bring a verb into the form that operations have."""
    if point.kind != "verb":
        return point
    said = point.verb.lower()
    stem = said.removesuffix("s")
    verb = _VERBS.get(said) or _VERBS.get(stem) or (said if said in _VERBS.values() else "")
    if not verb:
        raise _unknown(f"{point.name or 'any process'} {point.verb}")
    return Breakpoint("verb", point.name, verb)


def _unknown(said: str) -> UsageProblem:
    return UsageProblem(f"until {said}: no such point; say one of: {' · '.join(WAYS)}")


_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (rf"(?:the )?(?:exit|end|death) of {_NAME}", "exit"),
        (rf"{_NAME} (?:exits|ends|has ended|has exited|is dead|dies)", "exit"),
        (rf"(?:{_NAME}|{_ANY}) (?:is blocked|blocks)", "blocked"),
        (rf"(?:{_NAME}|{_ANY}) (?P<verb>[a-z]+)", "verb"),
        (r"(?:some(?:thing)? )?(?:output|printed|something is printed)", "output"),
        (r"(?:a |there is a )?choice", "choice"),
        (r"(?P<count>[1-9]\d{0,5})(?: (?:more )?steps?)?", "steps"),
        (r"(?:the )?(?:end|rest)", "end"),
    )
)
