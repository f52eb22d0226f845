"""The same demonstration with several edits, as a table: one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.answering import cell, why_not_shown
from simpsh.course.screen.styled import Piece
from simpsh.course.screen.table import Table, with_odd_ones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.course.observation import Observation, Search
    from simpsh.course.steps import Compare


def comparison(step: Compare, results: Mapping[str, Observation | Search]) -> Table:
    """Return the table of a Compare; see reasons() for what this machine cannot tell."""
    columns = step.columns.values()
    values = [[cell(column, result) for column in columns] for result in results.values()]
    cells = with_odd_ones(values)
    rows = [[(Piece(label),), *row] for label, row in zip(results, cells, strict=True)]
    return Table([step.title, *step.columns], rows)


def reasons(step: Compare, results: Mapping[str, Observation | Search]) -> list[str]:
    """Return why cells are not shown, each reason once."""
    found = [
        why_not_shown(column, result)
        for result in results.values()
        for column in step.columns.values()
    ]
    return [reason for reason in dict.fromkeys(found) if reason]
