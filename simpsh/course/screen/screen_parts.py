"""What a step shows, as values: a terminal, a notebook and a page each draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simpsh.base.record import Record
from simpsh.course.claims.observation import SearchResult
from simpsh.course.screen.variant_changes import Change
from simpsh.view.document import Table


class PicturePart(Record):
    """The picture of the run."""


class OutputPart(Record):
    """What the run wrote; a page shows the picture as well."""


class CodePart(Record):
    """The listing of the run."""


class WhoRanPart(Record):
    """The listing, with the processes that ran each line."""


class OpenFilesPart(Record):
    """Descriptors, open file descriptions and files at a moment."""

    moment: str


class OutcomesPart(Record):
    """Every output that is possible."""

    search: SearchResult


class ChangesPart(Record):
    """What each row of a comparison changes in the code."""

    title: str
    """What the rows are called."""
    changes: Mapping[str, Sequence[Change]]
    """By row; a row without a change is not there."""


class RemarkPart(Record):
    """A sentence about what the machine could not show."""

    text: str


Part = (
    PicturePart
    | OutputPart
    | CodePart
    | WhoRanPart
    | OpenFilesPart
    | OutcomesPart
    | ChangesPart
    | Table
    | RemarkPart
)
