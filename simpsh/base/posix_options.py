"""The options of a command line as POSIX has them: the utility syntax guidelines, XBD 12.2."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def take_options(
    words: list[str], signs: str = "-", is_argument: Callable[[str, str], bool] | None = None
) -> Iterator[tuple[str, str]]:
    """Take the options off the front of `words`, and yield the sign and the name of each.

    `-ab` is `-a` and `-b`. `--name` is one option, with the sign `--`, and so is `--name=value`.
    Options end before the first word that is none, before `-` alone, and after `--`: what is left
    are the operands. An option's argument is at the front of `words` when the caller sees the
    option, and is taken by the caller. It is a word of its own, unless `is_argument(letter,
    rest_of_the_word)`.

    >>> words = ["-ef", "--trace=x", "--", "-v"]
    >>> list(take_options(words)), words
    ([('-', 'e'), ('-', 'f'), ('--', 'trace=x')], ['-v'])
    """
    while words and len(words[0]) > 1 and words[0][0] in signs:
        word = words.pop(0)
        if word == "--":
            return
        if word.startswith("--"):
            yield "--", word[2:]
        else:
            for place, letter in enumerate(word[1:], 2):
                rest = word[place:]
                if rest and is_argument is not None and is_argument(letter, rest):
                    words.insert(0, rest)
                    yield word[0], letter
                    break
                yield word[0], letter
