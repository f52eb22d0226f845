"""Pygments lexers that use the shell's own scanner.

They are registered as entry points, for Sphinx, MkDocs and `pygmentize -l simpsh`.
"""

from __future__ import annotations

import re

from pygments.lexer import Lexer, do_insertions  # type: ignore[attr-defined] # not in the stubs
from pygments.token import Generic, Text, string_to_tokentype

from simpsh.highlight.token_names import BUILTIN, NAMES, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType

    Coloured = tuple[int, _TokenType, str]

_TYPES = {name: string_to_tokentype(name) if name else Text for name in (*NAMES.values(), BUILTIN)}

PROMPTS = (">> ", ".. ")
_REPORT = re.compile(r"\[v\]: |hint: |\[\d+\][-+ ]")
"""A notice of a job, `[1]+  Done …`, or a call, `[4101] dup2(5, 1) = 1`."""


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


class SimpshSessionLexer(Lexer):
    """Lexer of sessions: prompts, typed lines and output."""

    name = "simpsh session"
    aliases = ("simpsh-session",)
    filenames = ("*.simpsh-session",)
    mimetypes = ("text/x-simpsh-session",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Coloured]:
        """Yield the whole text in pieces: offset, type and piece."""
        position = 0
        lines = text.splitlines(keepends=True)
        while lines:
            count = 1
            if _prompt(lines[0], PROMPTS[0]):
                # The lines of one command.
                while count < len(lines) and _prompt(lines[count], PROMPTS[1]):
                    count += 1
                yield from _colour(lines[:count], position)
            else:
                is_error = lines[0].startswith("simpsh: ")
                kind = Generic.Subheading if _REPORT.match(lines[0]) else Generic.Output
                yield position, Generic.Error if is_error else kind, lines[0]
            position += sum(map(len, lines[:count]))
            del lines[:count]


def _prompt(line: str, prompt: str) -> str:
    """Return the prompt that the line begins with; its final blank may be missing."""
    if line.startswith(prompt):
        return prompt
    bare = prompt.rstrip()
    return bare if line.rstrip("\r\n") == bare else ""


def _colour(lines: list[str], position: int) -> Iterator[Coloured]:
    """Colour a command after its prompts as one text, and insert the prompts afterwards."""
    prompts: list[tuple[int, list[Coloured]]] = []
    typed = ""
    for index, line in enumerate(lines):
        prompt = _prompt(line, PROMPTS[bool(index)])
        prompts.append((len(typed), [(0, Generic.Prompt, prompt)]))
        typed += line[len(prompt) :]
    for start, kind, piece in do_insertions(prompts, _TypedLexer().get_tokens_unprocessed(typed)):
        yield position + start, kind, piece
