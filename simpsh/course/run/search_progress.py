"""How far a search of all orders or a check is, reported to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Report = Callable[[str], object]


def _report_nothing(_: str) -> None:
    """Nobody waits."""


_report: ContextVar[Report] = ContextVar("report", default=_report_nothing)


def report_progress(words: str) -> None:
    """Report how far a search or a check is, also from the child that searches."""
    _report.get()(words)


@contextmanager
def reporting_to(report: Report) -> Iterator[None]:
    """Have searches and checks report to a function meanwhile."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


@contextmanager
def in_part(number: int, count: int) -> Iterator[None]:
    """Report which one of several begins, and have searches add it.

    >>> with reporting_to(print), in_part(2, 4):
    ...     report_progress("30 runs")
    2 of 4
    2 of 4: 30 runs
    """
    report = _report.get()
    report(f"{number} of {count}")
    with reporting_to(lambda words: report(f"{number} of {count}: {words}")):
        yield
