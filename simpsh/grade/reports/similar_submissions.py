"""Which submissions are alike: worth a look, and no more than that.

Two programs for one small task resemble each other anyway. So a share is told only of programs that
are long enough, and what many of a class have in common, a passage of the lecture, does not count.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from simpsh.base.phrases import counted, escaped, shortened
from simpsh.base.record import Record
from simpsh.grade.reports.class_results import Result

LEAST = 10
"""A program with fewer fingerprints than these is too short to be compared."""
_COMMON = 10
"""What so many submissions have, and a tenth of the class, is common to the class."""
_MOST_TOLD, _LONGEST_NAME = 20, 40


class SimilarPair(Record):
    """Two submissions that are alike."""

    first: str
    second: str
    percent: int
    """How much of the shorter program is in the other one, too."""


def similar_pairs(results: Sequence[Result], least_percent: int) -> list[SimilarPair]:
    """Return the pairs that share at least so much of the shorter program, the most alike first."""
    usual = max(_COMMON, len(results) // 10)
    often = Counter(digest for result in results for digest in result.fingerprint)
    own = {
        result.name: frozenset(digest for digest in result.fingerprint if often[digest] <= usual)
        for result in results
    }
    long_enough = [name for name in sorted(own) if len(own[name]) >= LEAST]
    pairs = []
    # Those of a group are told together.
    group_of = {
        name: number for number, group in enumerate(equal_groups(results)) for name in group
    }
    for first, second in combinations(long_enough, 2):
        if group_of.get(first, first) == group_of.get(second, second):
            continue
        shared = len(own[first] & own[second])
        percent = 100 * shared // min(len(own[first]), len(own[second]))
        if shared and percent >= least_percent:
            pairs.append(SimilarPair(first, second, percent))
    return sorted(pairs, key=lambda pair: (-pair.percent, pair.first, pair.second))


def equal_groups(results: Sequence[Result]) -> list[list[str]]:
    """Return who handed in the same program to the letter, in groups; the largest first.

    However short it is, and whatever many have in common. What was given, unchanged, is no program.
    """
    names: dict[str, list[str]] = {}
    for result in results:
        if text := result.source[1].strip():
            names.setdefault(text, []).append(result.name)
    groups = [sorted(group) for group in names.values() if len(group) > 1]
    return sorted(groups, key=lambda group: (-len(group), group))


def similar_lines(groups: Sequence[Sequence[str]], pairs: Sequence[SimilarPair]) -> list[str]:
    """Return groups and pairs for people, a line each; of many pairs, the most alike ones."""
    lines = [
        f"worth a look: {len(group)} handed in the same program: {', '.join(map(_shown, group))}"
        for group in groups
    ]
    lines += [
        f"worth a look: {_shown(pair.first)} and {_shown(pair.second)} are alike: "
        f"{pair.percent} % of the shorter program"
        for pair in pairs[:_MOST_TOLD]
    ]
    if more := len(pairs) - _MOST_TOLD:
        lines += [f"and {counted(more, 'more pair')}"] if more > 0 else []
    return lines


def _shown(name: str) -> str:
    return shortened(escaped(name), _LONGEST_NAME)


ENDINGS = (
    *("c", "h", "cc", "cpp", "hpp", "py", "rs", "go", "java", "kt", "pl", "rb", "lua", "js", "ts"),
    *("sh", "hs", "ml", "zig", "d", "nim", "scala", "swift"),
)
"""How the name of a source file ends."""
MOST_BYTES = 256 << 10
"""So much of a submission's sources is looked at."""
_TOKENS = 12
"""So many tokens are one sequence."""
_WINDOW = 4
"""Of so many neighbouring sequences, one is kept: a passage of _TOKENS + _WINDOW - 1 is found."""
_HASH_BYTES = 6
_NAMES = {"Name": "n", "String": "s", "Number": "0"}


def fingerprint(files: Iterable[tuple[str, bytes]], given: frozenset[int]) -> tuple[int, ...]:
    """Return what the source files of a submission are known by, ascending.

    `files` are names and contents; `given` are the sequences of what all began with.
    """
    digests: set[int] = set()
    for name, contents in files:
        hashes = list(_hashes(name, contents))
        windows = range(max(1, len(hashes) - _WINDOW + 1)) if hashes else ()
        digests.update(min(hashes[place : place + _WINDOW]) for place in windows)
    return tuple(sorted(digests - given))


def sequences(files: Iterable[tuple[str, bytes]]) -> frozenset[int]:
    """Return every sequence of some source files: of what students began with."""
    return frozenset(digest for name, contents in files for digest in _hashes(name, contents))


def _hashes(name: str, contents: bytes) -> Iterator[int]:
    tokens = list(_tokens(name, contents.decode(errors="replace")))
    for place in range(len(tokens) - _TOKENS + 1):
        text = "\0".join(tokens[place : place + _TOKENS]).encode()
        yield int.from_bytes(hashlib.blake2b(text, digest_size=_HASH_BYTES).digest(), "big")


def _tokens(name: str, text: str) -> Iterator[str]:
    """Yield what the tokens of a program are compared by."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(f"source.{name.rpartition('.')[2]}")
    except ClassNotFound:
        return
    for kind, value in lexer.get_tokens(text):
        path = tuple(kind)  # such as Literal, String, Double
        if value.strip() and "Comment" not in path and "Text" not in path:
            yield next((short for word, short in _NAMES.items() if word in path), value)
