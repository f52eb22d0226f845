"""Tokens: where one begins and where it ends (POSIX XCU 2.3), and here-documents (2.7.4).

A here-document is announced by `<<` and read when the line ends. Backslash-newline joins lines
before one of them is compared with an unquoted delimiter, and no construct inside the body can
reach beyond it.
"""

from __future__ import annotations

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.characters import (
    BLANKS,
    END,
    OPERATORS,
    REDIRECTIONS,
    WORD_ENDS,
    is_continued,
    is_name,
    is_number,
)
from simpsh.shell.language.expansion_scanner import TEXT
from simpsh.shell.language.input_source import OpenAlias
from simpsh.shell.language.syntax_tree import (
    Arithmetic,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    HereDocument,
    Literal,
    Parameter,
    SingleQuoted,
    Tilde,
    Word,
)
from simpsh.shell.language.word_roles import (
    AFTER_COMPOUND,
    AFTER_REDIRECTION,
    ASSIGNMENT,
    COMMAND,
    DELIMITER,
    EXPECTED_AFTER,
    EXPECTED_BETWEEN,
    FUNCTION_BODY,
    IN_ARGUMENTS,
    IN_EXPORT,
    IN_PARENTHESES,
    IN_PREFIX,
    INPUT_END,
    KEPT_OVER_LINES,
    LEFT_OUT_OPERATOR,
    NEWLINE,
    REDIRECTION,
    STARTS_COMMAND,
    STARTS_PIPELINE,
    TARGET,
    WORD,
    RoleScanner,
    is_assignment,
)
from simpsh.shell.language.word_scanner import Cuttings, WordScanner, taken_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.language.input_source import ReadLine
    from simpsh.shell.language.syntax_tree import List, Part
    from simpsh.shell.language.word_roles import Payload, Token

MAX_DESCRIPTOR_DIGITS = 9
"""More digits before `<` or `>` are a word; no system has such a descriptor."""


class Lexer(RoleScanner):
    """Gives one token after the other as `token`."""

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        super().__init__(read_line, first_line=first_line, at_prompt=at_prompt)
        self.previous: Token = self.token
        """The token before it."""
        self.is_alias_checked = False
        """Whether the next word is looked up wherever it stands."""
        self.token_line = first_line
        """The line on which the token begins."""
        self.pending: list[HereDocument] = []
        """Here-documents whose lines follow the next newline."""

    def advance(self) -> None:
        """Make the next token the current one, pulling lines as far as it reaches."""
        self.previous = self.token
        expects = self.expects
        text = self.text
        position = self.position
        while True:
            char = text[position]
            if char == " " or char == "\t":
                position += 1
                continue
            if char not in _OPENS_GAP:
                break
            self.position = position
            has_skipped = self._skip(char)
            text = self.text
            position = self.position
            if not has_skipped:
                break
        self.position = position
        self.token_line = self.line - 1
        if char in WORD_ENDS:
            self.token = self._operator(self.base + position)
        elif text[self.plain.find(" ", position)] in WORD_ENDS:
            self.token = self._word(self.base + position)
        else:
            self.token = self._word_in_parts(self.base + position)
        if self.aliases or self.outer is not None:
            self._look_again(expects)

    def _look_again(self, expects: str) -> None:
        """Read what the token stands for in its place, if it is an alias."""
        if self.aliases and self._put_alias_in(expects):
            return
        if self.outer is not None:
            self.turn_outward()

    def _put_alias_in(self, expects: str) -> bool:
        """Read the text of an alias in place of the token, if it is one (POSIX XCU 2.3.1).

        Args:
            expects: What was expected before the token was read.

        Returns:
            Whether it did: then the token after it, its first one, is the current one.
        """
        kind, start, end, text = self.token
        is_next = self.close_aliases() or self.is_alias_checked
        self.is_alias_checked = False
        opened = self.open_aliases
        if (kind is COMMAND or (is_next and kind is WORD)) and isinstance(text, str):
            value = self.aliases.get(text)
            if value is not None and not any(text == one.name for one in opened):
                place = opened[0].place if opened else (start, end)
                self.open_aliases.append(
                    OpenAlias(text, self.left(), value[-1:] in tuple(BLANKS), place)
                )
                self.put_in(value)
                # What stands for an argument is looked up as that argument was.
                self.is_alias_checked = is_next
                self.expects = expects
                self.token = self.previous
                self.advance()
                return True
        if opened:
            # A person sees the name, and not what it stands for: that is where a caret belongs.
            self.token = (kind, *opened[0].place, text)
        return False

    def turn_outward(self) -> None:
        """Let the token's offsets be those of the outermost text, as the tree's are."""
        kind, start, end, payload = self.token
        start = self.outermost(start)
        self.token = (kind, start, max(start, self.outermost(end - 1) + 1), payload)

    def _skip(self, char: str) -> bool:
        """Skip a comment, joined lines or a line's end; False if `char` begins a token."""
        start = self.base + self.position
        if char == "#":
            end = len(self.text) - 1
            self.mark("comment", start, self.base + end)
            self.position = end
            return True
        if char == END:
            return self.load()
        if self.text[self.position + 1] != "\n":
            return False
        self.mark("escaped", start, start + 2)
        self.continue_line()
        return True

    # ------------------------------------------------------------------ operators

    def _operator(self, start: int) -> Token:
        """Take the longest operator that stands here."""
        char = self.text[self.position]
        if char == "\n":
            return self._newline(start)
        if char == END:
            return self._end(start)
        operator = self._longest_operator()
        end = self.base + self.position
        if operator in REDIRECTIONS:
            return self._redirect(start, operator, operator)
        if operator == "&" and self.text[self.position] == ">":
            return self._redirect_both(start)
        return self._control_operator(operator, start, end)

    def _control_operator(self, operator: str, start: int, end: int) -> Token:
        """Say what may come after an operator that redirects nothing."""
        self.names_target = ""
        between = EXPECTED_BETWEEN.get((self.expects, operator))
        if between is not None:
            self.expects = between
            return (operator, start, end, operator)
        self.expects = EXPECTED_AFTER.get(operator, STARTS_PIPELINE)
        if operator == "(" and self.previous[0] is COMMAND and self.closes_at_once():
            self.expects = IN_PARENTHESES
        elif operator == "(":
            self.deepen(start)
        elif operator == ")":
            self.depth -= 1
        return (operator, start, end, operator)

    def _longest_operator(self) -> str:
        """Take an operator of one to three characters, over joined lines."""
        while True:
            position = self.position
            if self.text[position + 1] not in _EXTENDS:
                self.position = position + 1
                return self.text[position]
            length = 3
            while self.text[position : position + length] not in OPERATORS:
                length -= 1
            end = position + length
            if self.text[end : end + 2] != "\\\n":
                operator = self.text[position:end]
                self.position = end
                return operator
            self.join(end)

    def _newline(self, start: int) -> Token:
        """End the line; the here-documents announced on it follow."""
        self.leave_line()
        if self.expects not in KEPT_OVER_LINES:
            self.expects = STARTS_PIPELINE
        self.names_target = ""
        if self.pending:
            read_pending(self)
        return (NEWLINE, start, start + 1, "\n")

    def _redirect_both(self, start: int) -> Token:
        """Take `&>`, which other shells have for both outputs."""
        self.position += 1
        end = self.base + self.position
        self.names_target = TARGET
        self.leave_out("&>", start, end)
        return (LEFT_OUT_OPERATOR, start, end, "&>")

    def _end(self, start: int) -> Token:
        """End the input; here-documents announced on its last line have what is left."""
        if self.pending:
            read_pending(self)
        return (INPUT_END, start, start, "")

    def _redirect(self, start: int, operator: str, text: str) -> Token:
        """Take a redirection operator; `text` is the same with its number."""
        if operator in ("<", ">") and self.text[self.position] == "(":
            end = self.base + self.position
            self.leave_out(operator + "(", start, end + 1)
            return (LEFT_OUT_OPERATOR, start, end, text)
        if self.expects in (STARTS_PIPELINE, STARTS_COMMAND, FUNCTION_BODY):
            self.expects = IN_PREFIX
        elif self.expects is AFTER_COMPOUND:
            self.expects = AFTER_REDIRECTION
        self.names_target = DELIMITER if operator in ("<<", "<<-") else TARGET
        return (REDIRECTION, start, self.base + self.position, text)

    # ---------------------------------------------------------------------- words

    def _word(self, start: int) -> Token:
        """Take a word without quotes or expansions and say what it is at this place."""
        position = self.position
        end = self.plain.find(" ", position)
        first_mark = 0 if self.marks is None else len(self.marks)
        text = self.text[position:end]
        self.position = end
        if self.marks is not None:
            self.marks.append((TEXT, start, self.base + end))
        if (
            self.expects is not IN_ARGUMENTS
            or self.names_target
            or text[0] == "~"
            or (self.text[end] in "<>" and (is_number(text) or text[0] == "{"))
        ):
            return self._plain_word(start, text, first_mark)
        token = (WORD, start, self.base + end, text)
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def _word_in_parts(self, start: int) -> Token:
        """Take a word with quotes or expansions in it."""
        first_mark = 0 if self.marks is None else len(self.marks)
        parts = self.parts()
        if len(parts) == 1 and isinstance(parts[0], Literal):
            return self._plain_word(start, parts[0].text, first_mark)
        return self._token_of(self.kind_of_parts(parts), start, parts, first_mark)

    def _plain_word(self, start: int, text: str, first_mark: int) -> Token:
        """Make a token of such a word where something else than an argument may stand."""
        if is_number(text) and self._is_descriptor(text):
            return self._numbered(start, text, first_mark)
        if text[0] == "{" and self.text[self.position] in "<>" and is_name(text[1:-1]):
            self.leave_out("{fd}>", start, self.base + self.position + 1)
        return self._token_of(self.kind_of_plain(text, start), start, text, first_mark)

    def _token_of(self, kind: str, start: int, payload: Payload, first_mark: int) -> Token:
        """Make a token of the word that ends here."""
        token = (kind, start, self.base + self.position, self._with_tildes(kind, payload))
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def mark_word(self, token: Token, first_mark: int) -> None:
        """Say what the plain marks from `first_mark` on belong to; a tolerant reader does."""

    def substitution(self, start: int) -> List:
        """Read the list of `$( list )`, and be again where the word that holds it is read."""
        around = (self.token, self.previous, self.token_line)
        place = (self.expects, self.names_target, self.pending)
        self.expects = STARTS_PIPELINE
        self.names_target = ""
        self.pending = []
        body = self.list_inside(start)
        self.token, self.previous, self.token_line = around
        self.expects, self.names_target, self.pending = place
        return body

    def list_inside(self, start: int) -> List:
        """Read a command list and the `)` after it; whoever knows lists answers this."""
        raise NotImplementedError(start)

    def take_marks(self, inner: WordScanner) -> None:
        """Take over the marks of a text that was taken out of this one; a tolerant reader does."""

    def refuse(self, message: str, start: int, end: int) -> None:
        """Report tokens, by their offsets in the outermost text.

        Raises:
            SyntaxMistake: Always here; a tolerant reader continues.
        """
        raise SyntaxMistake(message, **self.origin(start, end))

    def _is_descriptor(self, digits: str) -> bool:
        """Return whether digits stand directly before a redirection operator."""
        return self.text[self.position] in "<>" and len(digits) <= MAX_DESCRIPTOR_DIGITS

    def _numbered(self, start: int, digits: str, first_mark: int) -> Token:
        """Take the redirection operator after its number."""
        if self.marks is not None:
            del self.marks[first_mark:]
        operator = self._longest_operator()
        return self._redirect(start, operator, digits + operator)

    def _with_tildes(self, kind: str, payload: Payload) -> Payload:
        """Find the tilde prefixes of a word, where it can have any."""
        if "~" not in payload and isinstance(payload, str):
            return payload
        assigns = kind is ASSIGNMENT or (kind is WORD and self.expects is IN_EXPORT)
        first = payload if type(payload) is str else payload[0]
        if type(first) is Literal:
            first = first.text
        if type(first) is not str or kind is DELIMITER:
            return payload
        assigns = assigns and is_assignment(first)
        if not (assigns or first[:1] == "~"):
            return payload
        from simpsh.shell.language.tilde_prefixes import with_tildes

        return with_tildes(payload, assigns=assigns)


_EXTENDS = frozenset("&|;<>-\\")
"""What can make the operator before it longer."""
_OPENS_GAP = frozenset("\\#" + END)


def announce(lexer: Lexer, redirection: str, start: int) -> HereDocument:
    """Make the here-document whose delimiter is the current token; its body comes later.

    Args:
        lexer: Stands at the delimiter.
        redirection: `<<` or `<<-`, perhaps after a number.
        start: The offset of the redirection.
    """
    operator = redirection.lstrip("0123456789")
    digits = redirection[: -len(operator)]
    _, at, end, payload = lexer.token
    delimiter = _delimiter(lexer, payload)
    document = HereDocument(
        delimiter,
        Word(()),
        not isinstance(payload, str) and any(_is_quoted(part) for part in payload),
        operator == "<<-",
        int(digits) if digits else None,
        start,
        end,
    )
    if "\n" in delimiter:
        lexer.refuse("a here-document's delimiter cannot hold a newline", at, end)
    lexer.pending.append(document)
    return document


def read_pending(lexer: Lexer) -> None:
    """Read the bodies of the announced here-documents, which begin at the next line."""
    pending, lexer.pending = lexer.pending, []
    for document in pending:
        first_line = len(lexer.lines)
        # A body comes later than the command that holds it, so the record is completed
        # here; until the newline only the parser has seen it.
        object.__setattr__(document, "body", _body(lexer, document))
        del lexer.lines[first_line:]
    lexer.leave_line()


def _is_quoted(part: Part) -> bool:
    return isinstance(part, Escaped | SingleQuoted | DollarQuoted | DoubleQuoted)


def _delimiter(lexer: Lexer, payload: Payload) -> str:
    """Return the delimiter without its quotes; nothing in it is expanded."""
    if isinstance(payload, str):
        return payload
    texts = []
    for part in payload:
        if isinstance(part, DoubleQuoted):
            texts.append(_delimiter(lexer, part.parts))
        elif isinstance(part, Literal | Escaped | SingleQuoted | DollarQuoted):
            texts.append(part.text)
        elif isinstance(part, Parameter | Arithmetic):
            from simpsh.shell.language.tree_printing import to_text

            texts.append(to_text(part))
        elif isinstance(part, Tilde):
            texts.append("~" + part.user)
        else:
            _, start, end, _ = lexer.token
            lexer.refuse(
                "a here-document's delimiter is taken as it stands; no command can be in it",
                start,
                end,
            )
    return "".join(texts)


def _body(lexer: Lexer, document: HereDocument) -> Word:
    """Read one body and, unless the delimiter was quoted, scan what it is made of."""
    start = lexer.offset
    number = lexer.line
    cuttings = Cuttings()
    end = _read_lines(lexer, document, cuttings)
    text = cuttings.text()
    if document.quoted:
        lexer.mark("here_document", start, end)
        parts: tuple[Part, ...] = (SingleQuoted(text),)
    elif "$" in text or "\\" in text or "`" in text:
        inner = taken_out(lexer, cuttings, first_line=number)
        inner.quoted_mark = "here_document"
        # A body counts as a level: what nests in it costs the parser its calls, too.
        inner.deepen(0)
        parts = inner.quoted_parts(END)
        lexer.take_marks(inner)
    else:
        lexer.mark("here_document", start, end)
        parts = (Literal(text),) if text else ()
    if end < lexer.offset:
        lexer.mark("here_delimiter", end, end + len(lexer.lines[-1][2].strip("\t\n")))
    return Word(parts, lexer.outermost(start), lexer.outermost(end))


def _read_lines(lexer: Lexer, document: HereDocument, cuttings: Cuttings) -> int:
    """Collect the lines of a body; return the offset of the delimiter's line."""
    delimiter = document.delimiter
    joined: list[tuple[str, int]] = []
    while True:
        offset = lexer.offset
        whole = lexer.pull()
        if whole is None:
            _end_with_input(lexer, document, cuttings, joined)
            return offset
        line = whole.lstrip("\t") if document.strips_tabs and not joined else whole
        joined.append((line, offset + len(whole) - len(line)))
        if not document.quoted and is_continued(line):
            continue
        if len(joined) > 1:
            line = "".join(text[:-2] for text, _ in joined[:-1]) + line
        if line.rstrip("\n") == delimiter:
            return joined[0][1]
        for text, at in joined:
            cuttings.add(text, at)
        joined.clear()


def _end_with_input(
    lexer: Lexer, document: HereDocument, cuttings: Cuttings, joined: list[tuple[str, int]]
) -> None:
    """Let the body end where the input does, as in dash, and with a newline.

    Raises:
        IncompleteInput: At a prompt, where more lines may follow.
    """
    if lexer.at_prompt:
        raise IncompleteInput(
            f"the line '{document.delimiter}' that ends the here-document is missing",
            **lexer.origin(document.start, document.end),
        )
    line = lexer.origin(document.start, document.end)["line"]
    delimiter = document.delimiter
    lexer.warn(line, f"the here-document is not closed: no line is exactly '{delimiter}'")
    for text, at in joined:
        cuttings.add(text, at)
    text = cuttings.text()
    if joined:
        ending = "\n"
    elif not text or text.endswith("\n"):
        ending = ""
    elif not document.quoted and is_continued(text + "\n"):
        # A backslash with nothing after it stands for itself, and needs one of its own.
        ending = "\\\n"
    else:
        ending = "\n"
    cuttings.add(ending, lexer.offset)
