"""Points to run to: `until exit of P.1`, `until P.1 reads`, `until 5 steps`.

A point is a question to a panel, the state that a student sees; it is asked after each step.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.record import Record

if TYPE_CHECKING:
    from simpsh.explore.panel import Panel

WAYS = (
    "exit of P.1",
    "P.1 reads (writes, waits, …)",
    "P.1 is blocked",
    "somebody is blocked",
    "output",
    "choice",
    "5 steps",
    "end",
)
"""How a point may be said, for people."""

_NAME = r"(?P<name>P(?:\.\d+)*)"
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


class Point(Record):
    """Where to stop."""

    kind: str
    """exit, verb, blocked, output, choice, steps or end."""
    name: str = ""
    """The process it is about; empty for anybody."""
    verb: str = ""
    count: int = 0

    @property
    def words(self) -> str:
        """The point, for people."""
        who = self.name or "somebody"
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
                return f"{self.count} step{'s' if self.count > 1 else ''}"
            case _:
                return "the end"

    def is_reached(self, before: Panel, now: Panel) -> bool:
        """Tell whether a panel is at the point.

        Args:
            before: the panel where running began.
            now: the panel to be judged.
        """
        match self.kind:
            case "exit":
                return self.name in now.ended
            case "verb":
                return any(line.verb == self.verb for line in now.lines if self._means(line.name))
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

    def _means(self, name: str) -> bool:
        return self.name in ("", name)


def parse(text: str) -> Point:
    """Understand a point.

    Raises:
        UsageProblem: it is none.

    >>> parse("exit of P.1")
    Point(kind='exit', name='P.1', verb='', count=0)
    >>> parse("somebody waits").verb, parse("12 steps").count
    ('waits', 12)
    """
    said = " ".join(text.split()).removeprefix("until ")
    for pattern, kind in _PATTERNS:
        found = pattern.fullmatch(said)
        if found is not None:
            groups = found.groupdict()
            count = int(groups.get("count") or 0)
            return _checked(Point(kind, groups.get("name") or "", groups.get("verb") or "", count))
    raise _unknown(said)


_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (rf"(?:the )?(?:exit|end|death) of {_NAME}", "exit"),
        (rf"{_NAME} (?:exits|ends|has ended|has exited|is dead|dies)", "exit"),
        (rf"(?:{_NAME}|some(?:body|one)|any(?:body|one)) (?:is blocked|blocks)", "blocked"),
        (rf"(?:{_NAME}|some(?:body|one)|any(?:body|one)) (?P<verb>[a-z]+)", "verb"),
        (r"(?:some(?:thing)? )?(?:output|printed|something is printed)", "output"),
        (r"(?:a |there is a )?choice", "choice"),
        (r"(?P<count>[1-9]\d{0,5})(?: (?:more )?steps?)?", "steps"),
        (r"(?:the )?(?:end|rest)", "end"),
    )
)


def _checked(point: Point) -> Point:
    """Bring a verb into the form that operations have."""
    if point.kind != "verb":
        return point
    said = point.verb.lower()
    stem = said.removesuffix("s")
    verb = _VERBS.get(said) or _VERBS.get(stem) or (said if said in _VERBS.values() else "")
    if not verb:
        raise _unknown(f"{point.name or 'somebody'} {point.verb}")
    return Point("verb", point.name, verb)


def _unknown(said: str) -> UsageProblem:
    return UsageProblem(f"until {said}: no such point; say one of: {' · '.join(WAYS)}")
