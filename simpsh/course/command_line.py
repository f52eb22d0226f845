"""The command line of `simpsh lesson`, taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.course.reports import FORMATS
from simpsh.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = """\
usage: simpsh lesson                   what there is, and where you are
       simpsh lesson run ID [--from STEP] [--live | --auto] [--plain]
       simpsh lesson check [ID …] [--repeat N] [--why] [--format FORMAT] [-o FILE]
       simpsh lesson show ID           read a lesson through, without being asked
       simpsh lesson reset [ID]        forget how far you are, in one lesson or in all
       simpsh lesson new ID            begin a lesson of your own, in this directory
       simpsh lesson progress export [FILE] | import [FILE]
       simpsh lesson claims            every claim of the course, and how it is checked
       … --path DIR                    with your own lessons in DIR beside ours
ID may be the beginning of an id. --live: for a class, with hands; --auto: nobody is asked.
formats: text, json, junit. check ends with status 0 if nothing failed, 1 if something did.
"""
_FLAGS: Mapping[str, tuple[str, ...]] = {
    "": ("--plain",),
    "run": ("--live", "--auto", "--plain"),
    "check": ("--why",),
    "show": ("--plain",),
    "reset": (),
    "new": (),
    "progress": (),
    "claims": (),
}
"""The words that may come first, and the options that each takes."""
_VALUED: Mapping[str, tuple[str, ...]] = {
    "run": ("--from",),
    "check": ("--repeat", "--format", "-o"),
    "claims": ("-o",),
}
_LATER = ("exercise",)
_IDS: Mapping[str, tuple[int, int | None]] = {
    "": (0, 0),
    "run": (1, 1),
    "check": (0, None),
    "show": (1, 1),
    "reset": (0, 1),
    "new": (1, 1),
    "progress": (1, 2),
    "claims": (0, 0),
}
"""How many further words each takes, at least and at most."""
_MOST_ROUNDS = 100_000


@dataclass(slots=True)
class Request:
    """What a command line asks for."""

    what: str = ""
    """The first word; empty for the contents page."""
    words: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)

    def number(self, option: str, usual: int, least: int = 1) -> int:
        """Return an option's value as a number; raises UsageProblem if it is none."""
        text = self.values.get(option)
        if text is None:
            return usual
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= _MOST_ROUNDS:
            raise UsageProblem(f"lesson: {option} {text}: a number from {least} on is needed")
        return int(text)


def understand(argv: Sequence[str]) -> Request:
    """Take a command line apart; options may stand anywhere.

    Raises:
        UsageProblem: it is none of USAGE's.

    >>> understand(["run", "rule-4", "--from", "3"]).values
    {'--from': '3'}
    """
    request, rest = Request(), list(argv)
    if "--help" in rest or "-h" in rest:
        return Request("help")
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word != "-":
            _option(request, word, rest)
        elif not request.what and not request.words:
            request.what = _checked(word)
        else:
            request.words.append(word)
    _check(request)
    return request


def _option(request: Request, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name == "--path" or any(name in names for names in _VALUED.values()):
        if not equals:
            if not rest:
                raise UsageProblem(f"lesson: {name} needs a value after it")
            value = rest.pop(0)
        if name == "--path":
            request.folders.append(value)
        else:
            request.values[name] = value
    elif any(word in names for names in _FLAGS.values()):
        request.flags.add(word)
    else:
        raise UsageProblem(f"lesson: there is no option {word}; simpsh lesson --help lists them")


def _checked(word: str) -> str:
    if word in _LATER:
        raise UsageProblem(f"lesson: '{word}' is not part of this version")
    if word not in _FLAGS:
        words = ", ".join(name for name in _FLAGS if name)
        raise UsageProblem(f"lesson: '{word}' is none of {words}; to take a lesson: run {word}")
    return word


def _check(request: Request) -> None:
    what = request.what
    known = {*_FLAGS[what], *_VALUED.get(what, ())}
    for option in (*request.flags, *request.values):
        if option not in known:
            raise UsageProblem(f"lesson: {option} does not go with {what or 'the contents page'}")
    least, most = _IDS[what]
    if len(request.words) < least:
        wanted = "export or import" if what == "progress" else "the id of a lesson"
        raise UsageProblem(f"lesson {what}: {wanted} is missing; `simpsh lesson` lists the lessons")
    if most is not None and len(request.words) > most:
        raise UsageProblem(f"lesson {what}: {request.words[most]}: one word too many")
    if {"--live", "--auto"} <= request.flags:
        raise UsageProblem("lesson: --live and --auto exclude each other")
    if request.values.get("--format", FORMATS[0]) not in FORMATS:
        raise UsageProblem(f"lesson: --format {request.values['--format']}: {', '.join(FORMATS)}")
