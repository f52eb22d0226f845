"""Comparing what was found with the set that an instructor expects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.explore.json_report import bytes_of, json_of
from simpsh.explore.outlook import shown
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.explore.exploration import Exploration

EQUAL, DIFFERENT, NOT_COMPLETE = 0, 1, 3
"""Exit statuses."""
DEADLOCK = "[deadlock]"
"""What follows an output, in a file of lines, if somebody can then never go on."""
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "a": "\a", "b": "\b"}
_LONGEST = 200


class BadExpectation(SimpshError):
    """The file with the expected set cannot be read or understood."""

    status = 2


class Expected(Record):
    """An outcome to be found; what is None was not said and does not matter."""

    output: bytes
    is_deadlock: bool = False
    statuses: str | None = None
    """As canonical JSON."""
    files: str | None = None

    def words(self, *, with_details: bool) -> str:
        """Return the outcome for people; with statuses and files, where those are compared."""
        parts = [shown(self.output, _LONGEST) if self.output else "nothing"]
        parts += ["deadlock"] * self.is_deadlock
        if with_details:
            named = ("statuses", self.statuses), ("files", self.files)
            parts += [f"{name} {text}" for name, text in named if text not in (None, "{}")]
        return ", ".join(parts)


def read_expected(path: str) -> list[Expected]:
    r"""Return the set that a file holds: the JSON that --json prints, or one output a line.

    In lines, `\n`, `\t`, `\\`, `\xNN` and the like are escapes, quotes around an output are left
    away, empty lines and lines that begin with # are passed over, and `[deadlock]` may follow.

    Raises:
        BadExpectation: it cannot be read, or is neither.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise BadExpectation(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadExpectation(f"{path}: this is no text") from None
    if text.lstrip().startswith("{"):
        return _from_json(path, text)
    return [_from_line(line) for line in text.splitlines() if line.strip() and line[0] != "#"]


def _from_json(path: str, text: str) -> list[Expected]:
    try:
        read: object = json.loads(text)
        outcomes = read["outcomes"] if isinstance(read, dict) else None
        return [_from_object(one) for one in outcomes] if isinstance(outcomes, list) else []
    except (ValueError, KeyError, TypeError) as error:
        raise BadExpectation(f"{path}: no JSON with outcomes in it: {error}") from None


def _from_object(one: object) -> Expected:
    if not isinstance(one, dict) or not isinstance(one.get("output"), str):
        raise TypeError("an outcome has no output")
    return Expected(
        bytes_of(one["output"]),
        bool(one.get("deadlock")),
        json.dumps(one["statuses"], sort_keys=True) if "statuses" in one else None,
        json.dumps(one["files"], sort_keys=True) if "files" in one else None,
    )


def _from_line(line: str) -> Expected:
    text = line.strip()
    is_deadlock = text.endswith(DEADLOCK)
    if is_deadlock:
        text = text.removesuffix(DEADLOCK).rstrip()
    if len(text) > 1 and (text[0], text[-1]) in (("“", "”"), ('"', '"')):
        text = text[1:-1]
    return Expected(_unescaped(text), is_deadlock)


def _unescaped(text: str) -> bytes:
    data, place = b"", 0
    for match in _ESCAPE.finditer(text):
        data += text[place : match.start()].encode("utf-8", "surrogateescape")
        code = match[1]
        if code[0] == "x" and len(code) == 3:
            data += bytes((int(code[1:], 16),))
        elif code[0] == "u" and len(code) == 5:
            data += chr(int(code[1:], 16)).encode("utf-8", "surrogatepass")
        else:
            data += _PLAIN_ESCAPES.get(code, code).encode()
        place = match.end()
    return data + text[place:].encode("utf-8", "surrogateescape")


def judge(found: Exploration, expected: list[Expected]) -> tuple[int, list[str]]:
    """Return the exit status, and lines that say what differs and how sure that is."""
    lines = list(compare(found, expected))
    if any(line.startswith("extra") for line in lines) or (lines and found.is_complete):
        return DIFFERENT, [*lines, f"different: {_count(lines)}"]
    if lines or not found.is_complete:
        state = "some are missing" if lines else "nothing is missing or extra"
        reasons = "; ".join(found.reasons)
        return NOT_COMPLETE, [*lines, f"not complete: {state} so far, but {reasons}"]
    outcomes = "1 outcome" if len(expected) == 1 else f"all {len(expected)} outcomes"
    return EQUAL, [f"equal: {outcomes}, and no others"]


def _count(lines: list[str]) -> str:
    missing = sum(line.startswith("missing") for line in lines)
    extra = len(lines) - missing
    parts = [f"{missing} missing"] * bool(missing) + [f"{extra} extra"] * bool(extra)
    return ", ".join(parts)


def compare(found: Exploration, expected: list[Expected]) -> Iterator[str]:
    """Return a line for each outcome that is missing, and for each that is not expected."""
    there = [_from_object(one) for one in json.loads(json_of(found))["outcomes"]]
    if found.is_sample:
        yield f"extra:   there are {found.count or 'very many'} outputs, too many to be listed"
        return
    has_details = any(one.statuses is not None or one.files is not None for one in expected)
    for one in expected:
        if not any(_fits(other, one) for other in there):
            yield f"missing: {one.words(with_details=has_details)}"
    for other in there:
        if not any(_fits(other, one) for one in expected):
            yield f"extra:   {other.words(with_details=has_details)}"


def _fits(found: Expected, expected: Expected) -> bool:
    return (
        found.output == expected.output
        and found.is_deadlock == expected.is_deadlock
        and expected.statuses in (None, found.statuses)
        and expected.files in (None, found.files)
    )
