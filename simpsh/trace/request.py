"""The command line of `simpsh trace`, taken apart."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.trace.recording import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = """\
usage: simpsh trace [-o FILE] [--FORM] [--level LEVEL] [--ascii] [--all] COMMAND [ARGUMENT …]
       simpsh trace [option …] 'LINE'   (a line with blanks or |&;<> in it is run by simpsh)
       simpsh trace show FILE [-o FILE] [--FORM] [--ascii] [--all]
forms:  text (a timeline), plain (sentences), html (a page), svg, perfetto, jsonl (a recording)
levels: events (births, programs, ends, signals, stops), calls (waits, pipes and kill as well;
        the default), io (reads, writes and descriptors as well)
"""
FORMS = ("text", "plain", "html", "svg", "perfetto", "jsonl")
_SUFFIXES = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".json": "perfetto",
    ".jsonl": "jsonl",
}
_SPECIAL = frozenset(" \t\n|&;<>()$`\"'\\*?[#~{}!")
"""What no program's name has, unless somebody means it so."""
_FLAGS = ("--ascii", "--all", "--help", *(f"--{form}" for form in FORMS))


@dataclass(frozen=True, slots=True)
class Request:
    """What a command line asks for."""

    words: tuple[str, ...] = ()
    """The command to run, or `show` and a file."""
    form: str = "text"
    """One of FORMS."""
    output: str = ""
    """The file to write; empty for the terminal."""
    level: str = "calls"
    flags: frozenset[str] = field(default_factory=frozenset)


def is_line(words: Sequence[str]) -> bool:
    """Tell whether the words are one line for a shell, rather than a program and its arguments.

    >>> is_line(["ls | wc -l"]), is_line(["ls"]), is_line(["echo", "a b"])
    (True, False, False)
    """
    return len(words) == 1 and any(character in _SPECIAL for character in words[0])


def understand(argv: Sequence[str]) -> Request:
    """Take a command line apart; options end at the first word that is none, or at `--`.

    Raises:
        UsageProblem: an option is unknown or lacks its value, or there is no command.

    >>> understand(["--html", "-o", "run.html", "ls", "-l"]).words
    ('ls', '-l')
    """
    request, rest = _options(Request(), list(argv))
    if "--help" in request.flags:
        return request
    if not rest:
        raise UsageProblem("a command is missing; try: simpsh trace ls")
    if rest[0] == "show":
        # After the file, options may follow: there is no command whose they could be.
        request, more = _options(request, rest[2:])
        if len(rest) < 2 or more:
            raise UsageProblem("name one recording; try: simpsh trace show FILE")
        rest = rest[:2]
    return _with_form(replace(request, words=tuple(rest)))


def _options(request: Request, words: list[str]) -> tuple[Request, list[str]]:
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        name, _, value = word.partition("=")
        if name in ("-o", "--output", "--level"):
            if not value and not words:
                raise UsageProblem(f"{name} needs a value after it")
            value = value or words.pop(0)
            if name == "--level":
                request = replace(request, level=value)
            else:
                request = replace(request, output=value)
        elif word in _FLAGS:
            request = replace(request, flags=request.flags | {word})
        else:
            raise UsageProblem(f"there is no option {word}; simpsh trace --help lists them")
    return request, words


def _with_form(request: Request) -> Request:
    if request.level not in LEVELS:
        raise UsageProblem(f"there is no level {request.level!r}: events, calls or io")
    asked = [form for form in FORMS if f"--{form}" in request.flags]
    if len(asked) > 1:
        raise UsageProblem(f"--{asked[0]} and --{asked[1]} exclude each other")
    suffix = os.path.splitext(request.output)[1]
    form = asked[0] if asked else _SUFFIXES.get(suffix, "text")
    is_show = request.words[0] == "show"
    if form not in ("text", "plain") and not request.output and not is_show:
        raise UsageProblem(f"--{form} needs a file to go to; add: -o FILE")
    return replace(request, form=form)
