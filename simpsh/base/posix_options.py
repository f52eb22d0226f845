"""Parsing options according to POSIX's utility syntax guidelines, XBD 12.2."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def take_options(
    words: list[str], signs: str = "-", is_argument: Callable[[str, str], bool] | None = None
) -> Iterator[tuple[str, str]]:
    """Remove the options from the front of `words`, and yield the sign and the name of each.

    `-ab` is `-a` and `-b`. `--name` is one option, with the sign `--`, and so is `--name=value`.
    Options end before the first other word, before `-` alone, and after `--`: the remaining words
    are the operands. When an option is yielded, its argument is at the front of `words`, and the
    caller removes it. An argument is a separate word unless `is_argument(letter,
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
            for rest_start, letter in enumerate(word[1:], 2):
                rest = word[rest_start:]
                if rest and is_argument is not None and is_argument(letter, rest):
                    words.insert(0, rest)
                    yield word[0], letter
                    break
                yield word[0], letter
