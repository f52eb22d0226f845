"""Lessons and exercises from elsewhere are programs: who uses them is told so, once."""

from __future__ import annotations

import os
from collections.abc import Sequence

from simpsh import console
from simpsh.base.atomic_write import write_whole
from simpsh.base.errors import SimpshError
from simpsh.base.phrases import escaped
from simpsh.base.private_state import make_private, state_path

_FILE = "places-of-code"


def warn_of_code(folders: Sequence[str]) -> None:
    """Say once of each folder that what it holds is code; only to a person, at a terminal."""
    if not os.isatty(2):
        return
    path = state_path(_FILE)
    known = _known(path)
    new = sorted({os.path.realpath(folder) for folder in folders} - known)
    if not new:
        return
    console.warn(
        f"simpsh: {escaped(folder)}: lessons and exercises are programs and run with your rights: "
        "use only those of people you trust (this is said once)"
        for folder in new
    )
    try:
        make_private(os.path.dirname(path))
        write_whole(path, "".join(f"{one!a}\n" for one in sorted(known | set(new))))
    except SimpshError:
        # Then it is said again.
        return


def _known(path: str) -> set[str]:
    from ast import literal_eval

    try:
        with open(path, encoding="ascii") as file:
            return {str(literal_eval(line)) for line in file}
    except (OSError, ValueError, SyntaxError):
        return set()
