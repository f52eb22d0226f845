"""What is wrong with a command: sentences for tokens that the grammar has no place for.

Loaded only when there is something to complain about.
"""

from __future__ import annotations

from simpsh.shell.language.characters import is_number
from simpsh.shell.language.lexer import MAX_DESCRIPTOR_DIGITS, Lexer
from simpsh.shell.language.word_roles import INPUT_END, NEWLINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.language.word_roles import Token

_OPENING_OF = {")": "(", "}": "{"}
_TARGETS = {
    "<<": "a delimiter",
    "<<-": "a delimiter",
    "<<<": "a word",
    "<&": "the number of a descriptor",
    ">&": "the number of a descriptor",
}


def unexpected(parser: Lexer) -> None:
    """Refuse the current token, which nothing before it asked for."""
    kind, start, end, _ = parser.token
    if kind == ")" or kind == "}":
        message = f"'{kind}' without '{_OPENING_OF[kind]}'"
    elif kind == "|&":
        message = "'|&' is no operator of the standard; write '2>&1 |'"
    elif parser.token[3] == "}":
        message = "'}' needs ';' or a newline before it"
    elif parser.previous[0] == ")" or parser.previous[0] == "}":
        message = f"{_shown(parser.token)} cannot follow '{parser.previous[0]}'; write ';' between"
    else:
        message = f"{_shown(parser.token)} cannot stand here"
    parser.refuse(message, start, end)


def not_closed(parser: Lexer, closing: str) -> None:
    """Refuse the current token, before which `closing` should stand."""
    kind, start, end, _ = parser.token
    if kind == ")" or kind == "}":
        parser.refuse(f"'{closing}' is missing before '{kind}'", start, end)
    unexpected(parser)


def no_command(parser: Lexer) -> None:
    """Refuse the current token, before which there should be a command."""
    kind, start, end, _ = parser.token
    before = parser.previous[0]
    found = _shown(parser.token)
    if kind == "(":
        message = "'(' can only begin a command; to pass it to a program, quote it: '\\('"
    elif kind == "!" and before == "|":
        message = "'!' can only stand before the first command of a pipeline"
    elif before is NEWLINE or before is INPUT_END:
        message = f"a command is missing before {found}"
    elif kind is NEWLINE or kind is INPUT_END:
        message = f"a command is missing after {_shown(parser.previous)}"
    else:
        message = f"a command is missing between {_shown(parser.previous)} and {found}"
    parser.refuse(message, start, end)


def no_target(parser: Lexer, redirection: str) -> None:
    """Refuse the current token, which names no file for the redirection before it."""
    kind, start, end, _ = parser.token
    operator = redirection.lstrip("0123456789")
    what = _TARGETS.get(operator, "a file name")
    if kind is NEWLINE or kind is INPUT_END:
        _, start, end, _ = parser.previous
    parser.refuse(f"{what} is missing after '{redirection}'", start, end)


def check_descriptor(parser: Lexer, operator: str, target: str, start: int, end: int) -> None:
    """Refuse a word after `<&` or `>&` that can be no descriptor."""
    if target == "-" or (is_number(target) and len(target) <= MAX_DESCRIPTOR_DIGITS):
        return
    message = f"'{operator}' needs the number of a descriptor or '-', not '{target}'"
    if operator == ">&" and not is_number(target):
        message += f"; both outputs go to a file by '>{target} 2>&1'"
    parser.refuse(message, start, end)


def _shown(token: Token) -> str:
    """Name a token in a message."""
    kind, _, _, payload = token
    if kind is NEWLINE:
        return "the end of the line"
    if kind is INPUT_END:
        return "the end of the input"
    if isinstance(payload, str):
        return f"'{payload}'"
    return "this word"
