"""Prefixes of a whole line at the prompt: `trace`, `explain`, `step` and `explore`.

    >> trace -o run.html ls | wc -l

If a line begins with such a name, the rest of the line after its options is its operand, with all
operators and redirections. A line in quotes is an ordinary operand, as in a script. So are the
words of a simple command that needs no shell: the program is then watched directly.
"""

from __future__ import annotations

import re

from simpsh.base.errors import SyntaxMistake
from simpsh.base.record import Record
from simpsh.shell.language import surface
from simpsh.shell.language.characters import is_shell_line
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.surface import Token
from simpsh.shell.language.syntax_tree import sole_command
from simpsh.shell.language.word_expansion import needs_substitution

PREFIXES: dict[str, frozenset[str]] = {
    "explain": frozenset(),
    "trace": frozenset(("-o", "--output", "--level", "--record", "-p", "--pid")),
    "step": frozenset(("--schedule", "--dir")),
    "explore": frozenset(("--html", "--budget", "--find", "--runs", "--dir")),
}
"""The prefixes, each with its options whose value may be the next word."""

_NAME = re.compile(rf"[ \t]*({'|'.join(PREFIXES)})(?=[ \t])")
_WORD = r"""(?:[^\s'"\\|&;<>()]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+"""
_END = r"(?=[\s|&;<>()]|$)"


def _options_of(valued: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern that matches options and the blanks around them; its group matches `--`."""
    names = "|".join(sorted(valued)) or "(?!)"
    with_value = rf"(?:{names}){_END}[ \t]*{_WORD}"
    without = rf"(?!(?:{names}){_END})(?=-){_WORD}"
    option = rf"(?!--{_END})(?:{with_value}|{without})[ \t]*"
    return re.compile(rf"[ \t]*(?:{option})*(--{_END}[ \t]*)?", re.DOTALL)


_OPTIONS = {name: _options_of(valued) for name, valued in PREFIXES.items()}
_QUOTED = re.compile(r"""('[^']*'|"(?:[^"\\]|\\.)*")(?![^\s|&;<>)])""", re.DOTALL)


class PrefixedLine(Record):
    """A prefix with its options and the blanks after them, as typed, and the rest of the line."""

    prefix: str
    line: str


def split_prefix(text: str) -> PrefixedLine | None:
    """Split a typed text into a prefix and the line after it; return None if it has no prefix.

    >>> split_prefix("trace -o x.svg ls | wc -l")
    PrefixedLine(prefix='trace -o x.svg ', line='ls | wc -l')
    >>> split_prefix("trace ls -l"), split_prefix("explain 'ls | wc'"), split_prefix("ls")
    (None, None, None)
    """
    start = line_start(text)
    prefix, line = text[:start], text[start:].rstrip("\n")
    if not start or not line:
        return None
    word = _QUOTED.match(line)
    if word is not None and (word.end() == len(line) or is_shell_line([word[1][1:-1]])):
        return None  # the operand is a line in quotes
    if prefix.split()[0] != "explain" and _is_plain_command(line):
        return None
    return PrefixedLine(prefix, line)


def tokens(text: str, *, is_typed: bool = False) -> list[Token]:
    """Split a text into tokens; the text after a prefix begins a new line."""
    start = line_start(text)
    if not start:
        return surface.tokens(text, is_typed=is_typed)
    rest = tokens(text[start:], is_typed=is_typed)
    after = [Token(kind, begin + start, end + start) for kind, begin, end in rest]
    return surface.tokens(text[:start]) + after


def line_start(text: str) -> int:
    """Return the index at which the line after a prefix begins; 0 without a prefix or a line.

    >>> line_start("trace --level io ls"), line_start("trace --level"), line_start("ls")
    (17, 0, 0)
    """
    name = _NAME.match(text)
    if name is None:
        return 0
    options = _OPTIONS[name[1]].match(text, name.end())
    start = options.end() if options is not None else name.end()
    if options is None or (text.startswith("-", start) and options[1] is None):
        return 0  # an option whose value is still missing
    if name[1] == "trace" and re.match(r"show(?=\s|$)", text[start:]):
        return 0  # `trace show` draws a recording
    return start if text[start:].strip() else 0


def _is_plain_command(line: str) -> bool:
    """Return whether a line is one command that can be executed without a shell."""
    try:
        command = sole_command(parse(line, is_typed=True))
    except SyntaxMistake:
        return False
    return (
        command is not None
        and bool(command.words)
        and not command.assignments
        and not command.redirections
        and not needs_substitution(command)
    )
