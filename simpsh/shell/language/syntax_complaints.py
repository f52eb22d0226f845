"""The messages of syntax errors; imported at the first error."""

from __future__ import annotations

import re

from simpsh.shell.language.characters import CLOSING_WORDS, INPUT_END, NEWLINE
from simpsh.shell.language.lexer import Lexer, Token

_OPENINGS_OF = {
    ")": "'('",
    "}": "'{'",
    **dict.fromkeys(("then", "elif", "else", "fi"), "'if'"),
    **dict.fromkeys(("do", "done"), "'while', 'until' or 'for'"),
    "in": "'for' or 'case'",
    **dict.fromkeys(("esac", ";;", ";&"), "'case'"),
}
# A carriage return belongs to the word before it, as for the lexer: `then\r` is not `then`.
_WORD = re.compile(r"[^ \t\n]+")
_QUOTED = re.compile(r"""\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|(?<![^ \t\n])#.*""")
"""Text that is no reserved word, whatever it says: quotes and comments."""
_JOINED = ("if[", "elif[", "while[", "until[")
_TARGETS = {
    "<<": "a delimiter",
    "<<-": "a delimiter",
    "<<<": "a word",
    "<&": "the number of a descriptor",
    ">&": "the number of a descriptor",
}


def refuse_token(parser: Lexer) -> None:
    """Refuse the current token, which the grammar does not allow here."""
    kind, start, end, _ = parser.token
    if kind in _OPENINGS_OF:
        message = f"'{kind}' without {_OPENINGS_OF[kind]}"
        joined = [word for word in _words(parser) if word.startswith(_JOINED)]
        if joined:
            keyword = joined[0].partition("[")[0]
            message += f"; '{keyword}[' is one word: write '{keyword} ['"
    elif kind == "|&":
        message = "'|&' is not a POSIX operator; write '2>&1 |'"
    elif parser.token[3] == "}":
        message = "'}' needs ';' or a newline before it"
    elif parser.previous[0] == ")" or parser.previous[0] in CLOSING_WORDS:
        message = f"{_show(parser.token)} cannot follow '{parser.previous[0]}'; write ';' between"
    else:
        message = f"{_show(parser.token)} is not allowed here"
    parser.refuse(message, start, end)


def _words(parser: Lexer, start: int = 0) -> list[str]:
    """Return the words from an offset to the current token, split at blanks."""
    end = parser.token[1]
    return [
        word
        for offset, _, line in parser.lines
        for word in _WORD.findall(line, max(0, start - offset), max(0, end - offset))
    ]


def never_closed(parser: Lexer, opening: Token, closing: str, begin: Token) -> str:
    """Return a message about a construct that is unclosed at the end of the input.

    `begin` is its token before the list that has no end.
    """
    hint = separator_hint(parser, begin, closing)
    if closing in ("then", "do"):
        return f"'{closing}' is missing after '{opening[0]}'{hint}"
    return f"'{closing}' is missing: '{opening[0]}' is never closed{hint}"


def separator_hint(parser: Lexer, begin: Token, closing: str) -> str:
    """Return a hint if a reserved word after `begin` was read as an argument: `{ a }`."""
    if closing == ")" or not parser.lines:
        return ""
    first = parser.lines[0][0]
    text = "".join(line for _, _, line in parser.lines)[: parser.token[1] - first]
    plain = _QUOTED.sub(lambda quoted: "." * len(quoted[0]), text)
    as_argument = re.compile(rf"(?<=[ \t]){re.escape(closing)}(?![^ \t\n;&|<>()])")
    word = as_argument.search(plain, begin[2] - first)
    if word is None:
        return ""
    number = parser.location(first + word.start())["line"]
    where = f" in line {number}" if len(parser.lines) > 1 else ""
    return f"; write ';' before it{where}"


def not_closed(parser: Lexer, opening: Token, closing: str, begin: Token) -> None:
    """Refuse the current token, because `closing` for `opening` is missing before it."""
    kind, start, end, _ = parser.token
    if kind in _OPENINGS_OF:
        message = f"'{closing}' is missing before '{kind}'"
        if closing not in (")", "}"):
            message = f"'{closing}' of '{opening[0]}' is missing before '{kind}'"
        parser.refuse(message + separator_hint(parser, begin, closing), start, end)
    refuse_token(parser)


def refuse_misplaced(parser: Lexer, opening: Token, message: str, word: str) -> None:
    """Refuse the current token with a message about a missing token, or `word`, before it."""
    kind, start, end, _ = parser.token
    before, at, until, _ = parser.previous
    if kind == "(" and before == "for":
        parser.leave_out("for ((", at, end)
    if kind == "&" and before == ";;" and start == until:
        parser.leave_out(";;&", at, end)
    if kind is NEWLINE:
        parser.refuse(message, at, until)
    hint = separator_hint(parser, opening, word) if word else ""
    if kind == "(" and opening[0] == "for":
        hint = "; a list has no ( ) around it"
    parser.refuse(f"{message}, before {_show(parser.token)}{hint}", start, end)


def no_command(parser: Lexer) -> None:
    """Refuse the current token, because a command is missing before it."""
    kind, start, end, _ = parser.token
    before = parser.previous[0]
    shown = _show(parser.token)
    if kind == "(":
        message = "'(' can only begin a command; to pass it to a program, quote it: '\\('"
    elif kind == "!" and before == "|":
        message = "'!' is only allowed before the first command of a pipeline"
    elif before is NEWLINE or before is INPUT_END:
        message = f"a command is missing before {shown}"
    elif kind is NEWLINE or kind is INPUT_END:
        message = f"a command is missing after {_show(parser.previous)}"
    else:
        message = f"a command is missing between {_show(parser.previous)} and {shown}"
    parser.refuse(message, start, end)


def no_target(parser: Lexer, redirection: str) -> None:
    """Refuse the current token, which cannot be the target of the redirection before it."""
    kind, start, end, _ = parser.token
    target = _TARGETS.get(redirection.lstrip("0123456789"), "a file name")
    if kind is NEWLINE or kind is INPUT_END:
        _, start, end, _ = parser.previous
    parser.refuse(f"{target} is missing after '{redirection}'", start, end)


def _show(token: Token) -> str:
    """Return a name of a token for a message."""
    kind, _, _, payload = token
    if kind is NEWLINE:
        return "the end of the line"
    if kind is INPUT_END:
        return "the end of the input"
    if isinstance(payload, str):
        return f"'{payload}'"
    return "this word"
