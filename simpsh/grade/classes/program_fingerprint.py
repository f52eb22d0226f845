"""What the programs of two students can be compared by: fingerprints of their tokens.

Comments and blanks do not count, and every name, text and number is the same as any other: who
renames variables has the same program. Of each few neighbouring sequences of tokens one hash is
kept, the least. See Schleimer, Wilkerson and Aiken, “Winnowing: Local Algorithms for Document
Fingerprinting” (2003).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

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

    Args:
        files: their names and contents.
        given: sequences that were given to all; see sequences().
    """
    found: set[int] = set()
    for name, contents in files:
        hashes = list(_hashes(name, contents))
        windows = range(max(1, len(hashes) - _WINDOW + 1)) if hashes else ()
        found.update(min(hashes[place : place + _WINDOW]) for place in windows)
    return tuple(sorted(found - given))


def sequences(files: Iterable[tuple[str, bytes]]) -> frozenset[int]:
    """Return every sequence of some source files: of what students began with."""
    return frozenset(one for name, contents in files for one in _hashes(name, contents))


def _hashes(name: str, contents: bytes) -> Iterator[int]:
    tokens = list(_tokens(name, contents.decode(errors="replace")))
    for place in range(len(tokens) - _TOKENS + 1):
        text = "\0".join(tokens[place : place + _TOKENS]).encode()
        yield int.from_bytes(hashlib.blake2b(text, digest_size=_HASH_BYTES).digest(), "big")


def _tokens(name: str, text: str) -> Iterator[str]:
    """Yield what the tokens of a program are compared by."""
    try:
        lexer = get_lexer_for_filename(f"source.{name.rpartition('.')[2]}")
    except ClassNotFound:
        return
    for kind, value in lexer.get_tokens(text):
        path = tuple(kind)  # such as Literal, String, Double
        if value.strip() and "Comment" not in path and "Text" not in path:
            yield next((short for word, short in _NAMES.items() if word in path), value)
