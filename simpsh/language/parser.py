"""The grammar: tokens become a tree, by one method for each rule of POSIX XCU 2.10.

complete_command   next_command
list               _list: and-or lists, each ended by `;`, `&` or a newline
and_or             _and_or: pipelines joined by `&&` and `||`
pipeline           _pipeline: commands joined by `|`
command            _command: simple, or compound: `( list )`, `{ list; }`
"""

from __future__ import annotations

from simpsh.errors import IncompleteInput, SyntaxMistake
from simpsh.language.commands import SimpleCommandReader
from simpsh.language.roles import (
    INPUT_END,
    NEWLINE,
    REDIRECTION,
    STARTS_PIPELINE,
)
from simpsh.language.source import line_reader
from simpsh.language.tree import (
    AndOr,
    Group,
    Item,
    List,
    Pipeline,
    Subshell,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.roles import Token
    from simpsh.language.tree import Command, Redirection


def parse(text: str, *, at_prompt: bool = False) -> List:
    """Make the tree of a whole text.

    Args:
        text: Commands, on one line or several.
        at_prompt: Whether more lines may follow, so that a missing here-document end is not
            taken for granted.

    Raises:
        IncompleteInput: The text ends in the middle of a command.
        LeftOut: It holds a construct that simpsh leaves out.
        SyntaxMistake: It is no text of the language.

    >>> parse("ls | wc").items[0].and_or.first.commands[1].words
    (Word(parts=(Literal(text='wc'),), start=5, end=7),)
    """
    return Parser(line_reader(text), at_prompt=at_prompt).whole()


def is_complete(text: str) -> bool:
    """Say whether Enter ends the input, rather than beginning another line of it.

    Text with a mistake is complete: another line would not mend it.

    >>> is_complete("ls |"), is_complete("ls | wc"), is_complete("ls )")
    (False, True, True)
    """
    try:
        parse(text, at_prompt=True)
    except IncompleteInput:
        return False
    except SyntaxMistake:
        return True
    return True


class Parser(SimpleCommandReader):
    r"""Gives one complete command after the other, reading no line before it is needed.

    Args:
        read_line: Gives the next physical line with its newline, None at the end of input.
        first_line: The number of that line.
        at_prompt: Whether a missing here-document end, or a line missing after a backslash,
            is IncompleteInput; a script goes on without, as in dash.

    `line` is the number of the next line to be read.

    >>> lines = iter(["echo a\n", "echo b\n"])
    >>> parser = Parser(lambda: next(lines, None))
    >>> len(parser.next_command().items), next(lines)
    (1, 'echo b\n')
    """

    def next_command(self) -> List | None:
        """Read one complete command: up to the newline that ends it.

        Returns:
            Its list, None at the end of the input. Blank lines and comments are skipped.

        Raises:
            SyntaxMistake: What was read is no command, IncompleteInput where the input ended
                too early, LeftOut for a construct left out. The rest of the line is dropped;
                the next call goes on behind it.
        """
        self.expects = STARTS_PIPELINE
        self.names_target = ""
        self.pending = []
        self.depth = 0 if self.outer is None else self.outer.depth
        try:
            self._skip_blank_lines()
            if self.token[0] is INPUT_END:
                return None
            found = self._list(is_inside=False)
            if self.token[0] is not NEWLINE and self.token[0] is not INPUT_END:
                from simpsh.language import complaints

                complaints.unexpected(self)
        except BaseException:
            # Not only a mistake: an interrupt while a line is awaited drops what was read, too.
            self.leave_line()
            raise
        return found

    def whole(self) -> List:
        """Read everything up to the end of the input as one list."""
        items: list[Item] = []
        while True:
            found = self.next_command()
            if found is None:
                return List(tuple(items))
            items.extend(found.items)

    def _skip_blank_lines(self) -> None:
        """Advance to the first token of the next command."""
        self.token = (NEWLINE, 0, 0, "")
        while True:
            self.lines.clear()
            self.advance()
            if self.token[0] is not NEWLINE:
                return

    # ---------------------------------------------------------------------- lists

    def _list(self, *, is_inside: bool) -> List:
        """Read items; inside brackets newlines separate them, too."""
        items: list[Item] = []
        while True:
            while is_inside and self.token[0] is NEWLINE:
                self.advance()
            if self.token[0] in _LIST_ENDS:
                return List(tuple(items))
            start = self.token[1]
            and_or = self._and_or()
            kind = self.token[0]
            items.append(Item(and_or, kind == "&", start, self.previous[2]))
            if kind == ";" or kind == "&":
                self.advance()
            elif kind is not NEWLINE or not is_inside:
                return List(tuple(items))

    def _and_or(self) -> AndOr:
        """Read pipelines joined by `&&` and `||`."""
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while self.token[0] == "&&" or self.token[0] == "||":
            operator = self.token[0]
            self._go_behind_operator()
            rest.append((operator, self._pipeline()))
        return AndOr(first, tuple(rest))

    def _pipeline(self) -> Pipeline:
        """Read `[time] [!] command | command …`."""
        start = self.token[1]
        is_negated = is_timed = False
        if self.token[0] in _PREFIXES:
            is_negated, is_timed = self._prefixes()
            if is_timed and self.token[0] in _PIPELINE_ENDS:
                return Pipeline((), is_negated, is_timed, start, self.previous[2])
        commands: list[Command] = []
        while True:
            if self.token[0] in _OPENINGS:
                commands.append(self._compound())
            else:
                commands.append(self.simple_command())
            if self.token[0] != "|":
                return Pipeline(tuple(commands), is_negated, is_timed, start, self.previous[2])
            self._go_behind_operator()

    def _prefixes(self) -> tuple[bool, bool]:
        """Read `!` and `time`, in either order; return which were there."""
        is_negated = is_timed = False
        while self.token[0] in _PREFIXES:
            kind, start, end, text = self.token
            if kind == "!" and is_negated:
                self.refuse("'!' may stand only once before a pipeline", start, end)
            if text == "time" and is_timed:
                self.refuse("'time' may stand only once before a pipeline", start, end)
            is_negated = is_negated or kind == "!"
            is_timed = is_timed or kind == "time"
            self.advance()
        return is_negated, is_timed

    def _go_behind_operator(self) -> None:
        """Advance behind `|`, `&&` or `||`, after which newlines are allowed."""
        operator = self.token
        self.advance()
        while self.token[0] is NEWLINE:
            self.advance()
        if self.token[0] is INPUT_END:
            self._lacks(f"a command is missing after '{operator[0]}'", operator)

    # ------------------------------------------------------------------- commands

    def _compound(self) -> Subshell | Group:
        """Read `( list )` or `{ list; }` and the redirections behind it."""
        opening = self.token
        line = self.token_line
        self.advance()
        body = self._list(is_inside=True)
        self._close(opening)
        if not body.items:
            from simpsh.language import complaints

            complaints.no_command(self)
        self.advance()
        redirections: list[Redirection] = []
        while self.token[0] is REDIRECTION:
            self.advance()
            redirections.append(self.redirection())
            self.advance()
        kind = Subshell if opening[0] == "(" else Group
        return kind(body, tuple(redirections), line, opening[1], self.previous[2])

    def substitution(self, start: int) -> List:
        """Read the list of `$( list )`, from behind its `(` to behind its `)`."""
        around = (self.token, self.previous, self.token_line)
        place = (self.expects, self.names_target, self.pending)
        at = self.outermost(start)
        opening = ("$(", at, at + 2, "$(")
        self.token = opening
        self.expects = STARTS_PIPELINE
        self.names_target = ""
        self.pending = []
        self.advance()
        body = self._list(is_inside=True)
        self._close(opening)
        self.token, self.previous, self.token_line = around
        self.expects, self.names_target, self.pending = place
        return body

    # ------------------------------------------------------------------- mistakes

    def _close(self, opening: Token) -> None:
        """Check that the current token closes what `opening` began."""
        kind = self.token[0]
        closing = "}" if opening[0] == "{" else ")"
        if kind is INPUT_END:
            also = "; it needs ';' or a newline before it" if closing == "}" else ""
            message = f"'{closing}' is missing: '{opening[0]}' is never closed{also}"
            self._lacks(message, opening)
        if kind != closing:
            from simpsh.language import complaints

            complaints.not_closed(self, closing)
        if self.pending and opening[0] == "$(":
            document = self.pending[0]
            message = f"the lines of the here-document '{document.delimiter}' are missing"
            self.refuse(f"{message} before ')'", document.start, document.end)

    def _lacks(self, message: str, opening: Token) -> None:
        """Refuse an end of input in the middle of what `opening` began.

        Raises:
            IncompleteInput: More input may help; SyntaxMistake inside backquotes, which end.
        """
        _, start, end, _ = self.token if opening[0] is NEWLINE else opening
        if self.outer is not None:
            self.refuse(message, start, end)
        raise IncompleteInput(message, **self.origin(start, end))


_LIST_ENDS = frozenset((")", "}", NEWLINE, INPUT_END))
_PIPELINE_ENDS = frozenset((";", "&", "&&", "||", *_LIST_ENDS))
_PREFIXES = frozenset(("!", "time"))
_OPENINGS = frozenset(("(", "{"))
