"""The grammar: the text becomes a tree, with one method for each rule of POSIX XCU 2.10.

complete_command   next_command
list, and_or       _list: pipelines joined by `&&` and `||`, each list ended by `;`, `&`, newline
pipeline           _pipeline: commands joined by `|`
command            _command: simple or compound, or a function definition
simple_command     _simple_command: assignments, words and redirections
compound_command   bracketed, if_clause, loop, for_clause, case_clause: one method for each
function_definition _function: `name()` and its body

Each method asks the text which word or operator comes next. The forms of bash that a typed text may
have are in the same methods: `[[ ]]`, `(( ))`, `for ((`, `function`, `|&` and `&>`.
"""

from __future__ import annotations

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.base.record import changed
from simpsh.shell.language.characters import (
    BLANKS,
    CLOSING_WORDS,
    CONTINUING_WORDS,
    DIGITS,
    MAX_DESCRIPTOR_DIGITS,
    REDIRECTIONS,
    RESERVED,
    WORD_ENDS,
    is_assignment,
    is_name,
    is_number,
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
    List,
    Literal,
    Loop,
    Pipeline,
    SimpleCommand,
    Subshell,
    Word,
    assignments_from,
    merged,
)
from simpsh.shell.language.tilde_prefixes import with_tildes
from simpsh.shell.language.words import PARTS, Words, line_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from simpsh.shell.language.syntax_tree import Command, Part, Redirection
    from simpsh.shell.language.words import ReadLine

    Argument = Word | Assignment | Redirection

_ENDS = frozenset((*CLOSING_WORDS, *CONTINUING_WORDS))
"""The reserved words that end a list."""
_AFTER_COMMAND = frozenset(("\n", ";", "&", "|", ")", ""))
"""The characters that end a command; none at the end of the input."""
_MOST_KNOWN = 10_000
"""The number of arguments at which those found are forgotten, between two commands."""


def parse(
    text: str,
    *,
    at_prompt: bool = False,
    aliases: Mapping[str, str] | None = None,
    is_typed: bool = False,
) -> List:
    """Return the tree of a whole text.

    `at_prompt`: a missing end of a here-document is an error. `is_typed`: accept bash's forms such
    as `[[ ]]`. Raises IncompleteInput: the text ends in the middle of a command. SyntaxMistake:
    other syntax errors.

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
    return Word(Parser(line_reader(text)).quoted(""))


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


class Parser(Words):
    r"""Reads complete commands one by one; reads a line only when it is needed.

    The next line is not read ahead, because a program that a script runs may read the rest of the
    script. At a prompt, the missing end of a here-document, or a missing line after a backslash,
    raises IncompleteInput. As in dash, a script continues.

    >>> lines = iter(["echo a\n", "echo b\n"])
    >>> parser = Parser(lambda: next(lines, None))
    >>> len(parser.next_command().items), next(lines)
    (1, 'echo b\n')
    """

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        super().__init__(read_line, first_line=first_line, at_prompt=at_prompt)
        self._known: dict[tuple[str, bool], Argument] = {}
        """The arguments of a long script, by text and whether a word is before: they recur."""
        self._begun_at = first_line
        """The line on which the next command begins."""

    def next_command(self) -> List | None:
        """Read one complete command up to its newline; return None at the end of the input.

        Raises SyntaxMistake, and IncompleteInput if the input ends in a command. The rest of the
        line is dropped; the next call continues after it.
        """
        self.accepted.clear()
        self.open.clear()
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        try:
            while True:
                if self.pos == len(self.text):
                    self.leave_lines()
                char = self.skip()
                if char != "\n":
                    break
                self._newline()
            if not char:
                return None
            command = self._list(is_inside=False)
            char = self.skip()
            if char and char != "\n":
                self._complaints().token(self)
            self._newline()
        except BaseException:
            # read_line() may raise Interrupted.
            self.pending.clear()
            self.leave_lines()
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

    @staticmethod
    def _complaints() -> ModuleType:
        """Return the module of the messages, which is imported at the first error."""
        from simpsh.shell.language import complaints

        return complaints

    def _newline(self) -> None:
        self.pos = min(self.pos + 1, len(self.text))
        if self.pending:
            self.read_documents()

    def _newlines(self) -> str:
        """Pass blanks and newlines; return the next character, "" at the end."""
        while (char := self.skip()) == "\n":
            self._newline()
        return char

    def inside(self, opening: str, start: int) -> List:
        """Read the list after `$(`, `<(` or `>(`, and its `)`."""
        self.enter("cmdsubst", opening, start)
        self.last = opening, self.at
        pending, self.pending = self.pending, []
        body, _ = self._body(")", may_be_empty=True)
        if self.pending:
            document, at, end = self.pending[0]
            message = f"the lines of the here-document '{document.delimiter}' are missing"
            self.refuse(f"{message} before ')'", at, end)
        self.pending = pending
        self.open.pop()
        return body

    # -------------------------------------------------------------------------- the lists

    def _list(self, *, is_inside: bool) -> List:
        """Read the items of a list; inside a compound command newlines separate them, too."""
        items: list[AndOr] = []
        while True:
            char = self._newlines() if is_inside else self.skip()
            self._begun_at = self.line
            word = self.plain()
            if word in self.aliases and self._insert_alias(word):
                continue
            if not char or char in "\n)" or word in _ENDS or self._ends_item(char):
                return List(tuple(items))
            first = self._pipeline(word)
            rest: list[tuple[str, Pipeline]] = []
            char = self.text[self.pos : self.pos + 1]
            while (char == "&" or char == "|") and self.text[self.pos + 1] == char:
                word = self._pass_operator("cmdand" if char == "&" else "cmdor", char + char)
                rest.append((char + char, self._pipeline(word)))
                self.open.pop()
                char = self.text[self.pos : self.pos + 1]
            items.append(AndOr(first, tuple(rest), char == "&"))
            if char == "&" or (char == ";" and not self._ends_item(char)):
                self.accept(char)
            elif char != "\n" or not is_inside:
                return List(tuple(items))

    def _ends_item(self, char: str) -> bool:
        """Return whether the next operator is `;;` or `;&`."""
        return char == ";" and self.text[self.pos + 1] in (";", "&")

    def _pass_operator(self, name: str, operator: str) -> str:
        """Pass `|`, `&&` or `||`; it is open until the caller has read what begins with the result.

        Return the plain word that is next, or "".
        """
        start = self.at
        self.enter(name, operator, start)
        self.accept(operator)
        if not self._newlines():
            message = f"a command is missing after '{operator}'"
            self.lack(message, start, start + len(operator))
        return self._word_ahead()

    def _pipeline(self, word: str) -> Pipeline:
        """Read `[time [-p]] [!] command | command …`; `word` is the plain word that is next."""
        prefixes = False, False, False
        if word == "!" or word == "time":
            prefixes = self._prefixes(word)
            word = self._word_ahead()
            following = self.text[self.pos : self.pos + 2].strip("\0")
            is_alone = following[:1] != "|" or following == "||"
            if prefixes[1] and is_alone and (following[:1] in _AFTER_COMMAND or word in _ENDS):
                return Pipeline((), *prefixes)
        commands = [self._command(word)]
        # After a command, blanks have been passed.
        while self.text[self.pos : self.pos + 1] == "|" and self.text[self.pos + 1] != "|":
            operator = "|"
            if self.is_typed and self.text[self.pos + 1] == "&":
                operator = "|&"
                self.accepted[operator] = None
                commands[-1] = _with_both(commands[-1])
            commands.append(self._command(self._pass_operator("pipe", operator)))
            self.open.pop()
        return Pipeline(tuple(commands), *prefixes)

    def _prefixes(self, word: str) -> tuple[bool, bool, bool]:
        """Read `!` and `time` in either order; return whether `!`, `time` and `-p` were found."""
        found: list[str] = []
        while word == "!" or word == "time":
            start = self.at
            if word in found:
                message = f"'{word}' is allowed only once before a pipeline"
                self.refuse(message, start, start + len(word))
            found.append(word)
            self.accept(word)
            self.skip()
            if word == "time" and self.plain() == "-p":
                found.append("-p")
                self.accept("-p")
            word = self._word_ahead()
        return "!" in found, "time" in found, "-p" in found

    # ------------------------------------------------------------------------ the aliases

    def _word_ahead(self) -> str:
        """Pass blanks; return the plain word at the beginning of a command, or ""."""
        while True:
            self.skip()
            self._begun_at = self.line
            word = self.plain()
            if word not in self.aliases or not self._insert_alias(word):
                return word

    def _insert_alias(self, name: str) -> bool:
        """Replace an alias at the position with its text, unless the word is part of that text."""
        self._leave_aliases()
        if name in RESERVED or any(name == each for each, _, _ in self.opened_aliases):
            return False
        value = self.aliases[name]
        self.edit(self.pos, len(name), value)
        end = self.at + len(value)
        self.opened_aliases.append((name, end, value[-1:] in tuple(BLANKS)))
        return True

    def _leave_aliases(self) -> bool:
        """Leave the aliases whose text has been read; return whether a blank ended one of them."""
        is_next = False
        while self.opened_aliases and self.at > self.opened_aliases[-1][1]:
            is_next |= self.opened_aliases.pop()[2]
        return is_next

    # ----------------------------------------------------------------------- the commands

    def _command(self, word: str, *, is_body: bool = False) -> Command:
        """Read a command; `word` is the plain word that is next. `is_body`: of a function."""
        start, line = self.at, self._begun_at
        if not word and self.text.startswith("(", self.pos):
            word = "((" if self.is_typed and self.text[self.pos + 1] == "(" else "("
        read = _COMPOUNDS.get(word)
        if (
            read is None
            and self.is_typed
            and word in _TYPED
            and not self._after_brackets(self.pos + len(word))
        ):
            read = _TYPED[word]
            if read is None:
                self.refuse_form(word, start, start + len(word))
            self.accepted[word] = None
        if read is not None:
            # As in zsh, the prompt names a function alone, not its braces.
            name = "" if is_body and word == "{" else _SHOWN.get(word, word)
            self.enter(name, word, start)
            self.accept(word)
            command = read(self, word, line)
        elif word in _ENDS or word == "!":
            self._complaints().no_command(self)
        else:
            command = self._simple_command()
        end = self.ended_at
        if self._edits:
            start, end = self._original(start), self._original(end - 1, is_last=True) + 1
        # Complete the record after the command was read; only the parser has seen it.
        object.__setattr__(command, "source", (self.lines, start, end))
        return command

    def _after_brackets(self, pos: int) -> int:
        """Return the index after the `()` of a function's name that ends at `pos`; 0 without."""
        end = self.text.find(")", pos) + 1
        between = self.text[pos:end].replace(" ", "").replace("\t", "")
        return end if between == "()" else 0

    def _body(self, *ends: str, may_be_empty: bool = False) -> tuple[List, str]:
        """Read a list and the word or operator after it, which must be one of `ends`."""
        body = self._list(is_inside=True)
        char = self.text[self.pos : self.pos + 1]
        end = self.text[self.pos : self.pos + 2] if char == ";" else self.plain() or char
        if end not in ends:
            self._complaints().not_closed(self, ends[-1])
        if not (body.items or may_be_empty):
            self._complaints().no_command(self)
        self._pass_middle(end)
        return body, end

    def _pass_middle(self, word: str) -> None:
        """Pass the word before the next part of a construct, or the end of the construct."""
        self.accept(word)
        name, opening, start, _ = self.open[-1]
        name = word if word in ("then", "elif", "else") else name
        self.open[-1] = (name, opening, start, self.at)

    def _expect(self, word: str, *, hint: str = "") -> None:
        """Pass a reserved word, which must be next; `hint`: the word, if it may need a `;`."""
        if self.plain() != word:
            self._complaints().misplaced(self, f"'{word}'", hint)
        self._pass_middle(word)

    def _redirections(self) -> tuple[Redirection, ...]:
        """Read the redirections after a compound command."""
        found: list[Redirection] = []
        self.ended_at = self.at
        while self._begins_redirection(char := self.skip()):
            found += self._redirection()
            self.ended_at = self.at
        if found and char not in _AFTER_COMMAND:
            # As in dash, no word is reserved after a redirection.
            self._complaints().token(self, is_reserved=False)
        return tuple(found)

    def _end(self) -> tuple[Redirection, ...]:
        """Close a compound command and read its redirections."""
        self.open.pop()
        return self._redirections()

    def bracketed(self, word: str, line: int) -> Command:
        """Read `( list )` or `{ list; }`."""
        if word == "(":
            body, _ = self._body(")")
            return Subshell(body, self._end(), line)
        body, _ = self._body("}")
        return Group(body, self._end(), line)

    def if_clause(self, _: str, line: int) -> If:
        """Read `if list; then list; elif list; then list; else list; fi`."""
        branches: list[tuple[List, List]] = []
        end = "elif"
        while end == "elif":
            condition, _ = self._body("then")
            body, end = self._body("elif", "else", "fi")
            branches.append((condition, body))
        otherwise = self._body("fi")[0] if end == "else" else None
        return If(tuple(branches), otherwise, self._end(), line)

    def loop(self, word: str, line: int) -> Loop:
        """Read `while list; do list; done`, or `until`."""
        condition, _ = self._body("do")
        body, _ = self._body("done")
        return Loop(condition, body, word == "until", self._end(), line)

    def for_clause(self, _: str, line: int) -> For | ArithmeticFor:
        """Read `for name in word …; do list; done`."""
        self.skip()
        if self.text.startswith("((", self.pos):
            return self._arithmetic_for(line)
        name = self.plain()
        if not is_name(name):
            self._complaints().misplaced(self, "the name of a variable")
        self.accept(name)
        words: list[Word] | None = None
        if self.skip() == ";":
            self.accept(";")
        else:
            self._newlines()
            if self.plain() == "in":
                self.accept("in")
                words = []
                while self._begins_word(char := self.skip()):
                    words += self.words_of(self.at, self.word(), ())
                if char != ";" and char != "\n":
                    self._complaints().misplaced(self, "'do'", "do")
                self.accept(char.strip("\n"))
        body = self._do_group()
        listed = None if words is None else tuple(words)
        return For(name, listed, body, self._end(), line)

    def _do_group(self) -> List:
        """Read `do list; done`."""
        self._newlines()
        self._expect("do", hint="do")
        return self._body("done")[0]

    def _arithmetic_for(self, line: int) -> ArithmeticFor:
        """Read the rest of `for ((first; condition; step)); do list; done`, after `for`."""
        start = self.at
        if not self.is_typed:
            self.refuse_form("for ((", self.open[-1][2], start + 2)
        self.enter("math", "((", start)
        self.accept("((")
        expressions = _cut_at_semicolons(self.bracketed_expression("(("))
        if len(expressions) != 3:
            message = "'for ((' takes three expressions, with ';' between them"
            self.refuse(message, start, self.at)
        self.accepted["for (("] = None
        if self.skip() == ";":
            self.accept(";")
        first, condition, step = expressions
        body = self._do_group()
        return ArithmeticFor(first, condition, step, body, self._end(), line)

    def case_clause(self, _: str, line: int) -> Case:
        """Read `case word in item … esac`."""
        subject = self.argument("a word")
        self._newlines()
        self._expect("in")
        items: list[CaseItem] = []
        while self._newlines() and self.plain() != "esac":
            items.append(self._case_item())
            if items[-1].terminator == "esac":
                items[-1] = changed(items[-1], terminator=";;")
                return Case(subject, tuple(items), self._end(), line)
        self._expect("esac")
        return Case(subject, tuple(items), self._end(), line)

    def _case_item(self) -> CaseItem:
        """Read `(pattern | pattern) list;;`; `esac` may end the last one."""
        if self.text[self.pos] == "(":
            self.accept("(")
        patterns = [self.argument("'esac'")]
        while self.skip() == "|" and self.text[self.pos + 1] != "|":
            self.accept("|")
            patterns.append(self.argument("a pattern"))
        self._expect_bracket()
        body, end = self._body(";;", ";&", "esac", may_be_empty=True)
        if end == ";;" and self.text[self.pos] == "&":
            at = self.at
            self.refuse_form(";;&", at - 2, at + 1)
        return CaseItem(tuple(patterns), body, end)

    def _expect_bracket(self) -> None:
        if self.text[self.pos : self.pos + 1] != ")":
            self._complaints().misplaced(self, "')'")
        self.accept(")")

    def argument(self, expected: str) -> Word:
        """Read a word of `case` or `[[ ]]`, which is not split."""
        if not self._begins_word(self.skip()):
            self._complaints().misplaced(self, expected)
        return Word(_with_tildes(self.word()))

    def _begins_word(self, char: str) -> bool:
        """Return whether a word begins at the position, at which `char` is."""
        return bool(char) and (char not in WORD_ENDS or self.begins_process())

    # --------------------------------------------------------------------- simple commands

    def _simple_command(self) -> Command:
        """Read assignments, words and redirections, or a function definition, `name (`."""
        line, begin = self._begun_at, self.at
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        is_next = False
        """Whether the next word may be an alias, too."""
        while True:
            if (
                self.ordinary is not None
                and (words or not self.aliases)
                and not self.opened_aliases
            ):
                self._ordinary_arguments(assignments, words, redirections)
            self.ended_at = self.base + self.pos
            char = self.skip()
            if self._begins_redirection(char):
                redirections += self._redirection()
                continue
            if char in _AFTER_COMMAND:
                break
            if char == "(":
                has_others = len(words) != 1 or bool(assignments) or bool(redirections)
                return self._function(words, begin, line, is_misplaced=has_others)
            if self.aliases:
                is_next = self._leave_aliases() or is_next or not words
                if is_next and self.plain() in self.aliases and self._insert_alias(self.plain()):
                    continue
                is_next = False
            start, parts = self.at, self.word()
            if words or not _assigns(parts):
                words += self.words_of(start, parts, words)
            else:
                assignments.append(_assignment(parts))
        if not (words or assignments or redirections):
            self._complaints().no_command(self)
        if self.is_typed and len(words) > 3 and _text_of(words[0]) in ("[", "test"):
            self.accepted.update({"==": None} if "==" in map(_text_of, words) else {})
        return SimpleCommand(tuple(assignments), tuple(words), tuple(redirections), line)

    def _ordinary_arguments(
        self, assignments: list[Assignment], words: list[Word], redirections: list[Redirection]
    ) -> None:
        """Read the ordinary arguments that follow, in a long script."""
        match = self.ordinary
        assert match is not None
        while (found := match(self.text, self.pos)) is not None:
            key = found[1], bool(words)
            argument = self._known.get(key)
            if argument is None:
                self.pos = found.start(1)
                is_redirection = self._begins_redirection(self.text[self.pos])
                if is_redirection:
                    argument = self._redirection()[0]
                else:
                    parts = self.word()
                    is_assignment = not words and _assigns(parts)
                    argument = _assignment(parts) if is_assignment else _word(parts, words)
                self._known[key] = argument
            self.pos = found.end()
            if isinstance(argument, Word):
                words.append(argument)
            elif isinstance(argument, Assignment):
                assignments.append(argument)
            else:
                redirections.append(argument)

    def words_of(self, start: int, parts: tuple[Part, ...], before: Sequence[Word]) -> list[Word]:
        """Return an argument after other words; in a typed text, each word that its braces make."""
        if self.is_typed and any("{" in part.text for part in parts if isinstance(part, Literal)):
            from simpsh.shell.language.brace_expansion import MOST, expanded

            words = expanded(parts, lambda form: self.accepted.update({form: None}))
            if words is None:
                self.refuse(f"braces: more than {MOST} words", start, self.at)
            return [_word(each, before) for each in words]
        return [_word(parts, before)]

    def _function(
        self, words: list[Word], begin: int, line: int, *, is_misplaced: bool
    ) -> FunctionDefinition:
        """Read the rest of a function definition, from the `(` after its name."""
        start = self.at
        end = start - (self.pos - len(self.text[: self.pos].rstrip(BLANKS)))
        if not is_misplaced:
            self.accept("(")
            is_misplaced = self.skip() != ")"
        if is_misplaced:
            self._complaints().bracket(self, start)
        part = words[0].parts[0] if len(words[0].parts) == 1 else None
        name = part.text if isinstance(part, Literal) else ""
        if not self._names_function(name):
            self.refuse(f"'{name}' cannot name a function", begin, end)
        self.accept(")")
        self.enter("function", name, begin)
        return self._function_body(name, line, start, start + 1)

    def _function_body(self, name: str, line: int, start: int, end: int) -> FunctionDefinition:
        """Read the body of a function; the offsets are for the message if it is missing."""
        if not self._newlines():
            self.lack(f"the body of the function '{name}' is missing", start, end)
        body = self._command(self._word_ahead(), is_body=True)
        self.open.pop()
        return FunctionDefinition(name, body, line)

    def _names_function(self, name: str) -> bool:
        """Return whether a word can name a function: at the prompt also `a-b`, as in bash."""
        return is_name(name) or (bool(name) and self.is_typed and name not in RESERVED)

    def _begins_redirection(self, char: str) -> bool:
        """Return whether a redirection begins at the position, at which `char` is."""
        if char == "<" or char == ">":
            return not self.begins_process()
        if char == "&":
            return self.is_typed and self.text[self.pos + 1] == ">"
        if char == "{" and self.is_typed:
            name = self.plain()
            if self.text[self.pos + len(name)] in "<>" and name[-1:] == "}" and is_name(name[1:-1]):
                start = self.at
                self.refuse_form("{fd}>", start, start + len(name) + 1)
        if char not in DIGITS:
            return False
        digits = self.plain()
        end = self.pos + len(digits)
        if not is_number(digits) or len(digits) > MAX_DESCRIPTOR_DIGITS:
            return False
        if self.text[end] not in "<>" or (self.is_typed and self.text[end + 1] == "("):
            return False
        self.join(end + 1)
        self.join(end + 2)
        return True

    def _redirection(self) -> tuple[Redirection, ...]:
        """Read a redirection; `&>` makes two."""
        start = self.at
        digits = self.take(DIGITS)
        operator = next(
            self.text[self.pos : self.pos + length]
            for length in (3, 2, 1)
            if self.text[self.pos : self.pos + length] in REDIRECTIONS
        )
        if operator[0] == "&":
            self._complaints().number_before(self)
            self.accepted[operator] = None
        self.accept(operator)
        if operator in "<>" and self.text[self.pos] == "(":
            self.refuse_form(f"{operator}(", start, start + 2)
        char = self.skip()
        if not self._begins_word(char) or (char.isdigit() and self._begins_redirection(char)):
            self._complaints().no_target(self, digits + operator, start)
        number = int(digits) if digits else None
        if operator == "<<" or operator == "<<-":
            return (self.announce(operator, number, start),)
        target = Word(_with_tildes(self.word()))
        if operator == "<<<":
            return (HereString(target, number),)
        if operator[0] == "&":
            return FileRedirection(operator[1:], target), _BOTH
        return (FileRedirection(operator, target, number),)

    # ---------------------------------------------------------- what only the prompt accepts

    def function_clause(self, _: str, line: int) -> FunctionDefinition:
        """Read `function name { list; }`."""
        self.skip()
        name = self.plain()
        start = self.at
        if not self._names_function(name):
            self._complaints().misplaced(self, "the name of a function")
        self.accept(name)
        self.pos = self._after_brackets(self.pos) or self.pos
        self.open[-1] = ("function", name, start, start)
        char = self._newlines()
        if char and not (char == "(" or self.plain() in _COMPOUNDS or self.plain() == "[["):
            self._complaints().misplaced(self, "'{'")
        return self._function_body(name, line, start, start + len(name))

    def arithmetic_command(self, word: str, line: int) -> ArithmeticCommand:
        """Read `((expression))`."""
        return ArithmeticCommand(self.bracketed_expression(word), self._redirections(), line)

    def condition(self, _: str, line: int) -> Condition:
        """Read `[[ condition ]]`; whether the tokens are a condition shows when it runs."""
        tokens: list[Word | str] = []
        while (char := self._newlines()) and self.plain() != "]]":
            pair = self.text[self.pos : self.pos + 2]
            operator = pair if pair in ("&&", "||") else char if char in "()<>" else ""
            if len(tokens) > 1 and tokens[-1] == _MATCHES:
                tokens.append(Word(self._regular_expression()))
            elif operator and not self.begins_process():
                self.accept(operator)
                tokens.append(operator)
            else:
                tokens.append(self.argument("a condition"))
        self._expect("]]")
        return Condition(tuple(tokens), self._end(), line)

    def _regular_expression(self) -> tuple[Part, ...]:
        """Read the word after `=~`, in which brackets, `|` and `<` are not special."""
        pieces: list[Part | str] = []
        brackets = 0
        while True:
            char = self.text[self.pos]
            if char in PARTS:
                getattr(self, PARTS[char])(pieces)
                continue
            if char in "\n\0" or (not brackets and char in " \t)"):
                return merged(pieces)
            brackets += {"(": 1, ")": -1}.get(char, 0)
            pieces.append(char)
            self.pos += 1


_COMPOUNDS: dict[str, Callable[[Parser, str, int], Command]] = {
    "(": Parser.bracketed,
    "{": Parser.bracketed,
    "if": Parser.if_clause,
    "while": Parser.loop,
    "until": Parser.loop,
    "for": Parser.for_clause,
    "case": Parser.case_clause,
}
"""Maps the first word of a compound command to the method that reads the command."""
_TYPED: dict[str, Callable[[Parser, str, int], Command] | None] = {
    "[[": Parser.condition,
    "((": Parser.arithmetic_command,
    "function": Parser.function_clause,
    "select": None,
    "coproc": None,
}
"""The reserved words of a typed text, of which the last ones are refused."""
_SHOWN = {"(": "subsh", "{": "cursh", "[[": "cond", "((": "math"}
"""The names of open constructs whose name in zsh is not their first word."""
_MATCHES = Word((Literal("=~"),))
_BOTH = FileRedirection(">&", Word((Literal("1"),)), 2)


def _with_both(command: Command) -> Command:
    """Return the command before `|&`, which is `2>&1 |`."""
    if isinstance(command, FunctionDefinition):
        command = Group(List((AndOr(Pipeline((command,))),)), (), command.line)
    return changed(command, redirections=(*command.redirections, _BOTH))


def _assigns(parts: tuple[Part, ...]) -> bool:
    """Return whether the parts of a command's first word are an assignment."""
    first = parts[0]
    return type(first) is Literal and is_assignment(first.text)


def _word(parts: tuple[Part, ...], before: Sequence[Word]) -> Word:
    """Return an argument after other words, with its tilde prefixes."""
    return Word(_with_tildes(parts, assigns=assignments_from(before) <= len(before)))


def _assignment(parts: tuple[Part, ...]) -> Assignment:
    parts = _with_tildes(parts, assigns=True)
    assert isinstance(parts[0], Literal)
    name, _, text = parts[0].text.partition("=")
    return Assignment(name, Word(((Literal(text),) if text else ()) + parts[1:]))


def _with_tildes(parts: tuple[Part, ...], *, assigns: bool = False) -> tuple[Part, ...]:
    """Return the parts of a word with its tilde prefixes; `assigns`: it may be an assignment."""
    first = parts[0]
    text = first.text if type(first) is Literal else ""
    assigns = assigns and is_assignment(text)
    return with_tildes(parts, assigns=assigns) if assigns or text[:1] == "~" else parts


def _text_of(word: Word) -> str:
    """Return the text of a plain word; of another one, that at its beginning."""
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
