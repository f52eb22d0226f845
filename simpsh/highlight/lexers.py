"""Pygments lexers that use the shell's own scanner.

They are registered as entry points, for Sphinx, MkDocs and `pygmentize -l simpsh`.
"""

from __future__ import annotations

import re

from pygments.lexer import Lexer
from pygments.lexers.shell import ShellSessionBaseLexer
from pygments.token import Text, string_to_tokentype

from simpsh.highlight.token_names import BUILTIN, NAMES, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType

    Coloured = tuple[int, _TokenType, str]

_TYPES = {name: string_to_tokentype(name) if name else Text for name in (*NAMES.values(), BUILTIN)}


class SimpshLexer(Lexer):
    """Lexer of scripts and of lines typed at the prompt."""

    is_typed = False
    """Whether the text was typed at a prompt rather than in a script."""
    name = "simpsh"
    aliases = ("simpsh",)
    filenames = ("*.simpsh",)
    mimetypes = ("text/x-simpsh",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Coloured]:
        """Yield the whole text in pieces: offset, type and piece."""
        position = 0
        for name, piece in pieces(text, is_typed=self.is_typed):
            yield position, _TYPES[name], piece
            position += len(piece)


class _TypedLexer(SimpshLexer):
    is_typed = True


class SimpshSessionLexer(ShellSessionBaseLexer):
    """Lexer of sessions: prompts, typed lines and output."""

    name = "simpsh session"
    aliases = ("simpsh-session",)
    filenames = ("*.simpsh-session",)
    mimetypes = ("text/x-simpsh-session",)

    _innerLexerCls = _TypedLexer  # noqa: N815 - these names are those of Pygments
    _ps1rgx = re.compile(r"^(>> ?)(.*\n?)")
    _ps2 = ".. "
    _bare_continuation = True
