r"""Sessions as text: what somebody types, and what they see. Specs and documents share this form.

    $ ls nosuch | wc -l       a command for a script's shell; lines with `> ` continue it
    0                         its standard output
    ! ls: cannot access …     a line of its standard error, after the output
    = 2                       its exit status, unless it is 0
    >> jobs                   a line typed at a prompt; lines with `.. ` continue it
    [1]+  Running  sleep 9 &  what the terminal shows
    # text                    a comment; it ends an answer, as the next prompt does

Blanks at the ends of lines and empty lines at the end of an answer do not count. A line of an
answer that begins with one of these signs is written with a backslash before it.

`<pid>`, `<inode>`, `<number>`, `<seconds>`, `<ms>` and `<text>` in an answer match what WILDCARDS
says. A line that is only `…` matches any lines. An answer with wildcards needs a literal word too:
otherwise it would match anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

WILDCARDS = {
    "<pid>": r"\d+",
    "<inode>": r"\d+",
    "<number>": r"[\d,]+",
    "<seconds>": r"\d+(?:\.\d+)?",
    # With the blanks of its column.
    "<ms>": r" *\d+\.\d",
    "<text>": r".+?",
}
ANY_LINES = "…"
_WILDCARD = re.compile(f"({'|'.join(WILDCARDS)})")


class Reader(Enum):
    """The program that reads a command. The value is its prompt, and the one that continues."""

    SCRIPT = ("$ ", "> ")
    PROMPT = (">> ", ".. ")


_SIGNS = (*Reader.SCRIPT.value, *Reader.PROMPT.value, "! ", "= ", "# ", "\\")


class Mistake(Exception):
    """A text is not a session, or says too little. The number of the line comes first."""


@dataclass(frozen=True)
class Case:
    """One command and its answer, as they are written."""

    line: int
    """The number of its first line in the file."""
    reader: Reader
    command: str
    """Without prompts; its lines are separated by line feeds."""
    answer: tuple[str, ...] = ()

    @property
    def answer_line(self) -> int:
        """The number of the line where the answer begins, or would begin."""
        return self.line + self.command.count("\n") + 1


def read_cases(lines: Sequence[str], first: int = 1) -> list[Case]:
    """Return the cases of a session; `first` is the number of its first line in the file."""
    cases: list[Case] = []
    for number, part in _parts(lines, first):
        reader = next((one for one in Reader if part[0].startswith(one.value[0])), None)
        if reader is None:
            if any(line.strip() and not line.startswith("# ") for line in part):
                raise Mistake(f"{number}: an answer without a command: {part[0]}")
            continue
        prompt, continues = reader.value
        size = next((at for at, line in enumerate(part[1:], 1) if not _has(line, continues)), None)
        typed, answer = part[:size], part[len(part[:size]) :]
        command = "\n".join(
            [typed[0][len(prompt) :], *(one[len(continues) :] for one in typed[1:])]
        )
        cases.append(Case(number, reader, command, tuple(_without_empty_end(answer))))
        _check(cases[-1])
    return cases


def _parts(lines: Sequence[str], first: int) -> list[tuple[int, list[str]]]:
    """Split the lines before each prompt and each comment; return the parts with their numbers."""
    begins = [
        at
        for at, line in enumerate(lines)
        if at == 0 or line.startswith((Reader.SCRIPT.value[0], Reader.PROMPT.value[0], "# "))
    ]
    ends = [*begins[1:], len(lines)]
    return [
        (first + begin, list(lines[begin:end])) for begin, end in zip(begins, ends, strict=True)
    ]


def _has(line: str, sign: str) -> bool:
    # An editor may have removed the blank of an empty line.
    return line.startswith(sign) or line == sign.rstrip()


def _without_empty_end(lines: Sequence[str]) -> list[str]:
    stripped = [line.rstrip() for line in lines]
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped


def _check(case: Case) -> None:
    if not _says_something(case.answer):
        raise Mistake(f"{case.answer_line}: an answer with wildcards needs a literal word")


def _says_something(answer: Sequence[str]) -> bool:
    """Return whether the answer has a literal word, or no wildcard at all."""
    words = [word for line in answer for word in line.split() if not is_wild(word)]
    has_a_word = any(character.isalnum() for word in words for character in word)
    return has_a_word or not any(map(is_wild, answer))


def is_wild(line: str) -> bool:
    """Return whether the line has a wildcard."""
    return line == ANY_LINES or bool(_WILDCARD.search(line))


def written(output: str) -> list[str]:
    """Return output in the form of an answer: with signs escaped, control characters visible."""
    lines = _without_empty_end(output.split("\n"))
    visible = ["".join(map(_visible, line)) for line in lines]
    return [f"\\{line}" if _begins_with_a_sign(line) else line for line in visible]


def _visible(character: str) -> str:
    return character if character.isprintable() or character == "\t" else ascii(character)[1:-1]


def _begins_with_a_sign(line: str) -> bool:
    return line == ANY_LINES or any(_has(line, sign) for sign in _SIGNS)


def matches(answer: Sequence[str], seen: Sequence[str]) -> bool:
    """Return whether the lines that were seen fit the answer; both are as written()."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == ANY_LINES else f"{_pattern(line)}\n" for line in answer
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in seen)) is not None


def flows(answer: Sequence[str], seen: Sequence[str]) -> bool:
    """Return whether the words fit: a pid of more digits may wrap a sentence earlier."""
    words = [part for line in answer for part in ([line] if line == ANY_LINES else line.split())]
    pattern = "".join(
        r"(?:\S+\s)*?" if word == ANY_LINES else rf"{_pattern(word)}\s" for word in words
    )
    return re.fullmatch(pattern, " ".join(" ".join(seen).split()) + " ") is not None


def _pattern(line: str) -> str:
    return "".join(WILDCARDS.get(part, re.escape(part)) for part in _WILDCARD.split(line))


def accepted(answer: Sequence[str], seen: Sequence[str]) -> list[str]:
    """Return what was seen as an answer; lines of the old answer that fit keep their wildcards.

    If no literal word would be left, the answer has no wildcards.
    """
    lines = [
        next((old for old in answer if old != ANY_LINES and matches([old], [line])), line)
        for line in seen
    ]
    new: list[str] = []
    changes = SequenceMatcher(None, answer, lines, autojunk=False).get_opcodes()
    for _, begin, end, begin_seen, end_seen in changes:
        is_gap = tuple(answer[begin:end]) == (ANY_LINES,)
        new += [ANY_LINES] if is_gap else lines[begin_seen:end_seen]
    return new if _says_something(new) else list(seen)
