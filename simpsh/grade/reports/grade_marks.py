"""What a judgement consists of: checks with points, gathered into marks; as text, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.outside_json import list_of, number_of, object_of
from simpsh.base.phrases import shortened
from simpsh.base.record import Record, changed
from simpsh.trace.recording.recording_file import Recording

_LONGEST_SENTENCE = 2000
_TEXTS = ("decisive", "look_at", "picture", "omitted", "disqualified")


class GradedCheck(Record):
    """One thing that was looked at."""

    sentence: str
    """What should be the case: `the shell waits for it before it prompts again`."""
    points: float
    instead: str = ""
    """What was the case instead, in a sentence; empty if it passed."""
    key: str = ""
    """A short name for it."""
    run: int = 0
    """The run that it is about, of several."""
    event: int = -1
    """The event of that run where it differs from what was asked; -1 where none stands for it."""

    is_open: bool = False
    """Whether it could not be judged, as another failure came before it; `instead` says which."""

    @property
    def is_passed(self) -> bool:
        """Whether it was as it should be."""
        return not self.instead


class Mark(Record):
    """What one behaviour, or one exercise, is worth and what it got."""

    id: str
    title: str
    checks: tuple[GradedCheck, ...]
    look_at: str = ""
    """Where to look if it failed: a man page, a call."""
    picture: str = ""
    """What the processes did, drawn; empty if nothing failed."""
    omitted: str = ""
    """Why it was not tried; then it is worth nothing."""
    disqualified: str = ""
    """Why nothing of it counts, whatever was seen: another program did the work."""
    decisive: str = ""
    """What kept the program from doing what was asked: a hang, a crash; empty if nothing did."""
    recording: Recording | None = None
    """The run that is told of, for pages; it is not part of the mark's JSON."""

    @property
    def points(self) -> float:
        """How many points it got."""
        return sum(check.points for check in self.checks if check.is_passed)

    @property
    def of(self) -> float:
        """How many points there are."""
        return sum(check.points for check in self.checks)

    @property
    def is_full(self) -> bool:
        """Whether it was tried and nothing failed."""
        return not self.omitted and all(check.is_passed for check in self.checks)


def report(title: str, marks: Sequence[Mark]) -> str:
    """Return what was judged and its marks as text, with a newline at its end."""
    lines = [title, ""]
    width = max((len(mark.id) for mark in marks), default=0)
    for mark in marks:
        sign = "✓" if mark.is_full else "✗"
        score = f"{number(mark.points)}/{number(mark.of)}"
        lines.append(f" {sign} {score:>7}  {mark.id:<{width}}  {mark.title}")
    for mark in marks:
        if not mark.is_full:
            lines += ["", *details_of(mark)]
    points, of = number(sum(mark.points for mark in marks)), number(sum(mark.of for mark in marks))
    return "\n".join((*lines, "", f"{points} of {of} points")) + "\n"


def details_of(mark: Mark) -> list[str]:
    """Return what was asked, what was the case, and where to look, line by line."""
    lines = [f"{mark.id}: {mark.title}"]
    if mark.omitted:
        return [*lines, f"  not tried: {mark.omitted}"]
    lines += [f"  {line}" for line in mark.decisive.splitlines()]
    for check in mark.checks:
        if check.is_passed:
            lines.append(f"  ✓ {check.sentence}")
        elif check.is_open:
            lines += [f"  ? {check.sentence}", f"    {check.instead}"]
        else:
            lines += [f"  ✗ {check.sentence}", f"    instead: {check.instead}"]
    if mark.look_at:
        lines.append(f"  look at: {mark.look_at}")
    if mark.picture:
        lines += ["", *(f"  {line}".rstrip() for line in mark.picture.splitlines())]
    return lines


def beginning(lines: Sequence[str], most: int) -> list[str]:
    """Return so many lines at most, and then how many more there are."""
    more = len(lines) - most
    return [*lines[:most], f"… and {more} lines more"] if more > 0 else list(lines)


def number(points: float) -> float | int:
    """Return points without a fraction that is none.

    >>> number(3.0), number(2.504)
    (3, 2.5)
    """
    rounded = round(points, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def value_of(mark: Mark) -> dict[str, object]:
    """Return a mark as JSON holds it, which mark_from() reads."""
    fields: dict[str, object] = {
        "id": mark.id,
        "title": mark.title,
        "points": number(mark.points),
        "of": number(mark.of),
        "checks": [
            {
                "key": check.key,
                "asked": check.sentence,
                "points": check.points,
                "passed": check.is_passed,
                "instead": shortened(check.instead, _LONGEST_SENTENCE),
                **({"open": True} if check.is_open else {}),
            }
            for check in mark.checks
        ],
    }
    return fields | {name: value for name in _TEXTS if (value := getattr(mark, name))}


def mark_from(value: object) -> Mark:
    """Return the mark that JSON holds; raise KeyError, TypeError, ValueError or OverflowError."""
    values = object_of(value)
    checks = [
        GradedCheck(
            str(check["asked"]),
            number_of(check["points"]),
            str(check["instead"]),
            str(check["key"]),
            is_open=check.get("open") is True,
        )
        for check in map(object_of, list_of(values["checks"]))
    ]
    texts = {name: str(values.get(name, "")) for name in _TEXTS}
    return changed(Mark(str(values["id"]), str(values["title"]), tuple(checks)), **texts)
