"""The grammar: tokens become a tree, with one method for each rule of POSIX XCU 2.10.

complete_command   next_command
list, and_or       _list: pipelines joined by `&&` and `||`, each list ended by `;`, `&`, newline
pipeline           _pipeline: commands joined by `|`
command            _pipeline: simple or compound, or a function definition
simple_command     simple_command: assignments, words and redirections
compound_command   bracketed, if_clause, loop, for_clause, case_clause: one method for each
function_definition _function: `name()` and its body
"""

from __future__ import annotations

from simpsh.base.errors import IncompleteInput, SyntaxMistake, TooDeep
from simpsh.base.record import changed
from simpsh.shell.language.characters import (
    END,
    INPUT_END,
    LEFT_OUT_RESERVED,
    NEWLINE,
    RESERVED,
    TEST_BINARY,
    TEST_UNARY,
    TYPED_RESERVED,
    is_name,
)
from simpsh.shell.language.input_source import line_reader
from simpsh.shell.language.lexer import (
    ARITHMETIC,
    ASSIGNMENT,
    COMMAND,
    DELIMITER,
    FIRST_PATTERN,
    IN_ARGUMENTS,
    IN_PARENTHESES,
    REDIRECTION,
    STARTS_COMMAND,
    STARTS_PIPELINE,
    TARGET,
    WORD,
    Lexer,
    parts_of,
)
from simpsh.shell.language.syntax_tree import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Assignment,
    Case,
    CaseItem,
    Condition,
    FileRedirection,
    For,
    FunctionDefinition,
    Group,
    HereString,
    If,
    Joined,
    LeftOutCommand,
    LeftOutRedirection,
    List,
    Literal,
    Loop,
    Negation,
    Parenthesized,
    Pipeline,
    SimpleCommand,
    Subshell,
    Test,
    Tilde,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simpsh.base.errors import LeftOut
    from simpsh.shell.language.lexer import Payload, Token
    from simpsh.shell.language.syntax_tree import Command, Expression, Part, Redirection


def parse(
    text: str,
    *,
    at_prompt: bool = False,
    aliases: Mapping[str, str] | None = None,
    is_typed: bool = False,
) -> List:
    """Return the tree of a whole text.

    `at_prompt`: a missing end of a here-document is an error. `is_typed`: accept typed constructs
    such as `[[ ]]`. Raises IncompleteInput: the text ends in the middle of a command. LeftOut: a
    typed text holds a construct that simpsh leaves out. SyntaxMistake: other syntax errors.

    >>> parse("ls | wc").items[0].first.commands[1].words
    (Word(parts=(Literal(text='wc'),)),)
    """
    parser = Parser(line_reader(text), at_prompt=at_prompt)
    parser.aliases = aliases or {}
    parser.is_typed = is_typed
    return parser.whole()


def text_word(text: str) -> Word:
    """Parse the value of PS4 or ENV, which is expanded whenever it is used, as a word.

    As in a here-document, only `$`, backquotes and backslashes are special. Raises SyntaxMistake.

    >>> text_word("$A>").parts[1]
    Literal(text='>')
    """
    if "$" not in text and "`" not in text and "\\" not in text:
        return Word((Literal(text),) if text else ())
    return Word(Parser(line_reader(text)).scan_quoted(END))


def unfinished(
    text: str,
    aliases: Mapping[str, str] | None = None,
    *,
    is_typed: bool = False,
    is_last: bool = False,
) -> IncompleteInput | None:
    """Return what is open, if Enter begins another line rather than ending the input.

    A text with a syntax error is not unfinished. `is_last`: no line can follow, as after ^D; this
    also ends a here-document.

    >>> unfinished("for i in 'a").opened, unfinished("ls | wc"), unfinished("ls )")
    (('for', 'quote'), None, None)
    """
    try:
        parse(text, at_prompt=not is_last, aliases=aliases, is_typed=is_typed)
    except IncompleteInput as incomplete:
        return incomplete
    except SyntaxMistake:
        return None
    return None


class Parser(Lexer):
    r"""Reads complete commands one by one; reads a line only when it is needed.

    At a prompt, the missing end of a here-document, or a missing line after a backslash, raises
    IncompleteInput. As in dash, a script continues.

    >>> lines = iter(["echo a\n", "echo b\n"])
    >>> parser = Parser(lambda: next(lines, None))
    >>> len(parser.next_command().items), next(lines)
    (1, 'echo b\n')
    """

    def next_command(self) -> List | None:
        """Read one complete command up to its newline; return None at the end of the input.

        Raises SyntaxMistake, IncompleteInput if the input ends in a command, LeftOut for a typed
        construct that is left out. The rest of the line is dropped; the next call continues after
        it.
        """
        self.left_out.clear()
        self.accepted.clear()
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

                syntax_complaints.refuse_token(self)
        except BaseException:
            # read_line() may raise Interrupted.
            self._checkpoints = 0
            self._log.clear()
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

    def _list(self, *, is_inside: bool) -> List:
        """Read the items of a list; inside a compound command newlines separate them, too."""
        items: list[AndOr] = []
        while True:
            while is_inside and self.token[0] is NEWLINE:
                self.advance()
            if self.token[0] in _LIST_ENDS:
                return List(tuple(items))
            first = self._pipeline()
            rest: list[tuple[str, Pipeline]] = []
            while self.token[0] == "&&" or self.token[0] == "||":
                operator, start = self.token[:2]
                self._pass_operator()
                try:
                    rest.append((operator, self._pipeline()))
                except IncompleteInput as incomplete:
                    incomplete.is_inside(_OPENED[operator], start)
                    raise
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
        mistake = None
        pipe = -1
        while True:
            kind, start, _, _ = self.token
            read_compound = _COMPOUNDS.get(kind)
            try:
                if read_compound is None:
                    commands.append(self.simple_command())
                else:
                    commands.append(read_compound(self))
            except IncompleteInput as incomplete:
                # The body of a function names it already.
                if read_compound is not None and kind != "function":
                    incomplete.is_inside(_OPENED.get(kind, kind), start)
                if commands:
                    incomplete.is_inside("pipe", pipe)
                raise
            if self.token[0] == "|&":
                mistake = self._pipe_both(commands) or mistake
            elif self.token[0] != "|":
                break
            pipe = self.token[1]
            self._pass_operator()
        pipeline = Pipeline(tuple(commands), *prefixes)
        if mistake is None:
            return pipeline
        return Pipeline((LeftOutCommand("|&", pipeline, mistake, mistake.line),))

    def _pipe_both(self, commands: list[Command]) -> LeftOut | None:
        """Read `|&` after a command as `2>&1 |`; in a script return the error to report."""
        _, start, end, _ = self.token
        both = FileRedirection(">&", Word((Literal("1"),)), 2)
        last = commands[-1]
        if isinstance(last, FunctionDefinition | LeftOutCommand):
            last = Group(List((AndOr(Pipeline((last,))),)), (), last.line)
        commands[-1] = changed(last, redirections=(*last.redirections, both))
        if not self.is_typed:
            return self.leave_out("|&", start, end)
        self.accept("|&")
        return None

    def _prefixes(self) -> tuple[bool, bool, bool]:
        """Read `!` and `time` in either order; return whether `!`, `time` and `-p` were found."""
        is_negated = is_timed = has_posix_times = False
        while self.token[0] in _PREFIXES:
            kind, start, end, text = self.token
            if kind == "!" and is_negated:
                self.refuse("'!' is allowed only once before a pipeline", start, end)
            if text == "time" and is_timed:
                self.refuse("'time' is allowed only once before a pipeline", start, end)
            is_negated = is_negated or kind == "!"
            is_timed = is_timed or kind == "time"
            has_posix_times = has_posix_times or text == "-p"
            self.advance()
        return is_negated, is_timed, has_posix_times

    def _pass_operator(self) -> None:
        """Advance past `|`, `&&` or `||` and the newlines after it."""
        operator = self.token
        self.advance()
        self._skip_newlines()
        if self.token[0] is INPUT_END:
            self._lacks(f"a command is missing after '{operator[0]}'", operator)

    def simple_command(self) -> Command:
        """Read assignments, words and redirections, or a function definition, `name (`."""
        line = self.token_line
        begin = self.token[1]
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        compares = False
        while True:
            kind, _, _, payload = self.token
            if kind is WORD or kind is COMMAND:
                words.append(self._word_of(payload))
                compares = compares or payload == "=="
            elif kind is ASSIGNMENT:
                parts = parts_of(payload)
                assert isinstance(parts[0], Literal)
                name, _, text = parts[0].text.partition("=")
                rest = ((Literal(text),) if text else ()) + parts[1:]
                assignments.append(Assignment(name, Word(rest)))
            elif kind is REDIRECTION:
                self.advance()
                redirections += self.redirection()
            else:
                break
            if self.quick is not None and self.expects is IN_ARGUMENTS:
                compares = self._quick_arguments(words, redirections) or compares
            self.advance()
        if compares and len(words) > 3 and _text_of(words[0]) in ("[", "test"):
            self.note("==", begin, begin + 1)
        if kind == "(" and self.expects is IN_PARENTHESES and not (assignments or redirections):
            return self._function(line)
        if kind == "(" or not (words or assignments or redirections):
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_command(self)
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirections), line)

    def _quick_arguments(self, words: list[Word], redirections: list[Redirection]) -> bool:
        """Read the ordinary arguments that follow; return whether one of them is `==`."""
        quick = self.quick
        if self.aliases or quick is None:
            return False
        match, nodes = quick.match, quick.nodes
        text = self.text
        last = ""
        compares = False
        while True:
            found = match(text, self.position)
            if found is None or found.lastindex > quick.REDIRECTION:
                break
            read, position = found[found.lastindex], found.end()
            node = nodes.get(read)
            if node is not None:
                last = read
                self.position = position
                (words if found.lastindex != quick.REDIRECTION else redirections).append(node)
            else:
                last = ""
                self.advance()
                if self.token[0] is REDIRECTION:
                    self.advance()
                    (node,) = self.redirection()
                    redirections.append(node)
                else:
                    node = self._word_of(self.token[3])
                    words.append(node)
                quick.remember(nodes, read, node)
            compares = compares or read == "=="
        if last:
            # The parser may name this token, or look at its kind.
            end = self.base + self.position
            self.token = (WORD, end - len(last), end, last)
        return compares

    def _word_of(self, payload: Payload) -> Word:
        """Return an argument; in a typed text, with its braces parsed."""
        parts = parts_of(payload)
        if self.is_typed:
            texts = [part.text for part in parts if isinstance(part, Literal)]
            texts += [part.user for part in parts[:1] if isinstance(part, Tilde)]
            if any("{" in text for text in texts):
                from simpsh.shell.language.brace_expansion import with_braces

                parts = with_braces(parts, self.accept)
        return Word(parts)

    def redirection(self) -> tuple[Redirection, ...]:
        """Return the redirections of the previous operator and the current word: two for `&>`."""
        _, start, _, text = self.previous
        kind, *_, payload = self.token
        assert isinstance(text, str)
        if kind is not TARGET and kind is not DELIMITER:
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_target(self, text)
        variable = text.rpartition("}")[0][1:]
        operator = text.rpartition("}")[2].lstrip("0123456789")
        digits = text[: -len(operator)] if not variable else ""
        descriptor = int(digits) if digits else None
        made: Redirection
        if operator in ("<<", "<<-"):
            made = self.announce(operator if variable else text, start)
        elif operator == "<<<":
            made = HereString(Word(parts_of(payload)), descriptor)
        elif operator[0] == "&":
            file = FileRedirection(operator[1:], Word(parts_of(payload)))
            return file, FileRedirection(">&", Word((Literal("1"),)), 2)
        else:
            made = FileRedirection(operator, Word(parts_of(payload)), descriptor)
        if variable:
            mistake = self.leave_out("{fd}>", start, start + len(text))
            made = LeftOutRedirection(variable, made, mistake)
        return (made,)

    def read_bracketed(self) -> Command:
        """Read `( list )` or `{ list; }`."""
        opening, line = self.token, self.token_line
        if opening[0] == "(" and self.text[self.position] == "(" and not self.is_typed:
            return self._double_brackets(line)
        return self._bracketed(opening, line)

    def _bracketed(self, opening: Token, line: int) -> Subshell | Group:
        body = self._body(opening, ")" if opening[0] == "(" else "}")
        redirections = self._redirections()
        kind = Subshell if opening[0] == "(" else Group
        return kind(body, redirections, line)

    def _double_brackets(self, line: int) -> Command:
        """Read `((` in a script: two subshells, or an expression, which is left out."""
        opening = self.token
        _, start, _, _ = opening
        expression = self._expression_ahead(start)
        left_out = self.whole_input().left_out
        count = len(left_out)
        checkpoint = self.checkpoint()
        command: Command | None = None
        try:
            command = self._bracketed(opening, line)
        except (IncompleteInput, TooDeep):
            raise
        except SyntaxMistake:
            if expression is None:
                raise
        from simpsh.shell.language.arithmetic import is_expression

        is_other = expression is not None and is_expression(expression)
        if command is not None and not (is_other and len(left_out) > count):
            self.commit()
        else:
            self.rewind(checkpoint)
            token = self.token = self.arithmetic_token(start) or opening
            command = self._arithmetic_command_of(token, line)
            return LeftOutCommand("((", command, self.leave_out("((", start, start + 2), line)
        assert isinstance(command, Subshell)
        if is_other and len(command.body.items) == 1:
            mistake = self.leave_out("((", start, start + 2)
            command = changed(command, arithmetic=mistake)
        return command

    def _expression_ahead(self, start: int) -> str | None:
        """Return the text of `((text))` after its first bracket, without advancing; or None."""
        checkpoint = self.checkpoint()
        try:
            token = self.arithmetic_token(start)
        except SyntaxMistake:
            token = None
        self.rewind(checkpoint)
        from simpsh.shell.language.tree_printing import as_written

        return None if token is None else as_written(parts_of(token[3]))

    def arithmetic_command(self) -> ArithmeticCommand:
        """Read `((expression))`, which only a prompt accepts."""
        self.accept("((")
        return self._arithmetic_command_of(self.token, self.token_line)

    def _arithmetic_command_of(self, token: Token, line: int) -> ArithmeticCommand:
        return ArithmeticCommand(parts_of(token[3]), self._redirections(), line)

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

    def for_clause(self) -> For | ArithmeticFor | LeftOutCommand:
        """Read `for name in word …; do list; done`."""
        opening, line = self.token, self.token_line
        self.advance()
        if self.token[0] is ARITHMETIC:
            return self._arithmetic_for(opening, line)
        name = self.token[3]
        if self.token[0] is not WORD or not isinstance(name, str) or not is_name(name):
            self._refuse_misplaced(opening, "the name of a variable")
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
                    words.append(self._word_of(self.token[3]))
                    self.advance()
                if self.token[0] != ";" and self.token[0] is not NEWLINE:
                    self._refuse_misplaced(opening, "'do'", "do")
                self.advance()
        self._skip_newlines()
        if self.token[0] != "do":
            self._refuse_misplaced(opening, "'do'", "do")
        body = self._body(opening, "done")
        redirections = self._redirections()
        assert isinstance(name, str)
        listed = None if words is None else tuple(words)
        return For(name, listed, body, redirections, line)

    def _arithmetic_for(self, opening: Token, line: int) -> ArithmeticFor | LeftOutCommand:
        """Read the rest of `for ((first; condition; step)); do list; done`, after `for`."""
        _, start, end, payload = self.token
        expressions = _cut_at_semicolons(parts_of(payload))
        if len(expressions) != 3:
            self.refuse("'for ((' takes three expressions, with ';' between them", start, end)
        self.advance()
        if self.token[0] == ";":
            self.advance()
        self._skip_newlines()
        if self.token[0] != "do":
            self._refuse_misplaced(opening, "'do'", "do")
        body = self._body(opening, "done")
        first, condition, step = expressions
        redirections = self._redirections()
        loop = ArithmeticFor(first, condition, step, body, redirections, line)
        if self.is_typed:
            self.accept("for ((")
            return loop
        return LeftOutCommand("for ((", loop, self.leave_out("for ((", opening[1], start + 2), line)

    def case_clause(self) -> Case | LeftOutCommand:
        """Read `case word in item … esac`."""
        opening, line = self.token, self.token_line
        self.advance()
        if self.token[0] is not WORD:
            self._refuse_misplaced(opening, "a word")
        subject = Word(parts_of(self.token[3]))
        self.advance()
        self._skip_newlines()
        if self.token[0] != "in":
            self._refuse_misplaced(opening, "'in'")
        self.advance()
        items: list[CaseItem] = []
        mistake = None
        self._skip_newlines()
        while self.token[0] != "esac":
            items.append(self._case_item(opening))
            _, start, end, _ = self.previous
            if self.token[0] == "&" and self.token[1] == end and self.previous[0] == ";;":
                mistake = self.leave_out(";;&", start, end + 1)
                items[-1] = changed(items[-1], terminator=";;&")
                self.expects = FIRST_PATTERN
                self.advance()
            self._skip_newlines()
        redirections = self._redirections()
        case = Case(subject, tuple(items), redirections, line)
        return case if mistake is None else LeftOutCommand(";;&", case, mistake, line)

    def _case_item(self, opening: Token) -> CaseItem:
        """Read `(pattern | pattern) list;;`; before `esac` it may lack the `;;`."""
        if self.token[0] == "(":
            self.advance()
        patterns: list[Word] = []
        while True:
            if self.token[0] is not WORD:
                self._refuse_misplaced(opening, "a pattern" if patterns else "'esac'")
            patterns.append(Word(parts_of(self.token[3])))
            self.advance()
            if self.token[0] != "|":
                break
            self.advance()
        if self.token[0] != ")":
            self._refuse_misplaced(opening, "')'")
        body = self._body(opening, ";;", ";&", "esac", may_be_empty=True)
        terminator = self.token[0]
        if terminator == "esac":
            return CaseItem(tuple(patterns), body)
        self.advance()
        return CaseItem(tuple(patterns), body, terminator)

    def reserved_elsewhere(self) -> Command:
        """Read a construct that begins with a reserved word of other shells.

        If it is not such a construct, a script reads it as a simple command, as dash does.
        """
        kind, start, end, _ = self.token
        line = self.token_line
        read = _LEFT_OUT[kind]
        if self.is_typed and kind in TYPED_RESERVED:
            self.accept(kind)
            return read(self)
        if self.is_typed:
            self.leave_out(kind, start, end)
        checkpoint = self.checkpoint()
        command: Command
        try:
            command = read(self)
            if self.token[0] is WORD:
                self._refuse_misplaced(self.previous, "';'")
            self.commit()
        except SyntaxMistake:
            self.rewind(checkpoint)
            self.token = (COMMAND, start, end, kind)
            self.expects = IN_ARGUMENTS
            command = self.simple_command()
        return LeftOutCommand(kind, command, self.leave_out(kind, start, end), line)

    def condition(self) -> Condition:
        """Read `[[ condition ]]`."""
        opening, line = self.token, self.token_line
        self.advance()
        expression = self._alternatives(opening)
        if self.token[0] != "]]":
            self._refuse_misplaced(opening, "']]'")
        return Condition(expression, self._redirections(), line)

    def _alternatives(self, opening: Token) -> Expression:
        left = self._conjunction(opening)
        while self.token[0] == "||":
            self.advance()
            left = Joined("||", left, self._conjunction(opening))
        return left

    def _conjunction(self, opening: Token) -> Expression:
        left = self._test(opening)
        while self.token[0] == "&&":
            self.advance()
            left = Joined("&&", left, self._test(opening))
        return left

    def _test(self, opening: Token) -> Expression:
        """Read one condition, and the newlines around it."""
        self._skip_newlines()
        kind, start, _, text = self.token
        expression: Expression
        if kind == "(":
            self.deepen(start)
            self.advance()
            expression = Parenthesized(self._alternatives(opening))
            if self.token[0] != ")":
                self._refuse_misplaced(opening, "')'")
            self.depth -= 1
            self.advance()
        elif kind is WORD and text == "!":
            self.deepen(start)
            self.advance()
            expression = Negation(self._test(opening))
            self.depth -= 1
        elif kind is WORD:
            expression = self._simple_test(opening)
        else:
            self._refuse_misplaced(opening, "a condition")
        self._skip_newlines()
        return expression

    def _simple_test(self, opening: Token) -> Test:
        """Read `word`, `-f word` or `word = word`."""
        _, _, _, first = self.token
        self.advance()
        kind, _, _, operator = self.token
        is_angle = kind == "<" or kind == ">"
        if is_angle or (kind is WORD and isinstance(operator, str) and operator in TEST_BINARY):
            self.advance()
            if self.token[0] is not WORD:
                self._refuse_misplaced(opening, f"a word after '{operator}'")
            operands = Word(parts_of(first)), Word(parts_of(self.token[3]))
            self.advance()
            return Test(str(operator), operands)
        if isinstance(first, str) and first in TEST_UNARY:
            if kind is not WORD:
                self._refuse_misplaced(opening, f"a word after '{first}'")
            self.advance()
            return Test(first, (Word(parts_of(operator)),))
        return Test("", (Word(parts_of(first)),))

    def function_clause(self) -> FunctionDefinition:
        """Read `function name { list; }`."""
        line = self.token_line
        self.advance()
        opening = self.token
        kind, start, _, name = opening
        if kind is not WORD or not self._names_function(name):
            self._refuse_misplaced(self.previous, "the name of a function")
        assert isinstance(name, str)
        self.advance()
        if self.token[0] == "(" and self.expects is IN_PARENTHESES:
            self.advance()
            self.advance()
        self._skip_newlines()
        if self.token[0] not in _COMPOUNDS and self.token[0] is not INPUT_END:
            self._refuse_misplaced(opening, "'{'")
        return self._function_body(opening, name, start, line)

    def coprocess(self) -> Command:
        """Read `coproc [name] command`, which is left out."""
        self.expects = STARTS_COMMAND
        self.advance()
        read_compound = _COMPOUNDS.get(self.token[0])
        if read_compound is not None:
            return read_compound(self)
        checkpoint = self.checkpoint()
        self.expects = STARTS_COMMAND
        self.advance()
        read_compound = _COMPOUNDS.get(self.token[0])
        if read_compound is not None:
            self.commit()
            return read_compound(self)
        self.rewind(checkpoint)
        return self.simple_command()

    def _function(self, line: int) -> FunctionDefinition:
        """Read a function definition, starting at the `(` after its name."""
        opening = self.token
        _, start, end, name = self.previous
        text = name if isinstance(name, str) else ""
        if not self._names_function(name):
            self.refuse(f"'{text}' cannot name a function", start, end)
        self.advance()
        self.advance()
        return self._function_body(opening, text, start, line)

    def _names_function(self, name: Payload) -> bool:
        """Return whether a word can name a function: at the prompt also `a-b`, as in bash."""
        if not isinstance(name, str) or name in RESERVED:
            return False
        return self.is_typed or is_name(name)

    def _function_body(
        self, opening: Token, text: str, start: int, line: int
    ) -> FunctionDefinition:
        """Read the body of the function `text`; `start` is the offset of its name."""
        self._skip_newlines()
        if self.token[0] is INPUT_END:
            self._lacks(f"the body of the function '{text}' is missing", opening, "function")
        # `f() g() { a; }` is legal: the depth limits such a chain.
        self.deepen(start)
        read_compound = _COMPOUNDS.get(self.token[0])
        try:
            body = self.simple_command() if read_compound is None else read_compound(self)
        except IncompleteInput as incomplete:
            # As in zsh, the function alone is named, not its braces.
            incomplete.opened = incomplete.opened[incomplete.opened[:1] == ("cursh",) :]
            if incomplete.opened[:1] != ("function",):
                incomplete.is_inside("function", start)
            raise
        self.depth -= 1
        return FunctionDefinition(text, body, line)

    def _body(self, opening: Token, *ends: str, may_be_empty: bool = False) -> List:
        """Read the list after the current token up to one of the tokens `ends`.

        Error messages name the last of them as the end of the command that began with `opening`.
        """
        begin = self.token
        try:
            self.advance()
            body = self._list(is_inside=True)
        except IncompleteInput as incomplete:
            incomplete.is_inside(_construct_of(begin[0], opening), opening[1])
            raise
        if self.token[0] not in ends:
            self._not_closed(opening, ends[-1], begin)
        if not (body.items or may_be_empty):
            from simpsh.shell.language import syntax_complaints

            syntax_complaints.no_command(self)
        return body

    def _redirections(self) -> tuple[Redirection, ...]:
        self.advance()
        redirections: list[Redirection] = []
        while self.token[0] is REDIRECTION:
            self.advance()
            redirections += self.redirection()
            self.advance()
        return tuple(redirections)

    def _skip_newlines(self) -> None:
        while self.token[0] is NEWLINE:
            self.advance()

    def list_inside(self, start: int, opening: str) -> List:
        """Read the list of `$( list )` and its `)`."""
        begin = self.token = (opening, start, start + 2, opening)
        self.advance()
        body = self._list(is_inside=True)
        if self.token[0] != ")":
            self._not_closed(begin, ")", begin)
        if self.pending:
            document = self.pending[0]
            message = f"the lines of the here-document '{document.delimiter}' are missing"
            self.refuse(f"{message} before ')'", document.start, document.end)
        return body

    def _not_closed(self, opening: Token, closing: str, begin: Token) -> None:
        """Refuse the current token, because `closing` for `opening` is missing before it.

        `begin` is the token of the construct before the list: `then`, for example.
        """
        from simpsh.shell.language import syntax_complaints

        if self.token[0] is INPUT_END:
            message = syntax_complaints.never_closed(self, opening, closing, begin)
            self._lacks(message, opening, begin[0])
        syntax_complaints.not_closed(self, opening, closing, begin)

    def _refuse_misplaced(self, opening: Token, expected: str, word: str = "") -> None:
        """Refuse the current token, because `expected`, or a `word`, is missing before it."""
        message = f"{expected} is missing after '{opening[0]}'"
        from simpsh.shell.language import syntax_complaints

        if self.token[0] is INPUT_END:
            separator = syntax_complaints.separator_hint(self, opening, word) if word else ""
            self._lacks(message + separator, opening)
        syntax_complaints.refuse_misplaced(self, opening, message, word)

    def _lacks(self, message: str, opening: Token, begin: str = "") -> None:
        """Refuse an end of input inside the construct that `opening` began, see _not_closed()."""
        _, start, end, _ = self.token if opening[0] is NEWLINE else opening
        self.refuse_unfinished(_construct_of(begin or opening[0], opening), message, start, end)


_LIST_ENDS = frozenset(
    (
        *(")", "}", "then", "elif", "else", "fi", "do", "done", "in", "esac"),
        *(";;", ";&", NEWLINE, INPUT_END),
    )
)
_PIPELINE_ENDS = frozenset((";", "&", "&&", "||", *_LIST_ENDS))
_PREFIXES = frozenset(("!", "time"))
_COMPOUNDS: dict[str, Callable[[Parser], Command]] = {
    "(": Parser.read_bracketed,
    ARITHMETIC: Parser.arithmetic_command,
    **dict.fromkeys(LEFT_OUT_RESERVED, Parser.reserved_elsewhere),
    "{": Parser.read_bracketed,
    "if": Parser.if_clause,
    "while": Parser.loop,
    "until": Parser.loop,
    "for": Parser.for_clause,
    "case": Parser.case_clause,
}
"""Maps the first token of a compound command to the method that reads the command."""
_LEFT_OUT: dict[str, Callable[[Parser], Command]] = {
    "[[": Parser.condition,
    "function": Parser.function_clause,
    "select": Parser.for_clause,
    "coproc": Parser.coprocess,
}


_OPENED = {
    "&&": "cmdand", "||": "cmdor", "|": "pipe", "|&": "pipe",
    "(": "subsh", "{": "cursh", "$(": "cmdsubst", "<(": "cmdsubst", ">(": "cmdsubst",
    "[[": "cond", ")": "case", ARITHMETIC: "math",
}  # fmt: skip
"""The names of open constructs whose name in zsh is not their first word."""


def _construct_of(begin: str, opening: Token) -> str:
    """Return the name of an open construct; `begin` is the word before the open list."""
    if begin == "do":
        return opening[0]
    return _OPENED.get(begin, begin)


def _text_of(word: Word) -> str:
    """Return the text at the beginning of a word; empty if it begins with an expansion."""
    first = word.parts[0]
    return first.text if isinstance(first, Literal) else ""


def _cut_at_semicolons(parts: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """Return the expressions of `for ((`."""
    expressions: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, Literal):
            expressions[-1].append(part)
            continue
        first, *others = part.text.split(";")
        expressions[-1] += (Literal(first),) if first else ()
        expressions += [[Literal(text)] if text else [] for text in others]
    return [tuple(expression) for expression in expressions]
