"""The report of a class in a folder: index.html, and a page for each submission."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence

from simpsh.base.atomic_write import write_whole
from simpsh.base.private_state import make_private
from simpsh.grade.pages.class_page import class_page
from simpsh.grade.pages.submission_page import submission_page
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.similar_submissions import SimilarPair

_INDEX = "index.html"
_LONGEST = 40
_HASH = 8


def write_pages(
    results: Sequence[Result], folder: str, similar: Sequence[SimilarPair] | None = None
) -> str:
    """Write the pages of a class into a folder; return the path of the page to begin with.

    Args:
        results: at least one, all of the same task.
        folder: it is made if it is not there; pages of an earlier report are replaced.
        similar: the pairs that are alike; None if that was not asked.

    Raises:
        SimpshError: a page cannot be written.
    """
    make_private(folder)
    for result in results:
        _write(folder, page_name(result.name), submission_page(result, _INDEX))
    # Last: it leads to pages that are there.
    return _write(folder, _INDEX, class_page(results, page_name, similar))


def page_name(name: str) -> str:
    """Return the file of a submission's page: no two names have the same, and none needs escapes.

    >>> page_name("../<b>.c")
    'b-.c-db8b0298.html'
    """
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:_HASH]
    kept = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:_LONGEST]
    return f"{kept or 'submission'}-{digest}.html"


def _write(folder: str, name: str, text: str) -> str:
    path = os.path.join(folder, name)
    write_whole(path, text, 0o600)
    return path
