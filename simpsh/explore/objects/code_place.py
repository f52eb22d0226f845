"""Places in a program's source, and the lines that call its helper functions.

A function that is called from several lines, or that is in a header, is a helper: its line says
little about the step that it makes, so the line of the call is shown, with the helper's name. A
function that calls itself is no helper.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from simpsh.base.events import CallSite, place_words
from simpsh.base.record import Record

_HEADERS = (".h", ".hh", ".hpp", ".hxx")


class CodePlace(Record):
    """The line that makes a call, and the lines that led there, innermost first."""

    sites: tuple[CallSite, ...] = ()

    @property
    def line(self) -> str:
        """The line that makes the call, such as `race.c:12`; empty if not known."""
        return place_words(self.sites[0]) if self.sites else ""


class Callers:
    """The lines from which each function was seen to be called."""

    def __init__(self) -> None:
        self._lines = defaultdict[tuple[str, str], set[int]](set)
        self._recursive = set[tuple[str, str]]()

    def place(self, sites: Sequence[CallSite]) -> CodePlace:
        """Return the place of these sites, innermost first, and note who calls whom."""
        for called, caller in pairwise(sites):
            function = called.file, called.function
            self._lines[function].add(caller.line)
            if function == (caller.file, caller.function):
                self._recursive.add(function)
        return CodePlace(tuple(sites))

    def line(self, place: CodePlace) -> str:
        """Return the line to show for a place, such as `race.c:12`; empty if none is known."""
        shown, _ = self._shown(place)
        return place_words(shown)

    def words(self, place: CodePlace) -> str:
        """Return the line to show, and the helper that it calls: `race.c:12 (say)`."""
        shown, helper = self._shown(place)
        return place_words(shown) + (f" ({helper})" if helper else "")

    def _shown(self, place: CodePlace) -> tuple[CallSite | None, str]:
        if not place.sites:
            return None, ""
        shown, helper = place.sites[0], ""
        for called, caller in pairwise(place.sites):
            if self._is_helper(called):
                shown, helper = caller, called.function
        return shown, helper

    def _is_helper(self, site: CallSite) -> bool:
        function = site.file, site.function
        is_called_often = len(self._lines[function]) > 1 and function not in self._recursive
        return bool(site.function) and (is_called_often or _is_header(site.file))


def _is_header(file: str) -> bool:
    return os.path.splitext(file)[1] in _HEADERS
