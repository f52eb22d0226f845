r"""Words and their parts, read straight from the text (POSIX XCU 2.2, 2.6, 2.7.4).

There is no lexer: each method reads what may come next at `pos`. The buffer `text` holds the line
being read. A further line replaces it once it has been read to its end, so that a long text takes
linear time; a line that a backslash continues is joined to it.

Offsets are counted in the text as it is read, in which aliases are replaced and some lines joined;
location() converts them to lines and columns of the input.
"""

from __future__ import annotations

import io

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.base.record import changed
from simpsh.shell.language.characters import (
    DIGITS,
    END,
    LETTERS,
    NAME,
    QUOTED,
    SPECIAL_PARAMETERS,
    UNQUOTED,
    WORD_ENDS,
    is_continued,
)
from simpsh.shell.language.syntax_tree import (
    BAD,
    LENGTH,
    AndOr,
    Arithmetic,
    CommandSubstitution,
    DoubleQuoted,
    FileRedirection,
    HereDocument,
    List,
    Literal,
    Parameter,
    Pipeline,
    ProcessSubstitution,
    Quoted,
    Word,
    merged,
    nodes_in,
    sole_command,
)
from simpsh.shell.language.tilde_prefixes import with_tildes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping
    from typing import NoReturn, TypedDict

    from simpsh.shell.language.syntax_tree import Part

    ReadLine = Callable[[], "str | None"]
    Match = Callable[[str, int], "re.Match[str] | None"]
    Pieces = list[Part | str]
    """The parts of a word that is being read; adjacent strings are not merged."""

    class Location(TypedDict):
        """The named arguments of a SyntaxMistake."""

        line: int
        column: int
        width: int
        text: str


LONG = 16_000
"""A script is long after so many characters: loading a pattern takes as long as reading them."""

MAX_DEPTH = 80
"""The limit of open constructs: each of them takes up to nine nested Python calls."""

PARTS = {
    "\\": "escape",
    "'": "single_quoted",
    '"': "double_quoted",
    "$": "dollar",
    "`": "backquotes",
}
"""The method that reads each special character outside quotes."""

_PARTICULAR = frozenset(("", END, "#", "\\", "&", "|", ";", "<", ">"))
"""The characters after blanks at which skip() must look further."""
_QUOTED_STOPS = {
    '"': frozenset('"$`\\' + END),
    "": frozenset("$`\\" + END),
    "}": frozenset('}"$`\\' + END),
}
"""Maps the end of quoted text to the characters that are special in it."""
_ESCAPED = {'"': '$`\\"', "": "$`\\", "}": '$`\\}"'}
"""Maps the end of quoted text to the characters that `\\` escapes in it."""
_OPERATORS = frozenset(("%", "%%", "#", "##", *"-=?+", ":-", ":=", ":?", ":+"))
"""The operators in `${…}`."""
_OPERAND_STOPS = frozenset("}'\"\\$`" + END)
_EXPRESSION_STOPS = frozenset("()\\$`" + END)
_BACKQUOTED_STOPS = frozenset("`\\" + END)


def line_reader(text: str) -> ReadLine:
    r"""Return a function that returns the lines of a text, each with its newline, then "".

    >>> read_line = line_reader("a\nb")
    >>> read_line(), read_line(), read_line()
    ('a\n', 'b', '')
    """
    return io.StringIO(text, newline="\n").readline


class Words:
    """The text being read, and the words in it."""

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        self._read_line = read_line
        self.at_prompt = at_prompt
        """Whether the user can type more lines, so that an unclosed construct is incomplete."""
        self.line = first_line - 1
        """The number of the line read last."""
        self.aliases: Mapping[str, str] = {}
        self.is_typed = False
        """Whether bash's forms such as `[[ ]]` are accepted."""
        self.is_quick = True
        """Whether one pattern may find the words of a long script."""
        self.accepted: dict[str, None] = {}
        """The forms of bash found in a typed text."""
        self.warnings: list[tuple[int, str]] = []
        """Warnings about the text, with their lines, which the caller prints."""
        self.text = ""
        """The line being read; ends with a newline or, at the end of the input, with END."""
        self.pos = 0
        self._plain = self._quoted = ""
        """The line with spaces for the characters that are special outside quotes, and in them."""
        self._plain_of = self._quoted_of = ""
        """The lines that these were made from."""
        self.base = 0
        """The offset of `text[0]`."""
        self.ordinary: Match | None = None
        """Finds an ordinary argument of a long script."""
        self.lines: list[tuple[int, int, str]] = []
        """Offset in the input, number and text of each line of the command being read."""
        self._offset = 0
        """The offset of the next line in the input."""
        self._edits: list[tuple[int, int, int]] = []
        """Offsets at which characters were replaced: the numbers of old and new characters."""
        self.ended_at = 0
        """The offset of the end of the command that was read last."""
        self.opened_aliases: list[tuple[str, int, bool]] = []
        """The aliases whose text is being read: name, end of the text, whether a blank ends it."""
        self.open: list[tuple[str, str, int, int]] = []
        """An open construct: the name for the prompt, the opening, and two offsets, of the opening
        and of the part being read, such as `then`."""
        self.last = "", 0
        """The token that was accepted last, and the offset after it."""
        self.levels = 0
        """The number of constructs that are open around the whole text."""
        self.pending: list[tuple[HereDocument, int, int]] = []
        """Here-documents whose lines follow the next newline, with the offsets of their words."""

    # --------------------------------------------------------------------------- the text

    @property
    def at(self) -> int:
        """The offset of the position."""
        return self.base + self.pos

    def accept(self, token: str) -> None:
        """Pass an operator or a reserved word, or a name that is no word of a command."""
        self.pos += len(token)
        self.last = token, self.base + self.pos

    def more(self, *, is_joined: bool = False) -> bool:
        """Read another line; return False at the end of the input.

        `is_joined`: the caller knows an index in the buffer, which must stay right.
        """
        line = self._read_line()
        if not line:
            return False
        if self.text[self.pos :] == END:
            self.text = self.text[:-1]
        self.line += 1
        self.lines.append((self._offset, self.line, line))
        self._offset += len(line)
        is_long = self.is_quick and self._offset > LONG and not self.is_typed
        if is_long and self.ordinary is None:
            from simpsh.shell.language import ordinary_words

            self.ordinary = ordinary_words.match
        if END in line:
            start = self.base + len(self.text) + line.index(END)
            self.refuse("a NUL byte cannot be part of a command", start, start + 1)
        if line[-1] != "\n":
            line += END
        if self.pos == len(self.text) and not is_joined:
            self.base += self.pos
            self.text, self.pos = line, 0
        else:
            self.text += line
        return True

    def continue_line(self, *, is_joined: bool = False) -> None:
        """Read the line after a final backslash; without one, end the input."""
        if not self.more(is_joined=is_joined):
            self._no_more_lines()
            self.text += END

    def _no_more_lines(self) -> None:
        """At a prompt, raise IncompleteInput for a final backslash; in a script do nothing."""
        if self.at_prompt:
            end = self.base + len(self.text)
            self.lack("the line continues after '\\', but no line follows", end - 2, end - 1)

    def join(self, at: int) -> None:
        """Join the lines that a backslash continues at an index."""
        while self.text.startswith("\\\n", at):
            if at + 2 == len(self.text):
                self.continue_line(is_joined=True)
            self.edit(at, 2, "")

    def edit(self, at: int, length: int, text: str) -> None:
        """Replace characters of the buffer."""
        self.text = self.text[:at] + text + self.text[at + length :]
        self._edits.append((self.base + at, length, len(text)))
        more = len(text) - length
        self.opened_aliases = [
            (name, end + more, is_next) for name, end, is_next in self.opened_aliases
        ]

    def leave_lines(self) -> None:
        """Forget the lines of the previous command, whose tree keeps them."""
        self.lines = []
        self._edits.clear()
        self.opened_aliases.clear()
        self.base, self.text, self.pos = self._offset, "", 0

    def skip(self) -> str:
        """Pass blanks, a comment and joined lines; return the next character, "" at the end."""
        while True:
            text, pos = self.text, self.pos
            char = text[pos : pos + 1]
            while char == " " or char == "\t":
                pos += 1
                char = text[pos]
            self.pos = pos
            if char not in _PARTICULAR:
                return char
            if char == "" or char == END:
                if not self.more():
                    return ""
            elif char == "#":
                end = text.find("\n", pos)
                self.pass_comment(end if end >= 0 else len(text) - 1)
            elif char != "\\":
                if "\\" in text[pos + 1 : pos + 3]:
                    self.join(pos + 1)
                    self.join(pos + 2)
                return char
            elif text[pos + 1] != "\n":
                return char
            else:
                self.pos += 2
                if self.pos == len(text):
                    self.continue_line()

    def pass_comment(self, end: int) -> None:
        """Pass a comment up to an index."""
        self.pos = end

    def plain_end(self) -> int:
        """Return the index of the next character that is special outside quotes; -1 at the end."""
        if self._plain_of is not self.text:
            self._plain_of = self.text
            self._plain = self.text.translate(UNQUOTED)
        return self._plain.find(" ", self.pos)

    def plain(self) -> str:
        """Return the word at the position if nothing in it is special, else ""; do not pass it."""
        end = self.plain_end()
        while end > self.pos and self.text.startswith("\\\n", end):
            self.join(end)
            end = self.plain_end()
        return self.text[self.pos : end] if end > 0 and self.text[end] in WORD_ENDS else ""

    def run(self, pieces: list[Part | str] | list[str], stops: frozenset[str]) -> str:
        """Read up to a character of `stops`, over lines; return it, or "" at the end of the input.

        The stops must be characters that QUOTED replaces.
        """
        while True:
            text, start = self.text, self.pos
            if self._quoted_of is not text:
                self._quoted_of = text
                self._quoted = text.translate(QUOTED)
            end = self._quoted.find(" ", start)
            while end >= 0 and text[end] not in stops:
                end = self._quoted.find(" ", end + 1)
            if end < 0:
                end = len(text)
            if end > start:
                pieces.append(text[start:end])
                self.pos = end
            char = text[end : end + 1]
            if char and char != END:
                return char
            if not self.more():
                return ""

    def take(self, kind: frozenset[str]) -> str:
        """Pass the characters of a kind, also on joined lines, and return them."""
        end = self.pos
        while self.text[end] in kind or self.text.startswith("\\\n", end):
            self.join(end)
            end += self.text[end] in kind
        taken, self.pos = self.text[self.pos : end], end
        return taken

    # ------------------------------------------------------------------------- the errors

    def enter(self, name: str, opening: str, start: int) -> None:
        """Open a construct; the caller closes it by self.open.pop()."""
        self.open.append((name, opening, start, start))
        if len(self.open) + self.levels > MAX_DEPTH:
            message = f"nested too deeply: {MAX_DEPTH} levels are the limit"
            self.refuse(message, start, start + 1)

    def close(self, closing: str, message: str) -> None:
        """Pass the character that closes the innermost construct; without it the text is open."""
        if self.text[self.pos : self.pos + 1] != closing:
            _, opening, start, _ = self.open[-1]
            self.lack(message, start, start + len(opening))
        self.pos += 1
        self.open.pop()

    def refuse(self, message: str, start: int, end: int) -> NoReturn:
        """Raise SyntaxMistake for the text between two offsets."""
        raise SyntaxMistake(message, **self.location(start, end))

    def refuse_form(self, form: str, start: int, end: int) -> NoReturn:
        """Refuse a form of bash."""
        from simpsh.shell.language.bash_forms import FORMS

        self.refuse(FORMS[form], start, end)

    def lack(self, message: str, start: int, end: int, *inside: str) -> NoReturn:
        """Raise IncompleteInput: the input ends in the construct `inside`, or in the open ones."""
        opened = [name for name, _, _, _ in self.open if name]
        raise IncompleteInput(
            message, opened=(*opened, *inside), **self.location(start, end)
        ) from None

    def location(self, start: int, end: int) -> Location:
        """Return line, column, width and the line's text for two offsets."""
        start, end = self._original(start), self._original(max(start, end - 1), is_last=True) + 1
        offset, number, text = 0, self.line, ""
        for offset, number, text in reversed(self.lines):  # noqa: B007 - wanted afterwards
            if offset <= start:
                break
        text = text.rstrip("\n")
        column = min(max(0, start - offset), len(text))
        width = max(1, min(end - start, len(text) - column))
        return {"line": number, "column": column, "width": width, "text": text}

    def _original(self, offset: int, *, is_last: bool = False) -> int:
        """Return the offset in the input; for an alias, the offset of its name."""
        for at, old, new in reversed(self._edits):
            if offset >= at + new:
                offset += old - new
            elif offset >= at:
                offset = at + (old - 1 if is_last else 0)
        return offset

    def before(self) -> str:
        """Return the text of the command up to the position."""
        if not self.lines:
            return ""
        whole = "".join([line for _, _, line in self.lines])
        return whole[: self._original(self.at) - self.lines[0][0]]

    # -------------------------------------------------------------------------- the words

    def word(self) -> tuple[Part, ...]:
        """Read a word; the next character is not blank and begins no operator."""
        pieces: Pieces = []
        while True:
            end = self.plain_end()
            if end > self.pos:
                pieces.append(self.text[self.pos : end])
                self.pos = end
            char = self.text[end]
            if char in PARTS:
                getattr(self, PARTS[char])(pieces)
            elif self.begins_process():
                self._process_substitution(pieces)
            else:
                return merged(pieces)

    def begins_process(self) -> bool:
        """Return whether `<(` or `>(` begins a process substitution here."""
        return self.is_typed and self.text.startswith(("<(", ">("), self.pos)

    def escape(self, pieces: Pieces) -> None:
        r"""Read `\c`; a `\` before a newline joins two lines."""
        char = self.text[self.pos + 1]
        self.pos += 2
        if char == "\n":
            if self.pos == len(self.text):
                self.continue_line()
        elif char == END:
            # As in dash, a backslash at the end of the input is literal.
            self.pos -= 1
            self._no_more_lines()
            pieces.append(Quoted("\\", "\\"))
        else:
            pieces.append(Quoted(char, "\\"))

    def single_quoted(self, pieces: Pieces, *, has_dollar: bool = False) -> None:
        """Read `'…'` or `$'…'`, which may span lines."""
        if has_dollar:
            from simpsh.shell.language.dollar_quotes import closing_quote, unescape
        opening = self.at
        self.pos += 2 if has_dollar else 1
        texts: list[str] = []
        while True:
            text, start = self.text, self.pos
            end = closing_quote(text, start) if has_dollar else text.find("'", start)
            if end >= 0:
                break
            texts.append(text[start:])
            self.pos = len(text)
            if not self.more():
                message = "the single quote ' is never closed"
                self.lack(message, opening, opening + 1, "quote")
        self.pos = end + 1
        whole = "".join([*texts, text[start:end]]) if texts else text[start:end]
        pieces.append(Quoted(unescape(whole), "$'") if has_dollar else Quoted(whole))

    def double_quoted(self, pieces: Pieces) -> None:
        """Read `"…"`."""
        self.enter("dquote", '"', self.at)
        self.pos += 1
        inside = self.quoted('"')
        self.close('"', 'the double quote " is never closed')
        pieces.append(DoubleQuoted(inside))

    def quoted(self, stop: str) -> tuple[Part, ...]:
        """Read quoted text up to `stop`, or to the end of the input.

        `stop` is `"` in double quotes, empty in a here-document, and `}` in the word of `${…}`
        inside either, which may contain double quotes again.
        """
        pieces: Pieces = []
        stops, escaped = _QUOTED_STOPS[stop], _ESCAPED[stop]
        while True:
            char = self.run(pieces, stops)
            if char == "$":
                self.dollar(pieces, is_quoted=True)
            elif char == stop:  # also at the end of a here-document
                return merged(pieces)
            elif char == "\\":
                self._quoted_escape(pieces, escaped)
            elif char == "`":
                # POSIX XCU 2.6.3: within double quotes, `\"` is an escape in backquotes, too.
                self.backquotes(pieces, '\\`$"')
            elif char:
                self.double_quoted(pieces)
            else:
                return merged(pieces)

    def _quoted_escape(self, pieces: Pieces, escaped: str) -> None:
        char = self.text[self.pos + 1]
        if char == "\n" or char in escaped or char == END:
            self.escape(pieces)
        else:
            pieces.append("\\")
            self.pos += 1

    def dollar(self, pieces: Pieces, *, is_quoted: bool = False) -> None:
        """Read an expansion that `$` begins, or a literal `$`."""
        start = self.at
        if self.text[self.pos + 1] == "\\":
            self.join(self.pos + 1)
        char = self.text[self.pos + 1]
        if char in LETTERS:
            self.pos += 1
            name = self.take(NAME)
            if self.is_typed:
                from simpsh.shell.language.bash_forms import VARIABLES

                if name in VARIABLES:
                    self.accepted[f"${name}"] = None
            pieces.append(Parameter(name))
        elif char in SPECIAL_PARAMETERS or char in DIGITS:
            self.pos += 2
            pieces.append(Parameter(char))
        elif char == "{":
            self._braces(pieces, start, is_quoted=is_quoted)
        elif char == "(":
            self.join(self.pos + 2)
            if self.text[self.pos + 2] == "(":
                self._arithmetic(pieces, start)
            else:
                self.pos += 2
                body = self.inside("$(", start)
                pieces.append(CommandSubstitution(self._list_that_prints(body)))
        elif char == "'" and not is_quoted:
            self.single_quoted(pieces, has_dollar=True)
        else:
            self.pos += 1
            pieces.append("$")

    def inside(self, opening: str, start: int) -> List:
        """Read the list after `$(`, `<(` or `>(`, and its `)`."""
        raise NotImplementedError(start, opening)

    def whole(self) -> List:
        """Read everything up to the end of the input."""
        raise NotImplementedError

    def _list_that_prints(self, body: List) -> List:
        """Return the list of a substitution; in a typed text, `cat <file` for `$(<file)`."""
        command = sole_command(body) if self.is_typed else None
        if command is None or command.words or command.assignments:
            return body
        first, *others = command.redirections
        is_input = isinstance(first, FileRedirection) and first.operator == "<"
        if others or not is_input or first.descriptor:
            return body
        self.accepted["$(<"] = None
        cat = changed(command, words=(Word((Literal("cat"),)),))
        return List((AndOr(Pipeline((cat,))),))

    def _process_substitution(self, pieces: Pieces) -> None:
        operator = self.text[self.pos]
        opening = f"{operator}("
        self.accepted[opening] = None
        start = self.at
        self.pos += 2
        pieces.append(ProcessSubstitution(operator, self.inside(opening, start)))

    def _arithmetic(self, pieces: Pieces, start: int) -> None:
        """Read `$((expression))`."""
        self.enter("mathsubst", "$((", start)
        self.pos += 3
        inside = self.bracketed_expression("$((")
        if self.is_typed:
            texts = [part.text for part in inside if isinstance(part, Literal)]
            for step in ("++", "--"):
                if any(step in text for text in texts):
                    self.accepted[step] = None
        pieces.append(Arithmetic(inside))

    def bracketed_expression(self, opening: str) -> tuple[Part, ...]:
        """Read the expression after `((` or `$((`, and its `))`."""
        inside = self._expression()
        end = self.at
        self.close(")", f"'))' is missing: '{opening}' is never closed")
        self.join(self.pos)
        if self.text[self.pos] != ")":
            outer = opening[:-1]
            why = f"'{opening}' ends with '))'; for a subshell within '{outer}', write '{outer} ('"
            self.refuse(f"a ')' is missing: {why}", end, end + 1)
        self.pos += 1
        return inside

    def _expression(self) -> tuple[Part, ...]:
        """Read an expression up to the `)` after it, or to the end of the input."""
        pieces: Pieces = []
        brackets = 0
        while True:
            char = self.run(pieces, _EXPRESSION_STOPS)
            if char == "$":
                self.dollar(pieces, is_quoted=True)
            elif char == "`":
                self.backquotes(pieces)
            elif char == "\\":
                self._quoted_escape(pieces, "$`\\")
            elif not char or (char == ")" and not brackets):
                return merged(pieces)
            else:
                brackets += 1 if char == "(" else -1
                pieces.append(char)
                self.pos += 1

    def _braces(self, pieces: Pieces, start: int, *, is_quoted: bool) -> None:
        """Read `${…}`."""
        self.pos += 2
        name = self._parameter()
        self.join(self.pos)
        operator = ""
        if name == "#" and self.text[self.pos] != "}":
            name, operator = self._counted()
        if name and not operator and self.text[self.pos] != "}":
            operator = self._operator()
        if name and operator in ("", LENGTH) and self.text[self.pos] == "}":
            self.pos += 1
            pieces.append(Parameter(name, braced=True, operator=operator))
            return
        if operator in ("", LENGTH):
            end = self.text.find("}", self.pos) + 1
            if not end:
                message = f"'}}' is missing after '${{{name}'"
                self.refuse(message, start, self.base + len(self.text) - 1)
            # The interpreter reports it: a script may use it only when another shell runs it.
            name, operator = f"#{name}" if operator else name, BAD
        self.enter("braceparam", "${", start)
        # POSIX XCU 2.6.2: the quotes around `${x#pattern}` do not quote the pattern.
        if is_quoted and operator[0] not in "%#":
            parts = self.quoted("}")
        else:
            parts = self._operand()
        self.close("}", "'}' is missing: '${' is never closed")
        pieces.append(Parameter(name, braced=True, operator=operator, operand=Word(parts)))

    def _parameter(self) -> str:
        """Read the name of a parameter in braces; return "" if there is none."""
        self.join(self.pos)
        char = self.text[self.pos]
        if char in LETTERS:
            return self.take(NAME)
        if char in DIGITS:
            return self.take(DIGITS)
        if char not in SPECIAL_PARAMETERS:
            return ""
        self.pos += 1
        return char

    def _counted(self) -> tuple[str, str]:
        """Read the parameter of `${#name}`, after the `#`; return it and LENGTH, or `#` and ""."""
        before = self.pos
        name = self._parameter()
        self.join(self.pos)
        if name and (name not in SPECIAL_PARAMETERS or self.text[self.pos] == "}"):
            return name, LENGTH
        # `${#-}` is the length of `$-`, but `${#-x}` is `$#` with the default x.
        self.pos = before
        return "#", ""

    def _operator(self) -> str:
        """Read the operator after a parameter; return "" if there is none of POSIX."""
        self.join(self.pos + 1)
        for operator in (self.text[self.pos : self.pos + 2], self.text[self.pos]):
            if operator in _OPERATORS:
                self.pos += len(operator)
                return operator
        return ""

    def _operand(self) -> tuple[Part, ...]:
        """Read an unquoted word in `${…}`, in which blanks and operators are not special."""
        pieces: Pieces = []
        while (char := self.run(pieces, _OPERAND_STOPS)) and char != "}":
            getattr(self, PARTS[char])(pieces)
        parts = merged(pieces)
        if parts and type(parts[0]) is Literal and parts[0].text[0] == "~":
            parts = with_tildes(parts, assigns=False)
        return parts

    def backquotes(self, pieces: Pieces, escapable: str = "\\`$") -> None:
        """Read from one backquote to the next, and parse the text between them.

        A backslash escapes only the characters of `escapable`; no other quotes count in the search
        for the closing backquote (POSIX XCU 2.6.3). An error inside is shown at the opening one.
        """
        start, first_line = self.at, self.line
        self.enter("bquote", "`", start)
        self.pos += 1
        texts: list[str] = []
        while (char := self.run(texts, _BACKQUOTED_STOPS)) != "`":
            if not char:
                self.lack("the backquote ` is never closed", start, start + 1)
            after = self.text[self.pos + 1].strip(END)
            self.pos += 1 + len(after)
            if after != "\n":
                texts.append(after if after and after in escapable else f"\\{after}")
            elif self.pos == len(self.text):
                self.continue_line()
        self.pos += 1
        try:
            body = self.reader_of("".join(texts), first_line).whole()
        except SyntaxMistake as mistake:
            self.refuse(mistake.message, start, start + 1)
        self.open.pop()
        pieces.append(CommandSubstitution(self._list_that_prints(body), backquoted=True))

    def reader_of(self, text: str, first_line: int) -> Words:
        """Return a reader of the same class for a text that is part of this one."""
        inner = type(self)(line_reader(text), first_line=first_line)
        names = {name for name, end, _ in self.opened_aliases if end >= self.at}
        inner.aliases = {name: text for name, text in self.aliases.items() if name not in names}
        inner.is_typed, inner.accepted, inner.warnings = self.is_typed, self.accepted, self.warnings
        inner.levels = self.levels + len(self.open)
        return inner

    # ------------------------------------------------------------------ the here-documents

    def announce(self, operator: str, number: int | None, start: int) -> HereDocument:
        """Read the delimiter of a here-document, whose redirection began at `start`."""
        at = self.at
        parts = self.word()
        end = self.at
        if any(isinstance(node, CommandSubstitution) for node in nodes_in(Word(parts))):
            message = "a here-document's delimiter is taken literally; no command can be in it"
            self.refuse(message, at, end)
        from simpsh.shell.language.tree_printing import as_written

        delimiter = as_written(parts)
        if "\n" in delimiter:
            self.refuse("a here-document's delimiter cannot hold a newline", at, end)
        is_quoted = any(isinstance(part, Quoted | DoubleQuoted) for part in parts)
        document = HereDocument(delimiter, Word(()), is_quoted, operator == "<<-", number)
        self.pending.append((document, start, end))
        return document

    def read_documents(self) -> None:
        """Read the bodies of the announced here-documents, which begin at the next line."""
        pending, self.pending = self.pending, []
        for document, start, end in pending:
            first_line, count = self.line + 1, len(self.lines)
            text = self._document_text(document, start, end)
            parts: tuple[Part, ...] = (Literal(text),) if text else ()
            if document.quoted:
                parts = (Quoted(text),)
            elif "$" in text or "\\" in text or "`" in text:
                self.enter(f"heredoc {document.delimiter}", "<<", start)
                try:
                    parts = self.reader_of(text, first_line).quoted("")
                except SyntaxMistake as mistake:
                    self.refuse(mistake.message, start, start + 2)
                self.open.pop()
            # Complete the record after the command was read; only the parser has seen it.
            object.__setattr__(document, "body", Word(parts))
            del self.lines[count:]

    def _document_text(self, document: HereDocument, start: int, end: int) -> str:
        """Return the text of a here-document, and pass the line of its delimiter.

        An unquoted delimiter is compared with lines after joining. As in dash, the end of the input
        ends the body, with a newline.
        """
        delimiter = document.delimiter
        texts: list[str] = []
        joined = ""
        while self.pos < len(self.text) or self.more():
            at = self.text.find("\n", self.pos) + 1 or len(self.text)
            line = self.text[self.pos : at].rstrip(END)
            self.pos = at
            if document.strips_tabs and not joined:
                line = line.lstrip("\t")
            if line.endswith("\\\n") and not document.quoted and is_continued(line):
                joined += line
                continue
            if joined:
                line, joined = joined + line, ""
                if line.replace("\\\n", "").rstrip("\n") == delimiter:
                    return "".join(texts)
            elif line.rstrip("\n") == delimiter:
                return "".join(texts)
            texts.append(line)
        if self.at_prompt:
            message = f"the line '{delimiter}' that ends the here-document is missing"
            self.lack(message, start, end, f"heredoc {delimiter}")
        number = self.location(start, end)["line"]
        message = f"the here-document is not closed: no line is exactly '{delimiter}'"
        self.warnings.append((number, message))
        text = "".join(texts)
        if joined or (text and text[-1] != "\n"):
            # A backslash at the end of the input is literal.
            is_escaped = not joined and not document.quoted and is_continued(f"{text}\n")
            text += joined + ("\\\n" if is_escaped else "\n")
        return text
