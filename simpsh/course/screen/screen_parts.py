"""The parts of a step's result, as values that a terminal, a notebook and a page can draw."""

from __future__ import annotations

from enum import Enum, auto

from simpsh.course.claims.observation import SearchResult
from simpsh.view.document import Paragraph, Table


class RunView(Enum):
    """A view of a run."""

    PICTURE = auto()
    OUTPUT = auto()
    """The output of the run; a page adds the picture."""


Part = RunView | SearchResult | Table | Paragraph
"""A SearchResult shows all possible outputs; a Paragraph explains what the machine lacks."""
