"""The random parts of a behaviour's lines: words, numbers, sleeps and sums.

Different seeds give different lines; equal seeds give equal lines. So a shell that recognizes known
lines instead of interpreting them fails, and an examination can be repeated.
"""

from __future__ import annotations

import random
import secrets
import shutil

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_SYLLABLES = (2, 4)
_SECONDS = (1000, 9999)
"""How long a program sleeps if the behaviour ends it."""
_NUMBERS = (10, 99)
HIGHEST_SEED = 999_999
NO_SEED = -1
"""The value of a seed that was not given."""


def new_seed() -> int:
    """Return an unpredictable seed."""
    return secrets.randbelow(HIGHEST_SEED + 1)


class Lot:
    """Draws the typed lines of one behaviour, which depend on the seed only."""

    def __init__(self, seed: int, behaviour: str) -> None:
        self._random = random.Random(f"{seed} {behaviour}")
        self._drawn: set[str] = set()

    def word(self) -> str:
        """Draw a new word that is not the name of a program."""
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

        The default excludes 0, 1, 2 and 127, which are common exit statuses.
        """
        return self._random.randint(least, most)

    def sleep(self) -> str:
        """Draw a new line that sleeps much longer than any behaviour takes."""
        while (line := f"sleep {self.number(*_SECONDS)}") in self._drawn:
            pass
        self._drawn.add(line)
        return line

    def sum(self) -> tuple[str, str]:
        """Draw a line with a sum for expr(1), and its output, which needs expr(1) to be run."""
        first, second = self.number(*_NUMBERS), self.number(*_NUMBERS)
        return f"expr {first} + {second}", str(first + second)
