"""Checks with points, grouped into marks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from simpsh.base.phrases import counted, shorten
from simpsh.base.record import Record, changed
from simpsh.trace.recording.recording_file import Recording
from simpsh.trace.tracer.forced_orders import ORDERS

PASSED, FAILED, OPEN = "✓", "✗", "?"
_LONGEST_SENTENCE = 2000
HIDDEN = "hidden"
"""Visible only to the instructor. Gradescope's word."""


class GradedCheck(Record):
    """One check of a behaviour or an exercise."""

    sentence: str
    """The requirement: `the shell waits for it before it prompts again`."""
    points: float
    instead: str = ""
    """What happened instead, as one sentence; empty if the check passed."""
    key: str = ""
    """A short name for it."""
    run: int = 0
    """The number of the run, if there are several."""
    event: int = -1
    """The event in `run` that differs from the requirement; -1 if there is none."""
    visibility: str = ""
    """HIDDEN, or empty if students see it."""
    is_open: bool = False
    """Whether it could not be judged because of an earlier failure, which `instead` names."""

    @property
    def got(self) -> float:
        """How many of its points it gets."""
        return self.points if self.is_passed else 0.0

    @property
    def is_passed(self) -> bool:
        """Whether it passed."""
        return not self.instead

    @property
    def sign(self) -> str:
        """PASSED, FAILED or OPEN."""
        return PASSED if self.is_passed else OPEN if self.is_open else FAILED


class Mark(Record):
    """The checks of one behaviour or one exercise, with their points."""

    id: str
    title: str
    checks: tuple[GradedCheck, ...]
    look_at: str = ""
    """Advice if it failed: a man page, a call."""
    picture: str = ""
    """A drawing of the run; empty if nothing failed."""
    disqualified: str = ""
    """Why the mark has no points at all: another program did the work."""
    decisive: str = ""
    """The hang or crash that decided the result; empty for none."""
    recording: Recording | None = None
    """The run that the sentences are about, for pages; it is not part of the mark's JSON."""

    @property
    def points(self) -> float:
        """How many points it got."""
        return sum(check.got for check in self.checks)

    @property
    def of(self) -> float:
        """How many points there are."""
        return sum(check.points for check in self.checks)

    @property
    def is_full(self) -> bool:
        """Whether all checks passed."""
        return all(check.is_passed for check in self.checks)


AnyMark = TypeVar("AnyMark", bound=Mark)


def in_each_order(
    mark: AnyMark,
    tried: Callable[[str], AnyMark],
    once: Collection[str] = (),
    orders: Iterable[str] = ORDERS,
    first: str = "as it comes",
) -> AnyMark:
    """Return the mark of the order `first`, combined with a trial in each other order.

    A check that fails in one order fails, and names the order; those in `once` need to pass in only
    one. A trial may leave out checks that no order changes. The trials end when all checks have
    failed. If none has failed, the title counts the orders.
    """

    def lost(each: Mark, but: Collection[str] = once) -> set[str]:
        return {check.key for check in each.checks if not (check.is_passed or check.key in but)}

    marks, keys = {first: mark}, {check.key for check in mark.checks}
    for order in orders:
        if set().union(*map(lost, marks.values())) == keys:
            break
        marks[order] = tried(order)
    by_order = {order: {it.key: it for it in each.checks} for order, each in marks.items()}
    passed = {key for each in by_order.values() for key, it in each.items() if it.is_passed}
    enough = passed.intersection(once)
    failed = [each for each in marks.values() if lost(each, enough)]
    checks = []
    for check in mark.checks:
        tries = {order: each[check.key] for order, each in by_order.items() if check.key in each}
        bad = [order for order, it in tries.items() if it.instead and check.key not in enough]
        worst = min((tries[order] for order in bad), key=lambda it: it.is_open, default=check)
        words = worst.instead if bad else ""
        if bad and (good := len(tries) - len(bad)):
            words += f" (in {good} of {len(tries)} orders it passes, and not in: {'; '.join(bad)})"
        checks.append(changed(worst, instead=words))
    shown = next((each for each in failed if each.disqualified), failed[0] if failed else mark)
    title = mark.title if failed else f"{mark.title}: in {len(marks)} of {len(marks)} orders"
    return changed(shown, checks=tuple(checks), title=title)


def beginning(lines: Sequence[str], most: int) -> list[str]:
    """Return at most `most` lines, and a line that counts the omitted ones."""
    more = len(lines) - most
    return [*lines[:most], f"… and {counted(more, 'more line')}"] if more > 0 else list(lines)


def number(points: float) -> float | int:
    """Return points without a needless fraction.

    >>> number(3.0), number(2.504)
    (3, 2.5)
    """
    rounded = round(points, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def points_words(points: float, of: float) -> str:
    """Return points and their maximum.

    >>> points_words(2.5, 3), points_words(0, 1)
    ('2.5 of 3 points', '0 of 1 point')
    """
    return f"{number(points)} of {number(of)} {'point' if number(of) == 1 else 'points'}"


def stored_mark(mark: Mark) -> Mark:
    """Return a mark as it is stored: no recording, no field of an exercise, no endless reason."""
    fields = {name: getattr(mark, name) for name in Mark._fields}
    checks = [changed(it, instead=shorten(it.instead, _LONGEST_SENTENCE)) for it in mark.checks]
    return Mark(**fields | {"checks": tuple(checks), "recording": None})
