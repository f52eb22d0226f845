"""The messages of syntax errors; imported at the first error.

They name the word or operator at the parser's position, and what is before it in the text.
"""

from __future__ import annotations

import re

from simpsh.shell.language.bash_forms import FORMS, WORDS
from simpsh.shell.language.characters import CLOSING_WORDS, END, OPERATORS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from simpsh.shell.language.words import Words

_OPENINGS_OF = {
    ")": "'('",
    "}": "'{'",
    **dict.fromkeys(("then", "elif", "else", "fi"), "'if'"),
    **dict.fromkeys(("do", "done"), "'while', 'until' or 'for'"),
    "in": "'for' or 'case'",
    **dict.fromkeys(("esac", ";;", ";&"), "'case'"),
}
# A carriage return belongs to the word before it: `then\r` is not `then`.
_WORD = re.compile(r"[^ \t\n]+")
_QUOTED = re.compile(r"""\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|(?<![^ \t\n])#.*""", re.DOTALL)
"""Text that is no reserved word, whatever it says: quotes and comments."""
_OPERATORS = OPERATORS - {"&>", "&>>"}
_JOINED = ("if[", "elif[", "while[", "until[")
_ARRAY = re.compile(r"[A-Za-z_]\w*(?:\[[^\s]*\])?\+?=\Z", re.ASCII)
_FOREIGN = re.compile(
    r"(?:^|[;&|({}\n]|\b(?:then|do|else|if|while|until)\b)[ \t]*"
    rf"({'|'.join(map(re.escape, WORDS))})(?=[ \t])"
)
"""A word of bash at the beginning of a command."""
_TARGETS = {
    "<<": "a delimiter",
    "<<-": "a delimiter",
    "<<<": "a word",
    "<&": "the number of a descriptor",
    ">&": "the number of a descriptor",
}
_BRACKET = "'(' can only begin a command; to pass it to a program, quote it: '\\('"


class _Next:
    """The word or operator at the parser's position."""

    def __init__(self, parser: Words, *, is_reserved: bool = True) -> None:
        self.start = self.end = parser.base + parser.pos
        self.text = ""
        """An operator, a plain word or a newline; empty at the end, and for another word."""
        self.is_end = parser.text[parser.pos :] in ("", END)
        ahead = (parser.text[parser.pos : parser.pos + length] for length in (3, 2, 1))
        operator = next((text for text in ahead if text in _OPERATORS), "")
        if self.is_end:
            self.shown = "the end of the input"
            return
        if parser.text[parser.pos] == "\n":
            self.text, self.shown = "\n", "the end of the line"
        else:
            self.text = operator or parser.plain()
            self.shown = f"'{self.text}'" if self.text else "this word"
        word = _WORD.match(parser.text, parser.pos)
        self.end += len(self.text) or (len(word[0]) if word is not None else 1)
        self.closes = self.text if is_reserved and self.text in _OPENINGS_OF else ""


def _before(parser: Words) -> str:
    """Return the operator or reserved word directly before the position on the same line, or ""."""
    token, end = parser.last
    is_near = end >= parser.base and not parser.text[end - parser.base : parser.pos].strip(" \t")
    return token if is_near else ""


def _plain(parser: Words) -> str:
    """Return the text before the position, with quotes and comments made plain or blank."""
    return _QUOTED.sub(
        lambda found: (" " if found[0][0] == "#" or found[0] == "\\\n" else ".") * len(found[0]),
        parser.before(),
    )


def _refuse(parser: Words, message: str, start: int, end: int) -> NoReturn:
    """Refuse a text, and name a word of bash in the command, which is a plain word in a script."""
    foreign = _foreign_word(parser)
    parser.refuse(f"{message}; {FORMS[foreign]}" if foreign else message, start, end)


def _foreign_word(parser: Words) -> str:
    found = None if parser.is_typed else _FOREIGN.search(_plain(parser))
    return "" if found is None else found[1]


def token(parser: Words, *, is_reserved: bool = True) -> NoReturn:
    """Refuse the next word or operator, which the grammar does not allow here."""
    what = _Next(parser, is_reserved=is_reserved)
    last = _before(parser)
    if what.closes:
        message = f"'{what.text}' without {_OPENINGS_OF[what.text]}"
        joined = [word for word in _WORD.findall(parser.before()) if word.startswith(_JOINED)]
        if joined:
            keyword = joined[0].partition("[")[0]
            message += f"; '{keyword}[' is one word: write '{keyword} ['"
    elif what.text == "}":
        message = "'}' needs ';' or a newline before it"
    elif last == ")" or last in CLOSING_WORDS:
        message = f"{what.shown} cannot follow '{last}'; write ';' between"
    else:
        message = f"{what.shown} is not allowed here"
    _refuse(parser, message, what.start, what.end)


def bracket(parser: Words, start: int) -> NoReturn:
    """Refuse the `(` at `start`, which neither begins a command nor defines a function."""
    parser.pos = start - parser.base
    before = parser.before()
    array = _ARRAY.search(before)
    if array is not None:
        form = "((" if "((" in before else "NAME=("
        parser.refuse_form(form, start - len(array[0]), start + 1)
    message = "'(' is not allowed here" if _foreign_word(parser) else _BRACKET
    _refuse(parser, message, start, start + 1)


def not_closed(parser: Words, closing: str) -> NoReturn:
    """Refuse what is next, because `closing` of the innermost construct is missing before it."""
    what = _Next(parser)
    if not (what.is_end or what.closes):
        token(parser)
    misplaced(parser, f"'{closing}'", "" if closing == ")" else closing)


def misplaced(parser: Words, expected: str, word: str = "") -> NoReturn:
    """Refuse what is next, because a part of the innermost construct is missing before it.

    `word`: the missing part is this reserved word, which may have been read as an argument.
    """
    what = _Next(parser)
    _, opening, start, begin = parser.open[-1]
    message = f"{expected} is missing after '{opening}'"
    hint = _separator_hint(parser, begin, word, what.start) if word else ""
    if what.is_end:
        parser.lack(message + hint, start, start + len(opening))
    _refuse_next(parser, what, message, start, opening, hint)


def no_command(parser: Words) -> NoReturn:
    """Refuse what is next, because a command is missing before it."""
    what = _Next(parser)
    last = _before(parser)
    if what.text == "(":
        bracket(parser, what.start)
    if what.text == "&" and last == "|" and parser.text[parser.pos - 1] == "|":
        parser.refuse_form("|&", what.start - 1, what.end)
    if not last:
        _refuse(parser, f"a command is missing before {what.shown}", what.start, what.end)
    message = f"a command is missing after '{last}'"
    _refuse_next(parser, what, message, parser.last[1] - len(last), last)


def no_target(parser: Words, redirection: str, start: int) -> NoReturn:
    """Refuse what is next, which cannot be the target of the redirection that began at `start`."""
    what = _Next(parser)
    if parser.text.startswith(("<(", ">("), parser.pos):
        parser.refuse_form(f"{what.text}(", what.start, what.end + 1)
    target = _TARGETS.get(redirection.lstrip("0123456789"), "a file name")
    _refuse_next(parser, what, f"{target} is missing after '{redirection}'", start, redirection)


def _refuse_next(
    parser: Words, what: _Next, message: str, start: int, before: str, hint: str = ""
) -> NoReturn:
    """Refuse the next word or operator; at the end of the line, what begins at `start`."""
    if what.text == "\n" or what.is_end:
        parser.refuse(message + hint, start, start + len(before))
    _refuse(parser, f"{message}, before {what.shown}{hint}", what.start, what.end)


def number_before(parser: Words) -> None:
    """Refuse `2&>1`, which begins with a number directly before the position."""
    number = re.search(r"(?<![^ \t;&|(])[0-9]+\Z", parser.text[: parser.pos])
    if number is not None:
        start = parser.base + number.start()
        message = f"did you mean {number[0]}>&1? '&>' sends both outputs to a file"
        parser.refuse(message, start, parser.at + 2)


def _separator_hint(parser: Words, begin: int, closing: str, end: int) -> str:
    """Return a hint if a reserved word after `begin` was read as an argument: `{ a }`."""
    if not parser.lines:
        return ""
    plain = _plain(parser)
    as_argument = re.compile(rf"(?<=[ \t]){re.escape(closing)}(?![^ \t\n;&|<>()])")
    place = parser.location(begin, end)
    first = sum(len(line) for _, number, line in parser.lines if number < place["line"])
    word = as_argument.search(plain, first + place["column"])
    if word is None:
        return ""
    number = parser.lines[0][1] + plain.count("\n", 0, word.start())
    where = f" in line {number}" if len(parser.lines) > 1 else ""
    return f"; write ';' before it{where}"
