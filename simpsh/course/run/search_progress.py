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
