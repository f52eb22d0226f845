"""What is remembered of a student's exercises: hints told, tries made, what is done.

The file, `$XDG_STATE_HOME/simpsh/exercises.json`, is replaced as a whole. One that cannot be
understood is kept beside it under another name, with one line about it.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from simpsh import console
from simpsh.base.atomic_write import keep_damaged, write_whole
from simpsh.base.errors import SimpshError
from simpsh.base.outside_json import BadData, expecting, number_of, object_of, read_json
from simpsh.base.private_state import make_private, state_path

_FILE = "exercises.json"


@dataclass(slots=True)
class ExerciseProgress:
    """How far a student is with an exercise."""

    hints: int = 0
    tries: int = 0
    is_done: bool = False


def read_progress() -> dict[str, ExerciseProgress]:
    """Return how far a student is, by exercise; one that was never begun is there as well."""
    progress: dict[str, ExerciseProgress] = defaultdict(ExerciseProgress)
    path = state_path(_FILE)
    if not os.path.exists(path):
        return progress
    try:
        with expecting(f"{path} is damaged"):
            for name, value in read_json(path).items():
                values = object_of(value)
                hints, tries = (int(number_of(values.get(key, 0))) for key in ("hints", "tries"))
                progress[name] = ExerciseProgress(hints, tries, values.get("is_done") is True)
    except BadData as problem:
        progress.clear()
        console.complain(f"{problem}: {keep_damaged(path)}, starting anew")
    except SimpshError as problem:
        console.complain(f"{problem}: going on without it")
    return progress


def save_progress(progress: Mapping[str, ExerciseProgress]) -> None:
    """Write what is to be remembered; raise SimpshError if that fails."""
    path, begun = state_path(_FILE), sorted(progress.items())
    values = {name: asdict(value) for name, value in begun if value != ExerciseProgress()}
    make_private(os.path.dirname(path))
    write_whole(path, json.dumps(values, indent=1) + "\n", 0o600)
