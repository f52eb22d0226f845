"""The programs of a lesson: whole files next to its lesson.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.base.file_facts import is_file
from simpsh.course.claims.demonstration import C, Code, ListingFault, Python, Shell

_folder = ""
"""The folder of the lesson that is being loaded."""


@contextmanager
def reading(folder: str) -> Iterator[None]:
    """Find programs in this folder while a lesson is loaded."""
    global _folder
    before, _folder = _folder, folder
    try:
        yield
    finally:
        _folder = before


def program(name: str) -> Code:
    """Return the program of a file in the lesson's folder; raises ListingFault, OSError."""
    texts = {}
    for end in ("py", "c", "sh"):
        path = os.path.join(_folder, f"{name}.{end}")
        if is_file(path):
            with open(path, encoding="utf-8") as file:
                texts[end] = file.read()
    match texts:
        case {"py": source}:
            return Python(source, texts.get("c", ""))
        case {"c": source}:
            return C(source)
        case {"sh": source}:
            return Shell(source)
        case _:
            raise ListingFault(f"there is no {name}.py, {name}.c or {name}.sh beside lesson.py")
