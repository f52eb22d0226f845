"""The lexer: lines become tokens, and words their parts (POSIX XCU 2.2, 2.3, 2.6, 2.7.4, 2.10).

A word is one token, including its quotes and substitutions. The lexer decides whether a word is a
command's name, an argument, an assignment or a reserved word, for the parser and the highlighter.

In the tolerant mode, with `marks`, the lexer raises no errors and marks all elements of the text.
The subclasses, the parser and tolerant_lexer.py, read the lists inside substitutions.
"""

from __future__ import annotations

from simpsh.base.errors import IncompleteInput
from simpsh.base.record import changed
from simpsh.shell.language.characters import (
    BLANKS,
    CLOSING_WORDS,
    DECLARING,
    DIGITS,
    END,
    INPUT_END,
    LEFT_OUT_RESERVED,
    LETTERS,
    MAX_DESCRIPTOR_DIGITS,
    NAME,
    NEWLINE,
    OPENING_WORDS,
    OPERATORS,
    REDIRECTIONS,
    RESERVED,
    SPECIAL_PARAMETERS,
    TYPED_RESERVED,
    WORD_ENDS,
    is_assignment,
    is_continued,
    is_name,
    is_number,
)
from simpsh.shell.language.input_source import Cuttings, InputSource, OpenAlias, line_reader
from simpsh.shell.language.syntax_tree import (
    BAD,
    LENGTH,
    AndOr,
    Arithmetic,
    ArrayValue,
    CommandSubstitution,
    DoubleQuoted,
    FileRedirection,
    HereDocument,
    List,
    Literal,
    Parameter,
    Part,
    Pipeline,
    ProcessSubstitution,
    Quoted,
    Word,
    merged,
    nodes_in,
    sole_command,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.shell.language.input_source import ReadLine

# The kinds of tokens; the kind of an operator or a reserved word is its text.
COMMAND = "command"
WORD = "word"
ASSIGNMENT = "assignment"
TARGET = "target"
DELIMITER = "here_delimiter"
REDIRECTION = "redirection"
LEFT_OUT = "left_out"
ARITHMETIC = "(("

# The states of the lexer, named by what may follow:
STARTS_PIPELINE = "a pipeline, so that `!` and `time` are reserved"
STARTS_COMMAND = "a command after `|`"
IN_PREFIX = "a command's name, after assignments or redirections"
IN_ARGUMENTS = "an argument"
IN_EXPORT = "an argument of export, which may be an assignment"
AFTER_COMMAND = "an argument of command, which may be export"
AFTER_COMPOUND = "anything that may follow `)` or `}`"
AFTER_REDIRECTION = "anything that may follow a redirection after `)` or `}`"
IN_PARENTHESES = "the `)` of a function definition"
FUNCTION_BODY = "the body of a function, after `name()`"
LOOP_NAME = "the variable of `for`"
AFTER_NAME = "`in` or `do`"
SUBJECT = "the word of `case`"
AFTER_SUBJECT = "`in`"
FIRST_PATTERN = "a pattern of `case`, `(` before it, or `esac`"
PATTERN = "a pattern of `case`"
AFTER_PATTERN = "`|` or `)`"
IN_CONDITION = "a word or an operator in `[[ ]]`"
IN_REGEX = "the regular expression after `=~` in `[[ ]]`"
FUNCTION_NAME = "the name after `function`"


RESERVED_ANYWHERE = RESERVED | {"-p"}
"""The reserved words, and the option of `time`."""
EXPECTED_AFTER = {
    ")": AFTER_COMPOUND,
    "|": STARTS_COMMAND,
    "|&": STARTS_COMMAND,
    "for": LOOP_NAME,
    "select": LOOP_NAME,
    "function": FUNCTION_NAME,
    "[[": IN_CONDITION,
    "case": SUBJECT,
    ";;": FIRST_PATTERN,
    ";&": FIRST_PATTERN,
}
"""The state after an operator or a reserved word; the default is STARTS_PIPELINE."""
EXPECTED_BETWEEN = {
    (FIRST_PATTERN, "("): PATTERN,
    (AFTER_PATTERN, "|"): PATTERN,
    (AFTER_PATTERN, ")"): STARTS_PIPELINE,
    (IN_PARENTHESES, ")"): FUNCTION_BODY,
    **{(IN_CONDITION, operator): IN_CONDITION for operator in ("&&", "||", "(", ")", "<", ">")},
}
"""The state after an operator that has a special meaning in its own state."""
KEPT_ACROSS_LINES = frozenset(
    (AFTER_NAME, AFTER_SUBJECT, FIRST_PATTERN, FUNCTION_BODY, IN_CONDITION)
)
"""The states that a newline does not change."""
EXPECTED_AFTER_WORD = {
    LOOP_NAME: AFTER_NAME,
    AFTER_NAME: IN_ARGUMENTS,
    SUBJECT: AFTER_SUBJECT,
    AFTER_SUBJECT: IN_ARGUMENTS,
    FIRST_PATTERN: AFTER_PATTERN,
    PATTERN: AFTER_PATTERN,
    FUNCTION_NAME: FUNCTION_BODY,
}
"""The state after a word, by the state before it."""
_EXPECTED_AFTER_RESERVED = {
    (AFTER_NAME, "in"): IN_ARGUMENTS,
    (AFTER_NAME, "do"): STARTS_PIPELINE,
    (AFTER_SUBJECT, "in"): FIRST_PATTERN,
    (FIRST_PATTERN, "esac"): AFTER_COMPOUND,
}
"""The state after a word that is reserved only in these states."""
EXPECTED_IN = {**dict.fromkeys(DECLARING, IN_EXPORT), "command": AFTER_COMMAND}
"""The state after a command's name; the default is IN_ARGUMENTS."""

Payload = str | tuple[Part, ...]
Token = tuple[str, int, int, Payload]
"""A token: its kind, its offsets, and the text or the parts of a word."""
Mark = tuple[str, int, int]
"""An element of the text: its kind and its offsets."""
Pieces = list[Part | str]
"""The parts of a word that is being read; adjacent strings are not merged."""

TEXT = "text"
"""The mark of a run of plain text, until its word is known."""

_OPERATOR_EXTENDS = frozenset("&|;<>-\\")
"""The characters that may extend the operator before them."""
_OPENS_GAP = frozenset("\\#" + END)
"""The characters that may begin a comment, a joined line or the end of a line."""
_PARTICULAR = frozenset((IN_CONDITION, IN_REGEX))
"""The states in which words and operators are not the ordinary ones."""
_SPECIAL = RESERVED_ANYWHERE | LEFT_OUT_RESERVED | EXPECTED_IN.keys()
"""The words that change the state in their own way at the beginning of a command."""
_BEFORE_RESERVED = frozenset((STARTS_PIPELINE, STARTS_COMMAND, AFTER_COMPOUND, FUNCTION_BODY))
_BEFORE_NAME = frozenset((STARTS_PIPELINE, STARTS_COMMAND, IN_PREFIX, FUNCTION_BODY))
_CONTINUING = frozenset(("then", "elif", "else", "do"))

_NAME_CHARACTERS, _DIGITS = "".join(NAME), "".join(DIGITS)
_NAMED = LETTERS | DIGITS | SPECIAL_PARAMETERS
_REMOVALS = frozenset("%#")
_CONDITIONS = frozenset("-=?+")

_QUOTED_STOPS = {'"': frozenset('"$`\\'), END: frozenset("$`\\"), "}": frozenset('}"$`\\')}
_OPERAND_STOPS = frozenset("}'\"\\$`")
_ARITHMETIC_STOPS = frozenset("()\\$`")
_ESCAPED_BEFORE = {'"': '"', END: "", "}": '}"', ")": ""}
"""Maps the end of the quotes to the characters that `\\` escapes, besides `$`, "`" and `\\`."""
_OPEN_QUOTES = {"'": "quote", '"': "dquote", "`": "bquote"}
_QUOTE_NAMES = {"'": "single quote '", '"': 'double quote "', "`": "backquote `"}


class Lexer(InputSource):
    """Reads the tokens one by one into `token`."""

    def __init__(
        self,
        read_line: ReadLine,
        *,
        first_line: int = 1,
        at_prompt: bool = False,
        marks: list[Mark] | None = None,
    ) -> None:
        super().__init__(read_line, first_line=first_line, at_prompt=at_prompt)
        self.marks = marks
        """The elements found so far, in the tolerant mode; None in the strict one."""
        self.is_tolerant = marks is not None
        self.token: Token = (NEWLINE, 0, 0, "")
        """The current token."""
        self.previous: Token = self.token
        """The token before it."""
        self.token_line = first_line
        """The line on which the current token begins."""
        self.expects = STARTS_PIPELINE
        """The state."""
        self.names_target = ""
        """TARGET or DELIMITER if the next word follows a redirection operator."""
        self.pending: list[HereDocument] = []
        """Here-documents whose lines follow the next newline."""
        self.quoted_mark = "double_quoted"
        """The mark for plain text inside double quotes, or in a here-document."""

    def mark(self, kind: str, start: int, end: int) -> None:
        """Add a mark in the tolerant mode."""
        if self.marks is not None:
            self.marks.append((kind, start, end))

    def advance(self) -> None:
        """Read the next token."""
        self.previous = self.token
        quick = self.quick
        expects = self.expects
        if quick is None or expects in _PARTICULAR or self.aliases:
            self._advance()
            return
        if self.text == END and not self.load():
            self.token_line = self.line - 1
            self.token = self._operator(self.base)
            return
        found = quick.match(self.text, self.position)
        if found is None:
            self._advance()
            return
        kind = found.lastindex
        position = found.end()
        end = self.base + position
        if kind == quick.LINE_END:
            self.token_line = self.line - 1
            self._end_line()
            self.token = (NEWLINE, end - 1, end, "\n")
            return
        read = found[kind]
        start = end - len(read)
        if kind == quick.OPERATOR:
            self.token_line = self.line - 1
            self.position = position
            self.token = self._operator_token(read, start, end)
            return
        payload = read if kind == quick.PLAIN else quick.payloads.get(read)
        if payload is None:
            self._advance()
            if self.position == position:
                quick.remember(quick.payloads, read, self.token[3])
            return
        self.token_line = self.line - 1
        self.position = position
        if type(payload) is not str:
            kind = self._kind_of_parts(payload)
        elif expects is STARTS_PIPELINE and payload not in _SPECIAL and "=" not in payload:
            self.expects = IN_ARGUMENTS
            kind = COMMAND
        else:
            kind = self._kind_of_plain(payload, start)
        self.token = (kind, start, end, payload)

    def _advance(self) -> None:
        """Read any token."""
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
            start = self.base + position
            if char == "#":
                position = len(text) - 1
                self.mark("comment", start, self.base + position)
                continue
            self.position = position
            has_more = True
            if char == END:
                has_more = self.load()
            elif text[position + 1] == "\n":
                self.mark("escaped", start, start + 2)
                self.join(position)
            else:
                break
            text = self.text
            position = self.position
            if not has_more:
                break
        self.position = position
        self.token_line = self.line - 1
        if char in WORD_ENDS:
            self.token = self._operator(self.base + position)
        elif text[self.mask_unquoted().find(" ", position)] in WORD_ENDS:
            self.token = self._word(self.base + position)
        else:
            self.token = self._word_in_parts(self.base + position)
        if self.aliases:
            self._insert_alias(expects)

    def _insert_alias(self, expects: str) -> None:
        """If the token is an alias, insert its text and read the next token (POSIX XCU 2.3.1)."""
        kind, start, end, text = self.token
        is_next = self.close_aliases() or self.is_alias_checked
        self.is_alias_checked = False
        opened = self.open_aliases
        if (kind is COMMAND or (is_next and kind is WORD)) and isinstance(text, str):
            value = self.aliases.get(text)
            if value is not None and not any(text == alias.name for alias in opened):
                name_span = opened[0].name_span if opened else (start, end)
                has_blank = value[-1:] in tuple(BLANKS)
                self.open_aliases.append(OpenAlias(text, self.left(), has_blank, name_span))
                self.insert(value)
                self.is_alias_checked = is_next
                self.expects = expects
                self.token = self.previous
                self.advance()
                return
        if opened:
            # Carets point to the alias's name, since its text is not in the line.
            self.token = (kind, *opened[0].name_span, text)

    def _operator(self, start: int) -> Token:
        char = self.text[self.position]
        if char == END:
            if self.pending:
                self._read_here_documents()
            return (INPUT_END, start, start, "")
        if char == "\n":
            self._end_line()
            return (NEWLINE, start, start + 1, "\n")
        if self.expects is IN_REGEX:
            return self._regular_expression(start)
        in_condition = self.expects is IN_CONDITION
        if char in "<>" and self.text[self.position + 1] == "(":
            return self._word_in_parts(start)
        operator = self._longest_operator()
        end = self.base + self.position
        if operator in REDIRECTIONS and not (in_condition and operator in "<>"):
            return self._redirection(start, operator, operator)
        following = self.text[self.position]
        if operator + following in ("&>", "(("):
            read = self._both_outputs if operator == "&" else self._arithmetic_command
            token = read(start)
            if token is not None:
                return token
        return self._operator_token(operator, start, end)

    def _end_line(self) -> None:
        """Leave the line at its end, and read the here-documents that begin after it."""
        self.leave_line()
        if self.expects not in KEPT_ACROSS_LINES:
            self.expects = STARTS_PIPELINE
        self.names_target = ""
        if self.pending:
            self._read_here_documents()

    def _operator_token(self, operator: str, start: int, end: int) -> Token:
        """Return the token of a control operator, and set the state after it."""
        self.names_target = ""
        expects = self.expects
        between = EXPECTED_BETWEEN.get((expects, operator))
        if between is not None:
            self.expects = between
            return (operator, start, end, operator)
        self.expects = EXPECTED_AFTER.get(operator, STARTS_PIPELINE)
        is_named = self.previous[0] is COMMAND or expects is FUNCTION_BODY
        if operator == "(" and is_named and self._closes_at_once():
            self.expects = IN_PARENTHESES
        elif operator == "(":
            self.deepen(start)
        elif operator == ")":
            self.depth -= 1
        return (operator, start, end, operator)

    def _longest_operator(self) -> str:
        """Read an operator of one to three characters, across joined lines."""
        while True:
            position = self.position
            if self.text[position + 1] not in _OPERATOR_EXTENDS:
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

    def _closes_at_once(self) -> bool:
        """Return whether the next character is `)`, so that `(` begins a function definition."""
        at = self.position
        while self.text[at] in BLANKS or self.text.startswith("\\\n", at):
            if self.text[at] == "\\":
                before = at - self.position
                self.join(at)
                at = before
            else:
                at += 1
        return self.text[at] == ")"

    def _redirection(self, start: int, operator: str, text: str) -> Token:
        """Return the token of a redirection operator; `text` includes its number."""
        if self.expects in (STARTS_PIPELINE, STARTS_COMMAND, FUNCTION_BODY):
            self.expects = IN_PREFIX
        elif self.expects is AFTER_COMPOUND:
            self.expects = AFTER_REDIRECTION
        self.names_target = DELIMITER if operator in ("<<", "<<-") else TARGET
        return (REDIRECTION, start, self.base + self.position, text)

    def _both_outputs(self, start: int) -> Token | None:
        """Read `&>` or `&>>`; return None in a script, where `&` ends a command."""
        if not self.is_typed:
            self.leave_out("&>", start, start + 2)
            return None
        self.position += 1
        operator = "&>"
        if self.text[self.position] == ">":
            self.position += 1
            operator = "&>>"
        _, _, end, number = self.previous
        if end == start and isinstance(number, str) and is_number(number):
            target = self._take(_DIGITS)
            form = f"{number}>&{target}" if target else f"{number}>"
            message = f"did you mean {form}? '{operator}' sends both outputs to a file"
            self.refuse(message, start - len(number), self.base + self.position)
        self.accept(operator)
        return self._redirection(start, operator, operator)

    def _arithmetic_command(self, start: int) -> Token | None:
        """Read `((expression))`; return None for two subshells, the usual meaning in a script."""
        is_loop = self.expects is LOOP_NAME
        if not is_loop and not (self.is_typed and self.expects in _BEFORE_RESERVED):
            return None
        return self.arithmetic_token(start, is_loop=is_loop)

    def arithmetic_token(self, start: int, *, is_loop: bool = False) -> Token | None:
        """Read the rest of `((expression))`; read nothing and return None if no `))` ends it."""
        checkpoint = self.checkpoint()
        self.position += 1
        kind = "arithmetic" if self.is_typed else "left_out"
        self.mark(kind, start, start + 2)
        self.deepen(start)
        inside: Pieces = []
        try:
            self._expression(inside)
        except IncompleteInput as unfinished:
            unfinished.is_inside("math", start)
            raise
        end = self.base + self.position
        if self.text[self.position] == END:
            message = "'))' is missing: '((' is never closed"
            self.refuse_unfinished("math", message, start, start + 2)
        self.position += self.text[self.position] != END
        if self._next() != ")":
            self.rewind(checkpoint)
            return None
        self.commit()
        self.position += 1
        self.mark(kind, end, end + 2)
        self.depth -= 1
        self.expects = AFTER_NAME if is_loop else AFTER_COMPOUND
        return (ARITHMETIC, start, self.base + self.position, merged(inside))

    def _word(self, start: int) -> Token:
        if self.expects is IN_REGEX:
            return self._regular_expression(start)
        position = self.position
        end = self.mask_unquoted().find(" ", position)
        first_mark = 0 if self.marks is None else len(self.marks)
        text = self.text[position:end]
        following = self.text[end]
        if (following in "<>" and self.text[end + 1] == "(") or (
            following == "(" and text[-1] == "="
        ):
            return self._word_in_parts(start)
        self.position = end
        if self.marks is not None:
            self.marks.append((TEXT, start, self.base + end))
        if (
            self.expects is not IN_ARGUMENTS
            or self.names_target
            or text[0] == "~"
            or (following in "<>" and (is_number(text) or text[0] == "{"))
        ):
            return self._plain_word(start, text, first_mark)
        token = (WORD, start, self.base + end, text)
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def _word_in_parts(self, start: int) -> Token:
        if self.expects is IN_REGEX:
            return self._regular_expression(start)
        first_mark = 0 if self.marks is None else len(self.marks)
        parts = self._parts()
        if len(parts) == 1 and isinstance(parts[0], Literal):
            return self._plain_word(start, parts[0].text, first_mark)
        return self._word_token(self._kind_of_parts(parts), start, parts, first_mark)

    def _kind_of_parts(self, parts: tuple[Part, ...]) -> str:
        """Return the kind of a word that is not plain, and set the state after it."""
        if self.names_target:
            kind, self.names_target = self.names_target, ""
            return kind
        if self.expects not in _BEFORE_NAME:
            self.expects = EXPECTED_AFTER_WORD.get(self.expects, self.expects)
            return WORD
        if type(parts[0]) is Literal and is_assignment(parts[0].text):
            self.expects = IN_PREFIX
            return ASSIGNMENT
        self.expects = IN_ARGUMENTS
        return COMMAND

    def _regular_expression(self, start: int) -> Token:
        """Read the word after `=~`, in which brackets, `|` and `<` are not special."""
        pieces: Pieces = []
        brackets = 0
        first_mark = 0 if self.marks is None else len(self.marks)
        while True:
            char = self.text[self.position]
            if char in _PART:
                _PART[char](self, pieces)
                continue
            is_end = not brackets and (char in BLANKS or char == ")")
            if is_end or char == "\n" or char == END:
                break
            brackets += {"(": 1, ")": -1}.get(char, 0)
            pieces.append(char)
            self.mark(TEXT, self.base + self.position, self.base + self.position + 1)
            self.position += 1
        if self.marks is not None:
            self.marks[first_mark:] = [
                ("pattern" if kind is TEXT else kind, at, end)
                for kind, at, end in self.marks[first_mark:]
            ]
        self.expects = IN_CONDITION
        return (WORD, start, self.base + self.position, merged(pieces))

    def _plain_word(self, start: int, text: str, first_mark: int) -> Token:
        """Return the token of a plain word, or of a redirection that begins with it."""
        if self.text[self.position] in "<>" and self.expects is not IN_CONDITION:
            is_descriptor = is_number(text) and len(text) <= MAX_DESCRIPTOR_DIGITS
            if is_descriptor or (text[0] == "{" and text[-1] == "}" and is_name(text[1:-1])):
                if self.marks is not None:
                    del self.marks[first_mark:]
                operator = self._longest_operator()
                return self._redirection(start, operator, text + operator)
        return self._word_token(self._kind_of_plain(text, start), start, text, first_mark)

    def _word_token(self, kind: str, start: int, payload: Payload, first_mark: int) -> Token:
        """Return the token of a word, with its tilde prefixes parsed."""
        if "~" in payload if isinstance(payload, str) else any(map(_may_have_tilde, payload)):
            assigns = kind is ASSIGNMENT or (kind is WORD and self.expects is IN_EXPORT)
            first: Part | str = payload if isinstance(payload, str) else payload[0]
            if type(first) is Literal:
                first = first.text
            if isinstance(first, str) and kind is not DELIMITER:
                assigns = assigns and is_assignment(first)
                if assigns or first[:1] == "~":
                    from simpsh.shell.language.tilde_prefixes import with_tildes

                    parts = parts_of(payload)
                    cut = with_tildes(parts, assigns=assigns)
                    payload = payload if cut == parts else cut
        token = (kind, start, self.base + self.position, payload)
        if self.marks is not None:
            self.mark_word(token, first_mark)
        return token

    def mark_word(self, token: Token, first_mark: int) -> None:
        """Replace the plain marks, starting at `first_mark`; overridden in the tolerant mode."""

    def _kind_of_plain(self, text: str, start: int) -> str:
        expects = self.expects
        if self.names_target:
            kind, self.names_target = self.names_target, ""
            return kind
        if expects is IN_ARGUMENTS or expects is IN_EXPORT:
            return WORD
        if expects in EXPECTED_AFTER_WORD:
            after = _EXPECTED_AFTER_RESERVED.get((expects, text))
            self.expects = after or EXPECTED_AFTER_WORD[expects]
            if after is AFTER_COMPOUND:
                self.depth -= 1
            return text if after else WORD
        if expects is AFTER_COMMAND:
            self.expects = EXPECTED_IN.get(text, IN_ARGUMENTS)
            return WORD
        if expects is IN_CONDITION:
            self.expects = {"]]": AFTER_COMPOUND, "=~": IN_REGEX}.get(text, expects)
            return text if text == "]]" else WORD
        if expects in _BEFORE_RESERVED and text in LEFT_OUT_RESERVED:
            return self._find_left_out_word(text)
        if expects in _BEFORE_RESERVED and text in RESERVED_ANYWHERE:
            if text in CLOSING_WORDS:
                self.depth -= 1
                self.expects = AFTER_COMPOUND
                return text
            if self.expects is AFTER_COMPOUND and text not in _CONTINUING:
                return WORD
            is_time = text == "time" and self.expects is not STARTS_PIPELINE
            if is_time or (text == "-p" and self.token[3] != "time"):
                self.expects = IN_ARGUMENTS
                return COMMAND
            if text in OPENING_WORDS:
                self.deepen(start)
            self.expects = EXPECTED_AFTER.get(text, STARTS_PIPELINE)
            return "time" if text == "-p" else text
        if expects is AFTER_COMPOUND or expects is AFTER_REDIRECTION:
            return WORD
        if is_assignment(text):
            self.expects = IN_PREFIX
            return ASSIGNMENT
        self.expects = EXPECTED_IN.get(text, IN_ARGUMENTS)
        return COMMAND

    def _find_left_out_word(self, text: str) -> str:
        """Return the kind of a word that other shells reserve."""
        following = self.text[self.position :].replace(" ", "").replace("\t", "")
        functions = self.whole_input().functions
        if following.startswith("()"):
            functions.add(text)
        if text in functions:
            self.expects = IN_ARGUMENTS
            return COMMAND
        if self.is_tolerant and not (self.is_typed and text in TYPED_RESERVED):
            self.expects = IN_ARGUMENTS
            return LEFT_OUT
        self.expects = EXPECTED_AFTER.get(text, STARTS_COMMAND)
        return text

    def _parts(self) -> tuple[Part, ...]:
        pieces: Pieces = []
        while True:
            start = self.position
            end = self.mask_unquoted().find(" ", start)
            if end > start:
                pieces.append(self.text[start:end])
                if self.marks is not None:
                    self.marks.append((TEXT, self.base + start, self.base + end))
                self.position = end
            char = self.text[end]
            if char not in WORD_ENDS:
                _PART[char](self, pieces)
            elif char in "<>(" and self._continues_word(char, pieces):
                if char == "(":
                    self._array(pieces)
                else:
                    self._process_substitution(pieces)
            else:
                return merged(pieces)

    def _continues_word(self, char: str, pieces: Pieces) -> bool:
        """Return whether an array's value or a process substitution begins here."""
        if char == "(":
            name = "".join([piece for piece in pieces if isinstance(piece, str)])
            is_plain = all(isinstance(piece, str) for piece in pieces)
            if not is_plain or name[-1:] != "=" or self.names_target:
                return False
            return is_name(name[:-1].removesuffix("+").partition("[")[0])
        return self.text[self.position + 1] == "("

    def _process_substitution(self, pieces: Pieces) -> None:
        """Scan `<( list )` or `>( list )`."""
        start = self.base + self.position
        operator = self.text[self.position]
        opening = operator + "("
        mistake = None
        if self.is_typed:
            self.accept(opening)
        else:
            mistake = self.leave_out(opening, start, start + 2)
        self.deepen(start)
        self.position += 2
        pieces.append(ProcessSubstitution(operator, self._list_between(start, opening), mistake))

    def _array(self, pieces: Pieces) -> None:
        """Scan `(word …)` after `NAME=`."""
        start = self.base + self.position
        mistake = self.leave_out("NAME=(", start - len("".join(map(str, pieces))), start + 1)
        self.deepen(start)
        self.mark("left_out", start, start + 1)
        self.position += 1
        around = (self.token, self.previous, self.token_line, self.expects)
        self.expects = IN_ARGUMENTS
        parts: list[Part] = []
        while True:
            self.advance()
            kind, at, end, payload = self.token
            if kind is INPUT_END:
                message = "')' is missing: the list of an array is never closed"
                self.refuse_unfinished("array", message, start, at)
            if kind == ")" or kind is INPUT_END:
                break
            self.expects = IN_ARGUMENTS
            if kind is not WORD and kind is not NEWLINE:
                self.refuse("only words can be elements of an array", at, end)
            if kind is WORD:
                parts += (Literal(" "),) if parts else ()
                parts += parts_of(payload)
        self.mark("left_out", self.token[1], self.token[2])
        self.token, self.previous, self.token_line, self.expects = around
        pieces.append(ArrayValue(tuple(parts), mistake))

    def escape(self, pieces: Pieces) -> None:
        r"""Scan `\c`; a `\` before a newline joins two lines."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        if char == "\n":
            self.mark("escaped", start, start + 2)
            self.join(self.position)
        elif char == END:
            # As in dash, a backslash at the end of the input is literal.
            self.position += 1
            self.no_more_lines()
            self.mark("escaped", start, start + 1)
            pieces.append(Quoted("\\", "\\"))
        else:
            self.position += 2
            self.mark("escaped", start, start + 2)
            pieces.append(Quoted(char, "\\"))

    def single_quoted(self, pieces: Pieces, *, has_dollar: bool = False) -> None:
        """Scan `'…'` or `$'…'`, which may span lines."""
        if has_dollar:
            from simpsh.shell.language.dollar_quotes import closing_quote, unescape
        first_mark = len(self.marks) if self.marks is not None else 0
        opening = self.base + self.position
        start = self.position + (2 if has_dollar else 1)
        texts: list[str] = []
        while True:
            end = closing_quote(self.text, start) if has_dollar else self.text.find("'", start)
            if end >= 0:
                texts.append(self.text[start:end])
                self.position = end + 1
                self.mark("single_quoted", opening, self.base + self.position)
                break
            texts.append(self.text[start:].rstrip(END))
            if not self.load():
                self._refuse_unclosed("'", opening, first_mark)
                break
            start = 0
        text = "".join(texts)
        pieces.append(Quoted(unescape(text), "$'") if has_dollar else Quoted(text))

    def double_quoted(self, pieces: Pieces) -> None:
        """Scan `"…"`."""
        first_mark = len(self.marks) if self.marks is not None else 0
        opening = self.base + self.position
        self.deepen(opening)
        self.mark("double_quoted", opening, opening + 1)
        self.position += 1
        try:
            inside = self.scan_quoted('"')
        except IncompleteInput as unfinished:
            unfinished.is_inside("dquote", opening)
            raise
        if self.text[self.position] == '"':
            self.position += 1
            end = self.base + self.position
            self.mark("double_quoted", end - 1, end)
        else:
            self._refuse_unclosed('"', opening, first_mark)
        self.depth -= 1
        pieces.append(DoubleQuoted(inside))

    def scan_quoted(self, stop: str) -> tuple[Part, ...]:
        """Scan quoted text up to `stop`.

        `stop` is `"` in double quotes, END in a here-document, and `}` in the word of `${…}` inside
        either, which may contain double quotes again.
        """
        stops = _QUOTED_STOPS[stop]
        pieces: Pieces = []
        while True:
            char = self._run(pieces, stops, self.quoted_mark)
            if char == "$":
                self.dollar(pieces, self.quoted_mark)
            elif char == "`":
                # POSIX XCU 2.6.3: within double quotes, `\"` is an escape in backquotes, too.
                self.scan_backquotes(pieces, '\\`$"')
            elif char == "\\":
                self._scan_quoted_escape(pieces, stop)
            elif char == '"' != stop:
                self.double_quoted(pieces)
            else:
                return merged(pieces)

    def _run(self, pieces: Pieces, stops: frozenset[str], kind: str) -> str:
        """Read plain text across lines; return the character of `stops` that ends it, or END.

        The stops must be characters that QUOTED replaces.
        """
        while True:
            text = self.text
            start = self.position
            end = self.mask_quoted().find(" ", start)
            while text[end] not in stops and text[end] != "\n" and text[end] != END:
                end = self.mask_quoted().find(" ", end + 1)
            char = text[end]
            if char == "\n":
                end += 1
            if end > start:
                pieces.append(text[start:end])
                self.mark(kind, self.base + start, self.base + end)
                self.position = end
            if char != "\n" and char != END:
                return char
            if not self.load():
                return END

    def _scan_quoted_escape(self, pieces: Pieces, stop: str) -> None:
        r"""Scan a `\` inside double quotes: it escapes `$`, a backquote, `"`, `\` and newline."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        if char == "\n":
            self.mark("escaped", start, start + 2)
            self.join(self.position)
        elif char in "$`\\" or char in _ESCAPED_BEFORE[stop]:
            self.position += 2
            self.mark("escaped", start, start + 2)
            pieces.append(Quoted(char, "\\"))
        else:
            self.position += 1
            self.mark(self.quoted_mark, start, start + 1)
            if char == END:
                self.no_more_lines()
                pieces.append(Quoted("\\", "\\"))
            else:
                pieces.append("\\")

    def dollar(self, pieces: Pieces, plain_mark: str = TEXT) -> None:
        """Scan an expansion that `$` begins, or a literal `$`.

        `plain_mark` is the mark for plain text; it is not TEXT inside quotes.
        """
        start = self.base + self.position
        char = self.text[self.position + 1]
        while char == "\\" and self.text[self.position + 2] == "\n":
            self.join(self.position + 1)
            char = self.text[1]
        if char in LETTERS:
            self.position += 1
            name = self._take(_NAME_CHARACTERS)
            if name == "RANDOM" and self.is_typed:
                self.accept("$RANDOM")
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(name))
        elif char in SPECIAL_PARAMETERS or char in DIGITS:
            self.position += 2
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(char))
        elif char == "{":
            self._scan_braces(pieces, start, is_quoted=plain_mark != TEXT)
        elif char == "(":
            follows = self._next(2)
            self.deepen(start)
            if follows == "(":
                self._arithmetic(pieces, start)
            else:
                self.position += 2
                body = self._list_between(start, "$(")
                pieces.append(CommandSubstitution(self._list_that_prints(body, start)))
        elif char == "'" and plain_mark == TEXT:
            self.single_quoted(pieces, has_dollar=True)
        else:
            self.position += 1
            self.mark(plain_mark, start, start + 1)
            pieces.append("$")

    def _list_between(self, start: int, opening: str) -> List:
        """Read the list after `opening` up to its `)`, which decreases the depth."""
        around = (self.token, self.previous, self.token_line)
        state = (self.expects, self.names_target, self.pending)
        self.expects, self.names_target, self.pending = STARTS_PIPELINE, "", []
        try:
            body = self.list_inside(start, opening)
        except IncompleteInput as unfinished:
            unfinished.is_inside("cmdsubst", start)
            raise
        self.token, self.previous, self.token_line = around
        self.expects, self.names_target, self.pending = state
        return body

    def _list_that_prints(self, body: List, start: int) -> List:
        """Return the list of a substitution; at the prompt, `cat <file` for `$(<file)`."""
        command = sole_command(body)
        if command is None or command.words or command.assignments:
            return body
        first, *others = command.redirections
        is_input = isinstance(first, FileRedirection) and first.operator == "<"
        if others or not is_input or first.descriptor:
            return body
        self.note("$(<", start, self.base + self.position)
        cat = changed(command, words=(Word((Literal("cat"),)),))
        return List((AndOr(Pipeline((cat,))),)) if self.is_typed else body

    def _take(self, characters: str) -> str:
        pieces = []
        while True:
            rest = self.text[self.position :]
            after = rest.lstrip(characters)
            pieces.append(rest[: len(rest) - len(after)])
            self.position = len(self.text) - len(after)
            if after[:2] != "\\\n":
                return "".join(pieces)
            self.join(self.position)

    def _next(self, ahead: int = 0) -> str:
        """Return the character `ahead` of the position, after joining continued lines."""
        while self.text.startswith("\\\n", self.position + ahead):
            self.join(self.position + ahead)
        return self.text[self.position + ahead]

    def _scan_braces(self, pieces: Pieces, start: int, *, is_quoted: bool) -> None:
        self.position += 2
        name, operator = self._name_in_braces()
        if not operator and name and self._next() != "}":
            operator = self._operator_in_braces()
        is_plain = bool(name) and self._next() == "}"
        is_ended = "}" in self.text[self.position :]
        if is_ended and operator in ("", LENGTH) and not (is_plain or self.is_tolerant):
            # The interpreter reports it: a script may use it only when another shell runs it.
            name, operator = f"#{name}" if operator else name, BAD
        if not operator or operator == LENGTH:
            if name and self._next() == "}":
                self.position += 1
                self.mark("parameter", start, self.base + self.position)
            else:
                self._bad_parameter(start, name)
            pieces.append(Parameter(name or "?", braced=True, operator=operator))
            return
        self.mark("parameter", start, self.base + self.position)
        # POSIX XCU 2.6.2: the quotes around `${x#pattern}` do not quote the pattern.
        is_quoted = is_quoted and operator[0] not in _REMOVALS
        self.deepen(start)
        try:
            if is_quoted:
                parts = self.scan_quoted("}")
            else:
                # Blanks and operators are not special here.
                inside: Pieces = []
                while (char := self._run(inside, _OPERAND_STOPS, "word")) not in ("}", END):
                    _PART[char](self, inside)
                parts = merged(inside)
        except IncompleteInput as unfinished:
            unfinished.is_inside("braceparam", start)
            raise
        end = self.base + self.position
        if self.text[self.position] == "}":
            self.position += 1
            self.mark("parameter", end, end + 1)
        else:
            message = "'}' is missing: '${' is never closed"
            self.refuse_unfinished("braceparam", message, start, start + 2)
        self.depth -= 1
        if operator == BAD and not self.is_typed:
            self._note_operator(start, name)
        if parts and type(parts[0]) is Literal and parts[0].text[0] == "~" and not is_quoted:
            from simpsh.shell.language.tilde_prefixes import with_tildes

            parts = with_tildes(parts, assigns=False)
        pieces.append(Parameter(name, braced=True, operator=operator, operand=Word(parts)))

    def _note_operator(self, start: int, name: str) -> None:
        """Record a left-out operator in `${…}`."""
        from simpsh.base.errors import LeftOut
        from simpsh.shell.language.left_out_constructs import left_out_operator

        text = self.text[max(0, start - self.base) : self.position]
        message = left_out_operator(name, text[2 + len(name) :], text)
        if message:
            mistake = LeftOut(message, **self.location(start, self.base + self.position))
            self.whole_input().left_out.append(mistake)

    def _name_in_braces(self) -> tuple[str, str]:
        """Read the name of the parameter; return it and LENGTH or ""."""
        char = self._next()
        if char in LETTERS:
            return self._take(_NAME_CHARACTERS), ""
        if char in DIGITS:
            return self._take(_DIGITS), ""
        if char not in SPECIAL_PARAMETERS:
            return "", ""
        self.position += 1
        if char == "#" and self._next() in _NAMED:
            following = self.text[self.position]
            if following in LETTERS or following in DIGITS:
                kind = _NAME_CHARACTERS if following in LETTERS else _DIGITS
                return self._take(kind), LENGTH
            # `${#-}` is the length of `$-`, but `${#-x}` is `$#` with the default x.
            if self._next(1) == "}":
                self.position += 1
                return following, LENGTH
        return char, ""

    def _operator_in_braces(self) -> str:
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
            following = self._next(1)
            if following in _CONDITIONS:
                self.position += 2
                return char + following
        return ""

    def _bad_parameter(self, start: int, name: str) -> None:
        """Refuse `${` whose `}` is missing; in the tolerant mode mark a bad parameter."""
        from simpsh.shell.language.left_out_constructs import left_out_operator

        after = self.text.find("}", self.position) + 1 or len(self.text) - 1
        text = self.text[max(0, start - self.base) : after]
        is_left_out = left_out_operator(name, self.text[self.position : after], text)
        self.position = after
        end = self.base + after
        self.mark("left_out" if is_left_out else "error", start, end)
        self.refuse(f"'}}' is missing after '${{{name}'", start, end)

    def _arithmetic(self, pieces: Pieces, start: int) -> None:
        """Scan `$((expression))`."""
        self.position += 3
        self.mark("arithmetic", start, self.base + self.position)
        inside: Pieces = []
        try:
            self._expression(inside)
        except IncompleteInput as unfinished:
            unfinished.is_inside("mathsubst", start)
            raise
        char = self.text[self.position]
        end = self.base + self.position
        if char == END:
            message = "'))' is missing: '$((' is never closed"
            self.refuse_unfinished("mathsubst", message, start, start + 3)
        else:
            self.position += 1
            if self._next() == ")":
                self.position += 1
                self.mark("arithmetic", end, self.base + self.position)
            else:
                self.mark("error", end, end + 1)
                self.refuse(
                    "a ')' is missing: '$((' ends with '))'; "
                    "for a subshell within '$(', write '$( ('",
                    end,
                    end + 1,
                )
        self.depth -= 1
        parts = merged(inside)
        for part in parts:
            for operator in ("++", "--"):
                if isinstance(part, Literal) and operator in part.text:
                    self.note(operator, start, self.base + self.position)
        pieces.append(Arithmetic(parts))

    def _expression(self, inside: Pieces) -> None:
        """Scan an expression up to the `)` after it, or to the end of the input."""
        brackets = 0
        while True:
            char = self._run(inside, _ARITHMETIC_STOPS, "arithmetic")
            if char == "$":
                self.dollar(inside, "arithmetic")
            elif char == "`":
                self.scan_backquotes(inside)
            elif char == "\\":
                self._scan_quoted_escape(inside, ")")
            elif char == END or (char == ")" and not brackets):
                break
            else:
                brackets += 1 if char == "(" else -1
                inside.append(char)
                at = self.base + self.position
                self.mark("arithmetic", at, at + 1)
                self.position += 1

    def list_inside(self, start: int, opening: str) -> List:
        """Read a command list and the `)` after it."""
        raise NotImplementedError(start, opening)

    def whole(self) -> List:
        """Read everything up to the end of the input."""
        raise NotImplementedError

    def scan_backquotes(self, pieces: Pieces, escapable: str = "\\`$") -> None:
        """Scan from one backquote to the next, and parse the text between them.

        A backslash escapes only the characters of `escapable`; no other quotes count in the search
        for the closing backquote (POSIX XCU 2.6.3).
        """
        first_mark = len(self.marks) if self.marks is not None else 0
        opening = self.base + self.position
        first_line = self.line - 1
        self.deepen(opening)
        self.mark("substitution", opening, opening + 1)
        self.position += 1
        cuttings = Cuttings()
        is_closed = False
        while not is_closed:
            text = self.text
            start = self.position
            end = self.mask_quoted().find(" ", start)
            char, following = text[end], text[end + 1 : end + 2]
            if char == "\\" and following == "\n":
                cuttings.add(text[start:end], self.base + start)
                self.join(self.position)
            elif char == "\\" and following in escapable:
                cuttings.add(text[start:end], self.base + start)
                cuttings.add(following, self.base + end + 1)
                self.position = end + 2
            else:
                is_closed = char == "`"
                self.position = end + 1
                stop = end if is_closed or char == END else end + 1
                cuttings.add(text[start:stop], self.base + start)
                if char in ("\n", END) and not self.load():
                    break
        inner = self._make_lexer_of(cuttings, first_line)
        if not is_closed:
            self._refuse_unclosed("`", opening, first_mark)
        body = inner.whole()
        if is_closed:
            end = self.base + self.position
            self.mark("substitution", end - 1, end)
        body = self._list_that_prints(body, opening)
        pieces.append(CommandSubstitution(body, backquoted=True))
        self.depth -= 1

    def _make_lexer_of(self, cuttings: Cuttings, first_line: int) -> Lexer:
        """Return a lexer of the same class for a text that was extracted from this input."""
        marks: list[Mark] | None = None if self.marks is None else []
        inner = type(self)(line_reader(cuttings.text()), first_line=first_line, marks=marks)
        inner.outer = self
        inner.is_typed = self.is_typed
        inner.quick = self.quick
        inner.aliases = self.aliases
        if self.open_aliases:
            # The text is part of the text of these aliases.
            names = [alias.name for alias in self.open_aliases]
            inner.aliases = {
                name: value for name, value in self.aliases.items() if name not in names
            }
        inner.depth = self.depth
        inner.outward = cuttings.outward
        return inner

    def announce(self, redirection: str, start: int) -> HereDocument:
        """Return the here-document whose delimiter is the current token; its body is read later.

        `redirection` is `<<` or `<<-` with an optional number before it; `start` is its offset.
        """
        operator = redirection.lstrip("0123456789")
        digits = redirection[: -len(operator)]
        _, at, end, payload = self.token
        delimiter = self._delimiter(payload)
        is_quoted = not isinstance(payload, str) and any(
            isinstance(part, Quoted | DoubleQuoted) for part in payload
        )
        number = int(digits) if digits else None
        strips_tabs = operator == "<<-"
        document = HereDocument(delimiter, Word(()), is_quoted, strips_tabs, number, start, end)
        if "\n" in delimiter:
            self.refuse("a here-document's delimiter cannot hold a newline", at, end)
        self.pending.append(document)
        return document

    def _delimiter(self, payload: Payload) -> str:
        if isinstance(payload, str):
            return payload
        from simpsh.shell.language.tree_printing import as_written

        if any(isinstance(node, CommandSubstitution) for node in nodes_in(Word(payload))):
            message = "a here-document's delimiter is taken literally; "
            _, start, end, _ = self.token
            self.refuse(message + "no command can be in it", start, end)
        return as_written(payload)

    def _read_here_documents(self) -> None:
        """Read the bodies of the announced here-documents, which begin at the next line."""
        pending, self.pending = self.pending, []
        for document in pending:
            first_line = len(self.lines)
            start, number = self.offset, self.line
            cuttings = Cuttings()
            end = self._here_lines(document, cuttings)
            text = cuttings.text()
            parts: tuple[Part, ...] = (Literal(text),) if text else ()
            if not document.quoted and ("$" in text or "\\" in text or "`" in text):
                inner = self._make_lexer_of(cuttings, number)
                inner.quoted_mark = "here_document"
                inner.deepen(0)
                parts = inner.scan_quoted(END)
                self.take_marks(inner)
            else:
                self.mark("here_document", start, end)
                if document.quoted:
                    parts = (Quoted(text),)
            if end < self.offset:
                self.mark("here_delimiter", end, end + len(self.lines[-1][2].strip("\t\n")))
            # Complete the record after the command was read; only the parser has seen it.
            object.__setattr__(document, "body", Word(parts))
            del self.lines[first_line:]
        self.leave_line()

    def _here_lines(self, document: HereDocument, cuttings: Cuttings) -> int:
        """Collect the lines of a body; return the offset of the delimiter's line.

        An unquoted delimiter is compared with lines after joining. As in dash, the end of the input
        ends the body, with a newline.
        """
        delimiter = document.delimiter
        joined: list[tuple[str, int]] = []
        """Lines that end in a backslash, with their offsets."""
        while True:
            offset = self.offset
            whole = self.pull()
            if whole is None:
                break
            if not (joined or document.strips_tabs or whole[-2:] == "\\\n"):
                if whole.rstrip("\n") == delimiter:
                    return offset
                cuttings.add(whole, offset)
                continue
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
        if self.at_prompt:
            message = f"the line '{delimiter}' that ends the here-document is missing"
            unfinished = IncompleteInput(message, **self.location(document.start, document.end))
            unfinished.is_inside(f"heredoc {document.delimiter}", document.start)
            raise unfinished
        number = self.location(document.start, document.end)["line"]
        message = f"the here-document is not closed: no line is exactly '{delimiter}'"
        self.warn(number, message)
        for text, at in joined:
            cuttings.add(text, at)
        text = cuttings.text()
        ending = "\n"
        if not joined and (not text or text.endswith("\n")):
            ending = ""
        elif not joined and not document.quoted and is_continued(text + "\n"):
            # Escape a backslash at the end of the input, which is literal.
            ending = "\\\n"
        cuttings.add(ending, self.offset)
        return offset

    def take_marks(self, inner: Lexer) -> None:
        """Add the marks of a text that was extracted from this one."""
        outward = inner.outward
        for kind, start, end in inner.marks or ():
            if end > start and outward is not None:
                # A newline that was added to a body is beyond the text.
                self.mark(kind, outward(start), min(outward(end - 1) + 1, self.offset))

    def _refuse_unclosed(self, quote: str, opening: int, first_mark: int) -> None:
        """Report a quote that is not closed; `first_mark` is the index of its first mark."""
        marks = self.marks
        if marks is None:
            message = f"the {_QUOTE_NAMES[quote]} is never closed"
            self.refuse_unfinished(_OPEN_QUOTES[quote], message, opening, opening + 1)
        elif quote == "`":
            return
        elif any(kind == "substitution" for kind, _, _ in marks[first_mark:]):
            # Keep the highlighting of the commands inside.
            marks[first_mark:] = [
                ("error" if kind == "double_quoted" else kind, start, end)
                for kind, start, end in marks[first_mark:]
            ]
        else:
            marks[first_mark:] = [("error", opening, self.offset)]


# A table saves a call at each level of nesting, see MAX_DEPTH.
_PART: dict[str, Callable[[Lexer, Pieces], None]] = {
    "\\": Lexer.escape,
    "'": Lexer.single_quoted,
    '"': Lexer.double_quoted,
    "$": Lexer.dollar,
    "`": Lexer.scan_backquotes,
}
"""The scanner for each special character outside quotes."""


def parts_of(payload: Payload) -> tuple[Part, ...]:
    """Return the parts of a word."""
    return (Literal(payload),) if isinstance(payload, str) else payload


def _may_have_tilde(part: Part) -> bool:
    return type(part) is Parameter or (type(part) is Literal and "~" in part.text)
