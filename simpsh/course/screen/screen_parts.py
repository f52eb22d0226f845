"""What a step shows, as values: a terminal, a notebook and a page each draw them."""

from __future__ import annotations

from enum import Enum, auto

from simpsh.course.claims.observation import SearchResult
from simpsh.view.document import Paragraph, Table


class RunView(Enum):
    """One way to look at a run."""

    PICTURE = auto()
    OUTPUT = auto()
    """What the run wrote; a page shows the picture as well."""


Part = RunView | SearchResult | Table | Paragraph
"""A search shows every output that is possible; a paragraph says what the machine could not."""
