"""The grammar: tokens become a tree, by one method for each rule of POSIX XCU 2.10.

complete_command   next_command
list, and_or       _list: pipelines joined by `&&` and `||`, each list ended by `;`, `&`, newline
pipeline           _pipeline: commands joined by `|`
command            _pipeline: simple or compound, or a function definition
simple_command     simple_command: assignments, words and redirections
compound_command   bracketed, if_clause, loop, for_clause, case_clause: one method for each
function_definition _function: `name()` and what it runs
"""

from __future__ import annotations

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.characters import END, INPUT_END, NEWLINE, is_name
from simpsh.shell.language.input_source import line_reader
from simpsh.shell.language.lexer import (
    ASSIGNMENT,
    COMMAND,
    DELIMITER,
    IN_PARENTHESES,
    REDIRECTION,
    STARTS_PIPELINE,
    TARGET,
    WORD,
    Lexer,
)
from simpsh.shell.language.syntax_tree import (
    AndOr,
    Assignment,
    Case,
    CaseItem,
    FileRedirection,
    For,
    FunctionDefinition,
    Group,
    HereString,
    If,
    List,
    Literal,
    Loop,
    Pipeline,
    SimpleCommand,
    Subshell,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.shell.language.lexer import Payload, Token
    from simpsh.shell.language.syntax_tree import Command, Compound, Part, Redirection


def parse(text: str, *, at_prompt: bool = False, aliases: Mapping[str, str] | None = None) -> List:
    """Make the tree of a whole text.

    At a prompt more lines may follow, so that the end of a here-document is missed. Raises
    IncompleteInput: the text ends in the middle of a command. LeftOut: it holds a construct that
    simpsh leaves out. SyntaxMistake: it is no text of the language.

    >>> parse("ls | wc").items[0].first.commands[1].words
    (Word(parts=(Literal(text='wc'),)),)
    """
    parser = Parser(line_reader(text), at_prompt=at_prompt)
    parser.aliases = aliases or {}
    return parser.whole()


def text_word(text: str) -> Word:
    """Make a word of a variable's value that is expanded when it is used: PS4, ENV.

    It is read as a here-document is: only `$`, backquotes and backslashes are special. Raises
    SyntaxMistake: An expansion in it is not closed, or is none.

    >>> text_word("$A>").parts[1]
    Literal(text='>')
    """
    if "$" not in text and "`" not in text and "\\" not in text:
        return Word((Literal(text),) if text else ())
    return Word(Parser(line_reader(text)).quoted_parts(END))


def is_complete(text: str, aliases: Mapping[str, str] | None = None) -> bool:
    """Return whether Enter ends the input, rather than beginning another line of it.

    Text with a mistake is complete: another line would not mend it.

    >>> is_complete("ls |"), is_complete("ls | wc"), is_complete("ls )")
    (False, True, True)
    """
    try:
        parse(text, at_prompt=True, aliases=aliases)
    except IncompleteInput:
        return False
    except SyntaxMistake:
        return True
    return True


class Parser(Lexer):
    r"""Gives one complete command after the other, reading no line before it is needed.

    At a prompt the missing end of a here-document, or a line missing after a backslash, is
    IncompleteInput. A script continues without, as in dash.

    >>> lines = iter(["echo a\n", "echo b\n"])
    >>> parser = Parser(lambda: next(lines, None))
    >>> len(parser.next_command().items), next(lines)
    (1, 'echo b\n')
    """

    def next_command(self) -> List | None:
        """Read one complete command, up to the newline that ends it; None at the end of the input.

        Raises SyntaxMistake: what was read is no command, IncompleteInput where the input ended too
        early, LeftOut for a construct left out. The rest of the line is dropped; the next call
        continues after it.
        """
        self.expects = STARTS_PIPELINE
        self.names_target = ""
        self.pending = []
        self.depth = 0 if self.outer is None else self.outer.depth
        try:
            self.token = (NEWLINE, 0, 0, "")
            while self.token[0] is NEWLINE:
                self.lines.clear()
                self.advance()
            if self.token[0] is INPUT_END:
                return None
            command = self._list(is_inside=False)
            if self.token[0] is not NEWLINE and self.token[0] is not INPUT_END:
                from simpsh.shell.language import syntax_complaints

                syntax_complaints.unexpected(self)
        except BaseException:
            # Not only a mistake: an interrupt while a line is awaited drops what was read, too.
            self.leave_line()
            raise
        return command

    def whole(self) -> List:
        """Read everything up to the end of the input as one list."""
        items: list[AndOr] = []
        while True:
            command = self.next_command()
            if command is None:
                return List(tuple(items))
            items.extend(command.items)

    # ---------------------------------------------------------------------- lists

    def _list(self, *, is_inside: bool) -> List:
        """Read items; inside brackets newlines separate them, too."""
        items: list[AndOr] = []
        while True:
            while is_inside and self.token[0] is NEWLINE:
                self.advance()
            if self.token[0] in _LIST_ENDS:
                return List(tuple(items))
            first = self._pipeline()
            rest: list[tuple[str, Pipeline]] = []
            while self.token[0] == "&&" or self.token[0] == "||":
                operator = self.token[0]
                self._pass_operator()
                rest.append((operator, self._pipeline()))
            kind = self.token[0]
            items.append(AndOr(first, tuple(rest), kind == "&"))
            if kind == ";" or kind == "&":
                self.advance()
            elif kind is not NEWLINE or not is_inside:
                return List(tuple(items))

    def _pipeline(self) -> Pipeline:
        """Read `[time [-p]] [!] command | command …`."""
        prefixes = False, False, False
        if self.token[0] in _PREFIXES:
            prefixes = self._prefixes()
            if prefixes[1] and self.token[0] in _PIPELINE_ENDS:
                return Pipeline((), *prefixes)
        commands: list[Command] = []
        while True:
            read_compound = _COMPOUNDS.get(self.token[0])
            if read_compound is None:
                commands.append(self.simple_command())
            else:
                commands.append(read_compound(self))
            if self.token[0] != "|":
                return Pipeline(tuple(commands), *prefixes)
            self._pass_operator()

    def _prefixes(self) -> tuple[bool, bool, bool]:
        """Read `!` and `time`, in either order; return which of `!`, `time`, `-p` were there."""
        is_negated = is_timed = has_posix_times = False
        while self.token[0] in _PREFIXES:
            kind, start, end, text = self.token
            if kind == "!" and is_negated:
                self.refuse("'!' may stand only once before a pipeline", start, end)
            if text == "time" and is_timed:
                self.refuse("'time' may stand only once before a pipeline", start, end)
            is_negated = is_negated or kind == "!"
            is_timed = is_timed or kind == "time"
            has_posix_times = has_posix_times or text == "-p"
            self.advance()
        return is_negated, is_timed, has_posix_times

    def _pass_operator(self) -> None:
        """Advance after `|`, `&&` or `||`, after which newlines are allowed."""
        operator = self.token
        self.advance()
        self._skip_newlines()
        if self.token[0] is INPUT_END:
            self._lacks(f"a command is missing after '{operator[0]}'", operator)

    # ------------------------------------------------------------------- commands

    def simple_command(self) -> SimpleCommand | FunctionDefinition:
        """Read assignments, words and redirections up to what ends the command.

        `name (` turns out to be the beginning of a function definition.
        """
        line = self.token_line
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            kind, _, _, payload = self.token
            if kind is WORD or kind is COMMAND:
                words.append(Word(_parts(payload)))
            elif kind is ASSIGNMENT:
                parts = _parts(payload)
                assert isinstance(parts[0], Literal)
                name, _, text = parts[0].text.partition("=")
                rest = ((Literal(text),) if text else ()) + parts[1:]
                assignments.append(Assignment(name, Word(rest)))
            elif kind is REDIRECTION:
                self.advance()
                redirections.append(self.redirection())
            else:
                break
            self.advance()
        if kind == "(" and self.expects is IN_PARENTHESES and not (assignments or redirections):
            return self._function(line)
        if kind == "(" or not (words or assignments or redirections):
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_command(self)
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirections), line)

    def redirection(self) -> Redirection:
        """Make a redirection of the operator before and the current word."""
        _, start, _, text = self.previous
        kind, *_, payload = self.token
        assert isinstance(text, str)
        if kind is not TARGET and kind is not DELIMITER:
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_target(self, text)
        operator = text.lstrip("0123456789")
        digits = text[: -len(operator)]
        descriptor = int(digits) if digits else None
        if operator in ("<<", "<<-"):
            return self.announce(text, start)
        word = Word(_parts(payload))
        if operator == "<<<":
            return HereString(word, descriptor)
        return FileRedirection(operator, word, descriptor)

    # ---------------------------------------------------------- compound commands

    def bracketed(self) -> Subshell | Group:
        """Read `( list )` or `{ list; }`."""
        opening, line = self.token, self.token_line
        body = self._body(opening, ")" if opening[0] == "(" else "}")
        redirections = self._redirections()
        kind = Subshell if opening[0] == "(" else Group
        return kind(body, redirections, line)

    def if_clause(self) -> If:
        """Read `if list; then list; elif list; then list; else list; fi`."""
        opening, line = self.token, self.token_line
        branches: list[tuple[List, List]] = []
        while self.token[0] != "else" and self.token[0] != "fi":
            condition = self._body(opening, "then")
            branches.append((condition, self._body(opening, "elif", "else", "fi")))
        otherwise = self._body(opening, "fi") if self.token[0] == "else" else None
        redirections = self._redirections()
        return If(tuple(branches), otherwise, redirections, line)

    def loop(self) -> Loop:
        """Read `while list; do list; done`, or `until`."""
        opening, line = self.token, self.token_line
        condition = self._body(opening, "do")
        body = self._body(opening, "done")
        redirections = self._redirections()
        is_until = opening[0] == "until"
        return Loop(condition, body, is_until, redirections, line)

    def for_clause(self) -> For:
        """Read `for name in word …; do list; done`."""
        opening, line = self.token, self.token_line
        self.advance()
        name = self.token[3]
        if self.token[0] is not WORD or not isinstance(name, str) or not is_name(name):
            self._misplaced(opening, "the name of a variable")
        self.advance()
        words: list[Word] | None = None
        if self.token[0] == ";":
            self.advance()
        else:
            self._skip_newlines()
            if self.token[0] == "in":
                words = []
                self.advance()
                while self.token[0] is WORD:
                    words.append(Word(_parts(self.token[3])))
                    self.advance()
                if self.token[0] != ";" and self.token[0] is not NEWLINE:
                    self._misplaced(opening, "'do'")
                self.advance()
        self._skip_newlines()
        if self.token[0] != "do":
            self._misplaced(opening, "'do'")
        body = self._body(opening, "done")
        redirections = self._redirections()
        assert isinstance(name, str)
        listed = None if words is None else tuple(words)
        return For(name, listed, body, redirections, line)

    def case_clause(self) -> Case:
        """Read `case word in item … esac`."""
        opening, line = self.token, self.token_line
        self.advance()
        if self.token[0] is not WORD:
            self._misplaced(opening, "a word")
        subject = Word(_parts(self.token[3]))
        self.advance()
        self._skip_newlines()
        if self.token[0] != "in":
            self._misplaced(opening, "'in'")
        self.advance()
        items: list[CaseItem] = []
        self._skip_newlines()
        while self.token[0] != "esac":
            items.append(self._case_item(opening))
            self._skip_newlines()
        redirections = self._redirections()
        return Case(subject, tuple(items), redirections, line)

    def _case_item(self, opening: Token) -> CaseItem:
        """Read `(pattern | pattern) list;;`; before `esac` it may lack the `;;`."""
        if self.token[0] == "(":
            self.advance()
        patterns: list[Word] = []
        while True:
            if self.token[0] is not WORD:
                self._misplaced(opening, "a pattern" if patterns else "'esac'")
            patterns.append(Word(_parts(self.token[3])))
            self.advance()
            if self.token[0] != "|":
                break
            self.advance()
        if self.token[0] != ")":
            self._misplaced(opening, "')'")
        body = self._body(opening, ";;", ";&", "esac", may_be_empty=True)
        terminator = self.token[0]
        if terminator == "esac":
            return CaseItem(tuple(patterns), body)
        self.advance()
        return CaseItem(tuple(patterns), body, terminator)

    def _function(self, line: int) -> FunctionDefinition:
        """Read a function definition, from the `(` after its name on."""
        opening = self.token
        _, start, end, name = self.previous
        text = name if isinstance(name, str) else ""
        if not is_name(text):
            self.refuse(f"'{text}' cannot name a function", start, end)
        self.advance()
        self.advance()
        self._skip_newlines()
        if self.token[0] is INPUT_END:
            self._lacks(f"what the function '{text}' runs is missing", opening)
        # `f() g() { a; }` defines g when f runs; nothing else ends the calls of such a chain.
        self.deepen(start)
        read_compound = _COMPOUNDS.get(self.token[0])
        body = self.simple_command() if read_compound is None else read_compound(self)
        self.depth -= 1
        return FunctionDefinition(text, body, line)

    def _body(self, opening: Token, *ends: str, may_be_empty: bool = False) -> List:
        """Read a list from after the current token to one of the tokens that can end it here.

        The last of these must end the compound command that began with `opening`.
        """
        self.advance()
        body = self._list(is_inside=True)
        if self.token[0] not in ends:
            self._not_closed(opening, ends[-1])
        if not (body.items or may_be_empty):
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_command(self)
        return body

    def _redirections(self) -> tuple[Redirection, ...]:
        self.advance()
        redirections: list[Redirection] = []
        while self.token[0] is REDIRECTION:
            self.advance()
            redirections.append(self.redirection())
            self.advance()
        return tuple(redirections)

    def _skip_newlines(self) -> None:
        while self.token[0] is NEWLINE:
            self.advance()

    def list_inside(self, start: int) -> List:
        """Read the list of `$( list )`, from after its `(` to after its `)`."""
        opening = self.token = ("$(", start, start + 2, "$(")
        self.advance()
        body = self._list(is_inside=True)
        if self.token[0] != ")":
            self._not_closed(opening, ")")
        if self.pending:
            document = self.pending[0]
            message = f"the lines of the here-document '{document.delimiter}' are missing"
            self.refuse(f"{message} before ')'", document.start, document.end)
        return body

    # ------------------------------------------------------------------- mistakes

    def _not_closed(self, opening: Token, closing: str) -> None:
        """Refuse the current token, before which `closing` should end what `opening` began."""
        from simpsh.shell.language import syntax_complaints

        if self.token[0] is INPUT_END:
            self._lacks(syntax_complaints.never_closed(self, opening, closing), opening)
        syntax_complaints.not_closed(self, opening, closing)

    def _misplaced(self, opening: Token, what: str) -> None:
        """Refuse the current token, at whose place `what` should stand."""
        message = f"{what} is missing after '{opening[0]}'"
        if self.token[0] is INPUT_END:
            self._lacks(message, opening)
        from simpsh.shell.language import syntax_complaints

        syntax_complaints.misplaced(self, message)

    def _lacks(self, message: str, opening: Token) -> None:
        """Refuse an end of input in the middle of what `opening` began."""
        _, start, end, _ = self.token if opening[0] is NEWLINE else opening
        self.unfinished(message, start, end)


_LIST_ENDS = frozenset(
    (
        *(")", "}", "then", "elif", "else", "fi", "do", "done", "in", "esac"),
        *(";;", ";&", NEWLINE, INPUT_END),
    )
)
_PIPELINE_ENDS = frozenset((";", "&", "&&", "||", *_LIST_ENDS))
_PREFIXES = frozenset(("!", "time"))
_COMPOUNDS: dict[str, Callable[[Parser], Compound]] = {
    "(": Parser.bracketed,
    "{": Parser.bracketed,
    "if": Parser.if_clause,
    "while": Parser.loop,
    "until": Parser.loop,
    "for": Parser.for_clause,
    "case": Parser.case_clause,
}
"""What begins a compound command, and what reads it."""


def _parts(payload: Payload) -> tuple[Part, ...]:
    return (Literal(payload),) if isinstance(payload, str) else payload
