"""What is remembered of a student's exercises: hints told, tries made, what is done."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

from simpsh.errors import SimpshError
from simpsh.grade.writing import write_whole


@dataclass(slots=True)
class Progress:
    """How far somebody is with an exercise."""

    hints: int = 0
    tries: int = 0
    is_done: bool = False


class ExerciseRecord:
    """The file `$XDG_STATE_HOME/simpsh/exercises.json`, read once and replaced as a whole.

    A file that cannot be understood counts as empty; it is replaced by the next change.
    """

    def __init__(self) -> None:
        home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        self._path = os.path.join(home, "simpsh", "exercises.json")
        self._of: dict[str, Progress] = {}
        try:
            with open(self._path, encoding="utf-8") as file:
                self._take(json.load(file))
        except (OSError, ValueError):
            return

    def _take(self, found: object) -> None:
        if not isinstance(found, dict):
            return
        for name, one in found.items():
            if isinstance(one, dict):
                self._of[str(name)] = Progress(
                    int(one.get("hints", 0)), int(one.get("tries", 0)), bool(one.get("is_done"))
                )

    def of(self, exercise: str) -> Progress:
        """Return how far somebody is with an exercise."""
        return self._of.setdefault(exercise, Progress())

    def forget(self, exercise: str) -> None:
        """Forget one exercise."""
        self._of.pop(exercise, None)

    def save(self) -> None:
        """Write it; raises SimpshError if that fails."""
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        except OSError as error:
            raise SimpshError(f"{self._path}: {error.strerror}") from error
        values = {name: asdict(one) for name, one in sorted(self._of.items()) if one != Progress()}
        write_whole(self._path, json.dumps(values, indent=1) + "\n", 0o600)
