"""Prefixes of a whole line: what `trace`, `explain`, `step` and `explore` are at the prompt.

    >> trace -o run.html ls | wc -l

Typed as the first word of a line, such a name takes all that follows its options, operators and
redirections as well. A line in quotes is an operand all the same, as in a script; so are the words
of a simple command that needs no shell: then the program is watched, without a shell around it.
"""

from __future__ import annotations

import re

from simpsh.base.errors import SyntaxMistake
from simpsh.base.record import Record
from simpsh.shell.language import tolerant_lexer
from simpsh.shell.language.characters import is_shell_line
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import sole_command
from simpsh.shell.language.tolerant_lexer import Token
from simpsh.shell.language.word_expansion import needs_substitution, with_braces_expanded

PREFIXES: dict[str, frozenset[str]] = {
    "explain": frozenset(),
    "trace": frozenset(("-o", "--output", "--level", "--record")),
    "step": frozenset(("--schedule", "--dir")),
    "explore": frozenset(("--html", "--budget", "--max", "--runs", "--dir")),
}
"""The names, each with those of its options whose value may be the next word."""

_NAME = re.compile(rf"[ \t]*({'|'.join(PREFIXES)})(?=[ \t])")
_WORD = r"""(?:[^\s'"\\|&;<>()]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+"""
_END = r"(?=[\s|&;<>()]|$)"


def _options_of(valued: frozenset[str]) -> re.Pattern[str]:
    """Return the pattern of options with the blanks around them; its group is the final `--`."""
    names = "|".join(sorted(valued)) or "(?!)"
    with_value = rf"(?:{names}){_END}[ \t]*{_WORD}"
    without = rf"(?!(?:{names}){_END})(?=-){_WORD}"
    option = rf"(?!--{_END})(?:{with_value}|{without})[ \t]*"
    return re.compile(rf"[ \t]*(?:{option})*(--{_END}[ \t]*)?", re.DOTALL)


_OPTIONS = {name: _options_of(valued) for name, valued in PREFIXES.items()}
_QUOTED = re.compile(r"""('[^']*'|"(?:[^"\\]|\\.)*")(?![^\s|&;<>)])""", re.DOTALL)


class PrefixedLine(Record):
    """A line behind a prefix and its options."""

    prefix: str
    """The prefix with its options and the blanks behind them, as typed."""
    line: str


def prefixed_line(text: str) -> PrefixedLine | None:
    """Return the line that a text typed at the prompt hands to a prefix; None if it hands none.

    >>> prefixed_line("trace -o x.svg ls | wc -l")
    PrefixedLine(prefix='trace -o x.svg ', line='ls | wc -l')
    >>> prefixed_line("trace ls -l"), prefixed_line("explain 'ls | wc'"), prefixed_line("ls")
    (None, None, None)
    """
    start = line_start(text)
    prefix, line = text[:start], text[start:].rstrip("\n")
    if not start or not line:
        return None
    word = _QUOTED.match(line)
    if word is not None and (word.end() == len(line) or is_shell_line([word[1][1:-1]])):
        # It begins with a line in quotes: no program has such a name.
        return None
    if prefix.split()[0] != "explain" and _is_plain_command(line):
        return None
    return PrefixedLine(prefix, line)


def tokens(text: str, *, is_typed: bool = False) -> list[Token]:
    """Cut a text into tokens; what comes after a prefix begins a line again."""
    start = line_start(text)
    if not start:
        return tolerant_lexer.tokens(text, is_typed=is_typed)
    rest = tokens(text[start:], is_typed=is_typed)
    after = [Token(kind, begin + start, end + start) for kind, begin, end in rest]
    return tolerant_lexer.tokens(text[:start]) + after


def line_start(text: str) -> int:
    """Return where the line begins that a prefix takes; 0 where there is no prefix, or no line.

    >>> line_start("trace --level io ls"), line_start("trace --level"), line_start("ls")
    (17, 0, 0)
    """
    name = _NAME.match(text)
    if name is None:
        return 0
    options = _OPTIONS[name[1]].match(text, name.end())
    at = options.end() if options is not None else name.end()
    if options is None or (text.startswith("-", at) and options[1] is None):
        return 0  # an option whose value is still missing
    if name[1] == "trace" and re.match(r"show(?=\s|$)", text[at:]):
        # It draws a recording, and runs nothing.
        return 0
    return at if text[at:].strip() else 0


def _is_plain_command(line: str) -> bool:
    """Return whether a line is one command of words alone, which no shell is needed to run."""
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
        and with_braces_expanded(command.words) is command.words
    )
