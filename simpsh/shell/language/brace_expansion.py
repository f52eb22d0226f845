"""Brace expansion, at the prompt: `{a,b}` and `{1..3}` become several words."""

from __future__ import annotations

import re
from itertools import pairwise, product

from simpsh.base.errors import ExpansionProblem
from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.tilde_prefixes import with_tildes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.shell.language.syntax_tree import Part

_MOST = 1_000_000
"""The maximum number of words that one word may become."""
_SEQUENCE = re.compile(r"(?:(-?\d+)\.\.(-?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d+))?", re.ASCII)


def with_braces(parts: Sequence[Part], accept: Callable[[str], object]) -> tuple[Part, ...]:
    """Return the parts of a word with its braces parsed; call `accept` with the name of each.

    >>> with_braces((nodes.Literal("a{b,c}"),), print)
    {a,b}
    (Literal(text='a'), Braces(alternatives=((Literal(text='b'),), (Literal(text='c'),)), steps=''))
    """
    pieces: list[Part | str] = []
    for part in parts:
        match part:
            case nodes.Literal(text):
                pieces.extend(text)
            case nodes.Tilde(user):
                # Tildes are expanded after braces.
                pieces.extend(f"~{user}")
            case (
                nodes.Quoted() | nodes.DoubleQuoted() | nodes.Parameter()
                | nodes.CommandSubstitution() | nodes.Arithmetic() | nodes.ProcessSubstitution()
                | nodes.Braces()
            ):  # fmt: skip
                pieces.append(part)
    parsed = _parse_braces(pieces)
    braces = [part for part in parsed if isinstance(part, nodes.Braces)]
    for part in braces:
        accept("{1..3}" if part.steps else "{a,b}")
    return parsed if braces else tuple(parts)


def _parse_braces(pieces: Sequence[Part | str]) -> tuple[Part, ...]:
    """Parse the braces in a list of characters and parts."""
    parsed: list[Part | str] = []
    at = 0
    while at < len(pieces):
        braces = _at_brace(pieces, at) if pieces[at] == "{" else None
        piece, at = (pieces[at], at + 1) if braces is None else braces
        parsed.append(piece)
    return nodes.merged(parsed)


def _at_brace(pieces: Sequence[Part | str], start: int) -> tuple[nodes.Braces, int] | None:
    """Return the braces that begin at `start`, and the index after them; None if there are none."""
    depth = 0
    commas = []
    for at in range(start, len(pieces)):
        piece = pieces[at]
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
        elif piece == "," and depth == 1:
            commas.append(at)
        if depth == 0:
            break
    else:
        return None
    if commas:
        bounds = [start, *commas, at]
        texts = [pieces[begin + 1 : end] for begin, end in pairwise(bounds)]
        return nodes.Braces(tuple(map(_parse_braces, texts))), at + 1
    inside = pieces[start + 1 : at]
    text = "".join([piece for piece in inside if isinstance(piece, str)])
    if len(text) == len(inside) and _SEQUENCE.fullmatch(text):
        return nodes.Braces((), text), at + 1
    return None


def words_of(word: nodes.Word) -> list[nodes.Word]:
    """Expand the braces of a word.

    Raises ExpansionProblem: there are too many words.
    """
    return [nodes.Word(with_tildes(parts, assigns=False)) for parts in _expand_parts(word.parts)]


def _expand_parts(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    choices: list[list[tuple[Part, ...]]] = []
    count = 1
    for part in parts:
        if not isinstance(part, nodes.Braces):
            choices.append([(part,)])
            continue
        if part.steps:
            choices.append([(nodes.Literal(text),) for text in _sequence(part.steps)])
        else:
            choices.append([each for inside in part.alternatives for each in _expand_parts(inside)])
        count *= len(choices[-1])
        if count > _MOST:
            raise ExpansionProblem(f"braces: more than {_MOST} words")
    return [
        nodes.merged(
            part.text if isinstance(part, nodes.Literal) else part
            for chosen in each
            for part in chosen
        )
        for each in product(*choices)
    ]


def _sequence(steps: str) -> list[str]:
    """Return the words of `1..3`, `a..e` or `01..10..2`."""
    match = _SEQUENCE.fullmatch(steps)
    assert match is not None
    first, last, first_letter, last_letter, step = match.groups()
    begin = int(first) if first else ord(first_letter)
    end = int(last) if first else ord(last_letter)
    distance = abs(int(step or 1)) or 1
    if abs(end - begin) // distance > _MOST:
        raise ExpansionProblem(f"braces: more than {_MOST} words")
    numbers = range(begin, end + 1, distance) if begin <= end else range(begin, end - 1, -distance)
    if not first:
        return [chr(number) for number in numbers]
    is_padded = any(re.match("-?0[0-9]", text) for text in (first, last))
    width = max(len(first), len(last)) if is_padded else 0
    return [f"{number:0{width}d}" for number in numbers]
