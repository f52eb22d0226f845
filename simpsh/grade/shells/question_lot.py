"""The lines of a behaviour, drawn by lot: words, numbers, names and how many programs.

A seed draws the same lines for everybody, and other lines than any other seed. So a shell that
knows lines instead of reading them knows none of these, and whoever has the seed can ask them
again.
"""

from __future__ import annotations

import random
import secrets
import shutil

from simpsh.base.record import Record

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = (2, 4)
_SECONDS = (1000, 9999)
"""How long a program sleeps that is ended by something else."""
_NUMBERS = (10, 99)
HIGHEST_SEED = 999_999
NO_SEED = -1
"""Stands for a seed that was not given."""


def new_seed() -> int:
    """Return a seed that nobody can foresee."""
    return secrets.randbelow(HIGHEST_SEED + 1)


class Sum(Record):
    """A line whose output no shell can know without running it."""

    line: str
    answer: str


class Lot:
    """Draws what one behaviour types; the same seed and behaviour draw the same."""

    def __init__(self, seed: int, behaviour: str) -> None:
        self._random = random.Random(f"{seed} {behaviour}")
        self._drawn: set[str] = set()

    def word(self) -> str:
        """Draw a word that is no program's name, and was not drawn before."""
        while True:
            count = self._random.randint(*_SYLLABLES)
            syllables = (
                self._random.choice(_CONSONANTS) + self._random.choice(_VOWELS)
                for _ in range(count)
            )
            word = "".join(syllables)
            if word not in self._drawn and shutil.which(word) is None:
                self._drawn.add(word)
                return word

    def number(self, least: int = 3, most: int = 99) -> int:
        """Draw a number, both ends included.

        The default excludes 0, 1, 2 and 127, with which programs end by themselves.
        """
        return self._random.randint(least, most)

    def sleep(self) -> str:
        """Draw a line that sleeps much longer than any behaviour takes, unlike those before."""
        while (line := f"sleep {self.number(*_SECONDS)}") in self._drawn:
            pass
        self._drawn.add(line)
        return line

    def sum(self) -> Sum:
        """Draw a sum, which expr(1) works out."""
        first, second = self.number(*_NUMBERS), self.number(*_NUMBERS)
        return Sum(f"expr {first} + {second}", str(first + second))
