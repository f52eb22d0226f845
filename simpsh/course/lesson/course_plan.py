"""A plan: which lessons of the course are taken when, for a class."""

from __future__ import annotations

from simpsh.base.record import Record


class PlanPart(Record):
    """One stretch of a plan."""

    when: str
    """The minutes, or the week and its topic."""
    lessons: tuple[str, ...]
    """Ids, in order."""
    remark: str = ""
    """What the stretch is about, with markup; empty for nothing."""
    exercises: tuple[str, ...] = ()


class Plan(Record):
    """A plan, part by part."""

    title: str
    parts: tuple[PlanPart, ...]
