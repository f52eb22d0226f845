"""What a `$` begins: parameters, `${…}` with its operators, `$(( ))`, and substitutions.

Each method begins at the character that calls for it and leaves `position` after what it took.
`marks`, if they are wanted, get every elementary thing in order: the highlighter sees what the
parser sees. What stands in the braces is a word again; whoever knows words reads it.
"""

from __future__ import annotations

from simpsh.shell.language.characters import (
    DIGITS,
    END,
    LETTERS,
    NAME,
    SPECIAL_PARAMETERS,
)
from simpsh.shell.language.input_source import InputSource
from simpsh.shell.language.syntax_tree import (
    LENGTH,
    Arithmetic,
    CommandSubstitution,
    DollarQuoted,
    List,
    Literal,
    Parameter,
    Part,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    Mark = tuple[str, int, int]

TEXT = "text"
"""The mark of a plain run; its word decides what it is shown as."""

_NAMED = LETTERS | DIGITS | SPECIAL_PARAMETERS
_REMOVALS = frozenset("%#")
_CONDITIONS = frozenset("-=?+")


class ExpansionScanner(InputSource):
    """Scans what begins with a `$`."""

    marks: list[Mark] | None = None
    """The elementary things met so far, None where they are not wanted."""

    def mark(self, kind: str, start: int, end: int) -> None:
        """Note an elementary thing by its offsets."""
        if self.marks is not None:
            self.marks.append((kind, start, end))

    def dollar(self, pieces: list[Part | str], plain_mark: str = TEXT) -> None:
        """Scan what a `$` begins; before anything else it stands for itself.

        Args:
            pieces: What was found is appended to them.
            plain_mark: What plain text is marked as here; all but TEXT stand for quotes.
        """
        start = self.base + self.position
        char = self.text[self.position + 1]
        while char == "\\" and self.text[self.position + 2] == "\n":
            self.join(self.position + 1)
            char = self.text[1]
        if char in LETTERS:
            self.position += 1
            name = self._take(NAME)
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(name))
        elif char in SPECIAL_PARAMETERS or char in DIGITS:
            self.position += 2
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(char))
        elif char == "{":
            self._braced(pieces, start, is_quoted=plain_mark != TEXT)
        elif char == "(" and self._opens_list(start):
            # The `)` that ends the list takes the level back.
            pieces.append(CommandSubstitution(self.substitution(start)))
        elif char == "(":
            self._arithmetic(pieces, start)
        elif char == "'" and plain_mark == TEXT:
            self._dollar_quoted(pieces, start)
        else:
            self.position += 1
            self.mark(plain_mark, start, start + 1)
            pieces.append("$")

    def _dollar_quoted(self, pieces: list[Part | str], opening: int) -> None:
        """Scan `$'…'`, over as many lines as it takes."""
        from simpsh.shell.language.dollar_quotes import closing_quote, unescaped

        first = len(self.marks) if self.marks is not None else 0
        start = self.position + 2
        texts: list[str] = []
        end = closing_quote(self.text, start)
        while end < 0:
            texts.append(self.text[start:].rstrip(END))
            if not self.load():
                self.unclosed("'", opening, first)
                pieces.append(DollarQuoted(unescaped("".join(texts))))
                return
            start = 0
            end = closing_quote(self.text, start)
        texts.append(self.text[start:end])
        self.position = end + 1
        self.mark("single_quoted", opening, self.base + self.position)
        pieces.append(DollarQuoted(unescaped("".join(texts))))

    def _take(self, characters: frozenset[str]) -> str:
        """Take as many of the characters as there are, over joined lines."""
        pieces = []
        while True:
            text = self.text
            start = end = self.position
            while text[end] in characters:
                end += 1
            self.position = end
            pieces.append(text[start:end])
            if text[end] != "\\" or text[end + 1] != "\n":
                return "".join(pieces)
            self.continue_line()

    def _next(self) -> str:
        """Return the character at `position`, after joined lines."""
        while self.text.startswith("\\\n", self.position):
            self.continue_line()
        return self.text[self.position]

    # -------------------------------------------------------------------- in braces

    def _braced(self, pieces: list[Part | str], start: int, *, is_quoted: bool) -> None:
        """Scan `${parameter}`, perhaps with an operator and its word."""
        self.position += 2
        name, operator = self._name_in_braces()
        if not operator and name and self._next() != "}":
            operator = self._operator_in_braces()
        if operator and operator != LENGTH:
            self.mark("parameter", start, self.base + self.position)
            # A pattern has quotes of its own, also inside double quotes (POSIX XCU 2.6.2).
            is_quoted = is_quoted and operator[0] not in _REMOVALS
            word = self._operand(start, is_quoted=is_quoted)
            pieces.append(Parameter(name, braced=True, operator=operator, operand=word))
            return
        if name and self._next() == "}":
            self.position += 1
            self.mark("parameter", start, self.base + self.position)
        else:
            self._bad_parameter(start, name)
        pieces.append(Parameter(name or "?", braced=True, operator=operator))

    def _name_in_braces(self) -> tuple[str, str]:
        """Take the parameter's name, and a `#` before it that asks for its length."""
        char = self._next()
        if char in LETTERS:
            return self._take(NAME), ""
        if char in DIGITS:
            return self._take(DIGITS), ""
        if char not in SPECIAL_PARAMETERS:
            return "", ""
        self.position += 1
        if char == "#" and self._next() in _NAMED:
            following = self.text[self.position]
            if following in LETTERS or following in DIGITS:
                return self._take(NAME if following in LETTERS else DIGITS), LENGTH
            # `${#-}` is the length of `$-`, but `${#-x}` is `$#`, or x where it is unset.
            if self.text.startswith("\\\n", self.position + 1):
                self.join(self.position + 1)
            if self.text[self.position + 1] == "}":
                self.position += 1
                return following, LENGTH
        return char, ""

    def _operator_in_braces(self) -> str:
        """Take the operator after the parameter's name; empty where there is none."""
        char = self.text[self.position]
        if char in _REMOVALS:
            self.position += 1
            if self._next() != char:
                return char
            self.position += 1
            return char + char
        if char in _CONDITIONS:
            self.position += 1
            return char
        if char == ":":
            if self.text.startswith("\\\n", self.position + 1):
                self.join(self.position + 1)
            following = self.text[self.position + 1]
            if following in _CONDITIONS:
                self.position += 2
                return char + following
        return ""

    def _operand(self, start: int, *, is_quoted: bool) -> Word:
        """Scan the word up to the `}`."""
        self.deepen(start)
        first = self.base + self.position
        if is_quoted:
            parts = self.quoted_parts("}")
        else:
            parts = self.operand_parts()
        end = self.base + self.position
        if self.text[self.position] == "}":
            self.position += 1
            self.mark("parameter", end, end + 1)
        else:
            self.unfinished("'}' is missing: '${' is never closed", start, start + 2)
        self.depth -= 1
        if parts and type(parts[0]) is Literal and parts[0].text[0] == "~" and not is_quoted:
            from simpsh.shell.language.tilde_prefixes import tildes_in_braces

            parts = tildes_in_braces(parts)
        return Word(parts, self.outermost(first), self.outermost(end))

    def _bad_parameter(self, start: int, name: str) -> None:
        """Report `${…}` with something else than a parameter inside."""
        from simpsh.shell.language.left_out_constructs import parameter_operator

        stop = self.text.find("}", self.position)
        after = stop + 1 if stop >= 0 else len(self.text) - 1
        text = self.text[max(0, start - self.base) : after]
        rest = self.text[self.position : after]
        self.position = after
        message = parameter_operator(name, rest, text)
        self.mark("left_out" if message else "error", start, self.base + after)
        if message:
            self.left_out(message, start, self.base + after)
        elif stop < 0 and not rest and self.text[after] == END:
            self.unfinished(f"'}}' is missing after '{text}'", start, self.base + after)
        elif stop < 0:
            self.mistake(f"'}}' is missing after '${{{name}'", start, self.base + after)
        else:
            self.mistake(f"'{text}' names no parameter", start, self.base + after)

    # ------------------------------------------------------- arithmetic, substitutions

    def _opens_list(self, start: int) -> bool:
        """Go after the `(` of `$(`; False where it begins arithmetic instead."""
        while self.text.startswith("\\\n", self.position + 2):
            self.join(self.position + 2)
        if self.text[self.position + 2] == "(":
            return False
        self.position += 2
        self.deepen(start)
        return True

    def _arithmetic(self, pieces: list[Part | str], start: int) -> None:
        """Scan `$((expression))`, whose text is read as if it were in double quotes."""
        self.deepen(start)
        self.position += 3
        self.mark("arithmetic", start, self.base + self.position)
        expression = self.arithmetic_parts()
        end = self.base + self.position
        if self.text[self.position] == ")":
            self.position += 1
            if self._next() == ")":
                self.position += 1
                self.mark("arithmetic", end, self.base + self.position)
            else:
                self.mark("error", end, end + 1)
                self.mistake(
                    "a ')' is missing: '$((' ends with '))'; "
                    "for a subshell within '$(', write '$( ('",
                    end,
                    end + 1,
                )
        else:
            self.unfinished("'))' is missing: '$((' is never closed", start, start + 3)
        self.depth -= 1
        pieces.append(Arithmetic(expression))

    # --------------------------------------------------------- answered by those above

    def quoted_parts(self, stop: str) -> tuple[Part, ...]:
        """Scan what is inside quotes up to `stop`; whoever knows words answers this."""
        raise NotImplementedError(stop)

    def operand_parts(self) -> tuple[Part, ...]:
        """Scan the word up to a `}`; whoever knows words answers this."""
        raise NotImplementedError

    def arithmetic_parts(self) -> tuple[Part, ...]:
        """Scan up to a `)` without its `(`; whoever knows words answers this."""
        raise NotImplementedError

    def substitution(self, start: int) -> List:
        """Scan a command list and the `)` after it; whoever knows lists answers this."""
        raise NotImplementedError(start)

    def unclosed(self, quote: str, opening: int, first_mark: int) -> None:
        """Report a quote that nothing closes; whoever knows quotes answers this."""
        raise NotImplementedError(quote, opening, first_mark)

    # ------------------------------------------------------------------------ left out

    def leave_out(self, construct: str, start: int, end: int) -> None:
        """Report a construct by its name; what to do instead is looked up only now."""
        from simpsh.shell.language.left_out_constructs import alternative

        self.left_out(alternative(construct), start, end)

    def left_out(self, message: str, start: int, end: int) -> None:
        """Report a construct that simpsh leaves out on purpose.

        Raises:
            LeftOut: Always here; a tolerant reader notes the place and continues.
        """
        from simpsh.base.errors import LeftOut

        raise LeftOut(message, **self.place(start, end))
