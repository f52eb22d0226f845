"""Word expansion: words become fields, the arguments of a command (POSIX XCU 2.6).

The functions access the shell through a `Scope`, and the system only for the names of files.
Behaviour that POSIX does not specify follows dash. A word is expanded in one of three ways: to one
text (`single`), to fields (`fields`), or to a pattern (`pattern_of`).
"""

from __future__ import annotations

from simpsh.base.errors import ExpansionProblem
from simpsh.base.record import Node
from simpsh.shell.language.characters import is_assignment, is_name
from simpsh.shell.language.syntax_tree import (
    BAD,
    LENGTH,
    Arithmetic,
    CommandSubstitution,
    DoubleQuoted,
    Literal,
    Parameter,
    ProcessSubstitution,
    Quoted,
    SimpleCommand,
    Tilde,
    Word,
    assignments_from,
    nodes_in,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from simpsh.shell.language.arithmetic import Variables
    from simpsh.shell.language.syntax_tree import List, Part

    Field = list[tuple[str, bool]]
    """Pieces of text; the flag says whether a piece is quoted, for pathname expansion."""

    class Scope(Variables, Protocol):
        """The interface of the shell for word expansion."""

        @property
        def positional(self) -> Sequence[str]:
            """The positional parameters, `$1` first."""

        @property
        def is_noglob(self) -> bool:
            """Whether pathname expansion is off: `set -f`."""

        def before_listing(self, pattern: str, /) -> None:
            """Take note that directories will be read, to find the files that match a pattern."""

        def substitute(self, body: List, /) -> str:
            """Run a list and return its output with all newlines."""

        def process_substitution(self, part: ProcessSubstitution, /) -> str:
            """Start the list of `<( )` or `>( )`; return the path of the command's pipe end."""

        def home(self, user: str, /) -> str | None:
            """Return a user's home directory, the current user's for `''`; None if unknown."""


DEFAULT_IFS = " \t\n"
"""The separators if IFS is unset."""


def fields(words: Sequence[Word], scope: Scope) -> list[str]:
    """Expand a command's words: tildes, parameters, substitutions, splitting, pathnames, quotes.

    Raises ExpansionProblem: a parameter is not set, under `set -u` or `${name?}`; a variable cannot
    be assigned to; an arithmetic expression has an error.
    """
    texts: list[str] = []
    first_assigned = assignments_from(words)
    for index, word in enumerate(words):
        parts = word.parts
        text = _sole_field(parts[0], scope) if len(parts) == 1 else None
        if text is None and index >= first_assigned:
            first = parts[0]
            if type(first) is Literal and is_assignment(first.text):
                text = single(word, scope)
        if text is None:
            texts.extend(_word_fields(word, scope))
        else:
            texts.append(text)
    return texts


def single(word: Word, scope: Scope) -> str:
    """Expand a word to one text: an assignment's value, a redirection's target, a here-document.

    It is neither split nor matched against files; `$@` and `$*` are joined as in dash. Raises like
    fields().
    """
    parts = word.parts
    return _join(parts, scope) if len(parts) != 1 else _text(parts[0], scope)


def pattern_of(word: Word, scope: Scope) -> str:
    """Expand a word to a pattern, in which quoted text matches itself; raises like fields()."""
    parts = word.parts
    if len(parts) == 1 and type(parts[0]) is Literal:
        return parts[0].text
    return _pattern(parts, scope)


def _join(parts: Sequence[Part], scope: Scope) -> str:
    return "".join([_text(part, scope) for part in parts])


def _text(part: Part, scope: Scope) -> str:
    # type() is faster than isinstance(), and this function dominates loops.
    if type(part) is Literal:
        return part.text
    if type(part) is Parameter or type(part) is Arithmetic or type(part) is CommandSubstitution:
        return _value(part, scope)
    if type(part) is DoubleQuoted:
        return _join(part.parts, scope)
    if type(part) is Tilde:
        home = scope.home(part.user)
        return f"~{part.user}" if home is None else home
    if type(part) is ProcessSubstitution:
        return scope.process_substitution(part)
    if TYPE_CHECKING:
        assert isinstance(part, Quoted)
    return part.text


def _value(part: Parameter | CommandSubstitution | Arithmetic, scope: Scope) -> str:
    if type(part) is Parameter:
        if part.operator:
            value = _operate(part, scope)
            return _join(value.parts, scope) if isinstance(value, Word) else value
        text = scope.parameter(part.name)
        return _if_unset(part.name, scope) if text is None else text
    if type(part) is Arithmetic:
        return str(calculate(part.expression, scope))
    if TYPE_CHECKING:
        assert isinstance(part, CommandSubstitution)
    return scope.substitute(part.body).rstrip("\n")


def _if_unset(name: str, scope: Scope) -> str:
    """Return the value of `$@` and `$*`, and "" for an unset parameter; raise under `set -u`."""
    if name == "@" or name == "*":
        return _first_separator(scope).join(scope.positional)
    if scope.is_nounset:
        raise ExpansionProblem(f"{name}: parameter not set")
    return ""


def _first_separator(scope: Scope) -> str:
    """Return the separator of the positional parameters in `"$*"`."""
    separators = scope.parameter("IFS")
    return " " if separators is None else separators[:1]


def calculate(expression: Sequence[Part], scope: Scope) -> int:
    """Return the value of an arithmetic expression; raises like fields()."""
    from simpsh.shell.language import arithmetic

    # Quotes are not special in an expression.
    texts = [
        "\\" + piece.text if type(piece) is Quoted and piece.quote == "\\" else _text(piece, scope)
        for piece in expression
    ]
    return arithmetic.value("".join(texts), scope)


def _operate(part: Parameter, scope: Scope) -> str | Word:
    """Evaluate `${…}` with an operator to a text, or to the unexpanded word after the operator."""
    name, operator, operand = part.name, part.operator, part.operand
    if operator == BAD:
        from simpsh.shell.language.bash_forms import parameter_form
        from simpsh.shell.language.tree_printing import as_written

        text = as_written((part,))
        message = parameter_form(name, text[2 + len(name) :], text)
        raise ExpansionProblem(message or f"'{text}' does not name a parameter")
    value = scope.parameter(name)
    if value is None and name in ("@", "*"):
        value = _if_unset(name, scope)
    if operand is None or operator[0] in "%#":
        return _remove(part, _if_unset(name, scope) if value is None else value, scope)
    is_set = value is not None and (value != "" or operator[0] != ":")
    if operator[-1] == "+":
        return operand if is_set else ""
    if is_set and value is not None:
        return value
    if operator[-1] == "-":
        return operand
    text = _join(operand.parts, scope)
    if operator[-1] == "?":
        default = "parameter not set" if value is None else "parameter is empty"
        raise ExpansionProblem(f"{name}: {text or default}")
    if not is_name(name):
        raise ExpansionProblem(f"{name}: only a variable can be assigned to")
    scope.assign(name, text)
    return text


def _remove(part: Parameter, value: str, scope: Scope) -> str:
    """Return a parameter's length, or its value without a prefix or suffix that matches."""
    from simpsh.shell.language.glob_pattern import bytewise, locale_of, removed, textwise

    locale = "" if value.isascii() else locale_of(scope)
    is_bytes = not (value.isascii() or locale)
    if part.operand is None:
        return str(len(bytewise(value) if is_bytes else value))
    cut = pattern_of(part.operand, scope)
    if is_bytes:
        return textwise(removed(bytewise(value), part.operator, bytewise(cut)))
    return removed(value, part.operator, cut, locale)


def _pattern(parts: Sequence[Part], scope: Scope) -> str:
    from simpsh.shell.language.glob_pattern import quoted

    texts = []
    for part in parts:
        match part:
            case Literal(text):
                texts.append(text)
            case Parameter(operator=operator) if operator:
                value = _operate(part, scope)
                texts.append(_pattern(value.parts, scope) if isinstance(value, Word) else value)
            case Parameter() | CommandSubstitution() | Arithmetic():
                texts.append(_value(part, scope))
            case Quoted() | DoubleQuoted() | Tilde() | ProcessSubstitution():
                texts.append(quoted(_text(part, scope)))
    return "".join(texts)


class Fields:
    """Collects the fields of one word from left to right (POSIX XCU 2.6.5)."""

    def __init__(self, separators: str) -> None:
        self._separators = separators
        self._fields: list[Field] = []
        self._current: Field = []

    def add(self, text: str) -> None:
        """Append literal text, which is not split."""
        if text:
            self._current.append((text, False))

    def quote(self, text: str) -> None:
        """Append quoted text, which begins a field even if it is empty."""
        self._current.append((text, True))

    def end(self) -> None:
        """End the current field, if it has begun."""
        if self._current:
            self._fields.append(self._current)
            self._current = []

    def split(self, text: str) -> None:
        """Append the result of an unquoted expansion, split at the characters of IFS."""
        separators = self._separators
        if not separators or not text:
            self.add(text)
            return
        if separators == DEFAULT_IFS:
            # Spaces, tabs and newlines leave no empty fields.
            pieces = text.replace("\t", " ").replace("\n", " ").split(" ")
            self.add(pieces[0])
            for piece in pieces[1:]:
                self.end()
                self.add(piece)
            return
        start = at = 0
        while at < len(text):
            char = text[at]
            at += 1
            if char not in separators:
                continue
            self.add(text[start : at - 1])
            is_blank = char in DEFAULT_IFS
            if self._current or not is_blank:
                self._fields.append(self._current)
                self._current = []
                # A delimiter consists of blanks of IFS and at most one other character of IFS.
                while at < len(text) and text[at] in separators:
                    if text[at] not in DEFAULT_IFS:
                        if not is_blank:
                            break
                        is_blank = False
                    at += 1
            start = at
        self.add(text[start:])

    def finish(self) -> list[Field]:
        """Return the fields."""
        self.end()
        return self._fields


def _sole_field(part: Part, scope: Scope) -> str | None:
    """Fast path: return the field of a word of one part; None if it may become several fields."""
    if type(part) is Literal:
        text = part.text
        is_plain = text == "[" or not ("*" in text or "?" in text or "[" in text)
        return text if is_plain else None
    if type(part) is Quoted:
        return part.text
    if type(part) is DoubleQuoted and len(part.parts) == 1:
        inside = part.parts[0]
        if type(inside) is Literal:
            return inside.text
        if type(inside) is Parameter and not inside.operator and inside.name != "@":
            return _value(inside, scope)
    if type(part) is Parameter and not part.operator:
        value = scope.parameter(part.name)
        if value and value.isalnum() and scope.parameter("IFS") == DEFAULT_IFS:
            return value
    return None


def _word_fields(word: Word, scope: Scope) -> list[str]:
    """Expand one word to fields, and patterns to file names."""
    separators = scope.parameter("IFS")
    expanded = Fields(DEFAULT_IFS if separators is None else separators)
    for part in word.parts:
        if type(part) is Literal:
            expanded.add(part.text)
        else:
            _add_part(part, scope, expanded)
    texts: list[str] = []
    for field in expanded.finish():
        text = "".join([piece for piece, _ in field])
        if scope.is_noglob:
            texts.append(text)
            continue
        for piece, is_quoted in field:
            if not is_quoted and ("*" in piece or "?" in piece or "[" in piece):
                from simpsh.shell.language.glob_pattern import has_pattern, pathnames, quoted

                pattern = "".join([quoted(each) if is_text else each for each, is_text in field])
                names = []
                if has_pattern(pattern):
                    scope.before_listing(pattern)
                    names = pathnames(pattern, scope)
                texts.extend(names or [text])
                break
        else:
            texts.append(text)
    return texts


def _add_part(part: Part, scope: Scope, expanded: Fields) -> None:
    """Append the fields of a part outside double quotes."""
    # The patterns bind no values: binding takes longer than the match itself.
    match part:
        case DoubleQuoted():
            parts = part.parts
            if not scope.positional and any(
                isinstance(part, Parameter) and part.name == "@" and not part.operator
                for part in parts
            ):
                # POSIX XCU 2.5.2: `"$@"` without parameters produces no field, but `"a$@"` does.
                text = _join(parts, scope)
                if text:
                    expanded.quote(text)
            else:
                expanded.quote("")
                _add_quoted_parts(parts, scope, expanded)
        case Parameter():
            _add_parameter(part, scope, expanded)
        case CommandSubstitution() | Arithmetic():
            expanded.split(_value(part, scope))
        case Tilde():
            home = scope.home(part.user)
            if home is None:
                expanded.add(f"~{part.user}")
            elif home:
                # As in dash, an empty HOME produces no field.
                expanded.quote(home)
        case Literal() | Quoted():
            expanded.quote(part.text)
        case ProcessSubstitution():
            expanded.quote(_text(part, scope))


def _add_parameter(part: Parameter, scope: Scope, expanded: Fields) -> None:
    """Append the fields of an unquoted parameter."""
    is_list = part.name == "@" or part.name == "*"
    if not part.operator:
        if is_list:
            _add_list(scope.positional, expanded, expanded.split)
        else:
            expanded.split(_value(part, scope))
        return
    value = _operate(part, scope)
    if isinstance(value, Word):
        for inside in value.parts:
            if type(inside) is Literal:
                expanded.split(inside.text)
            else:
                _add_part(inside, scope, expanded)
    elif is_list and part.operand is not None and not _first_separator(scope):
        _add_list(_operate_on_list(part, scope), expanded, expanded.split)
    elif is_list and part.operator[-1] in "-=?":
        _add_list(scope.positional, expanded, expanded.split)
    else:
        expanded.split(value)


def _add_quoted_parts(parts: Sequence[Part], scope: Scope, expanded: Fields) -> None:
    """Append the parts of a word in double quotes, in which `$@` produces several fields."""
    for part in parts:
        match part:
            case Parameter(name="@", operator=""):
                _add_list(scope.positional, expanded, expanded.quote)
            case Parameter(operator=operator) if operator:
                value = _operate(part, scope)
                if isinstance(value, Word):
                    _add_quoted_parts(value.parts, scope, expanded)
                elif part.name == "@" and operator != LENGTH:
                    _add_list(_operate_on_list(part, scope), expanded, expanded.quote)
                else:
                    expanded.quote(value)
            case DoubleQuoted():
                _add_quoted_parts(part.parts, scope, expanded)
            case (
                Literal() | Quoted() | Parameter() | CommandSubstitution() | Arithmetic()
                | Tilde() | ProcessSubstitution()
            ):  # fmt: skip
                expanded.quote(_text(part, scope))


def _add_list(texts: Sequence[str], expanded: Fields, add: Callable[[str], None]) -> None:
    for index, text in enumerate(texts):
        if index:
            expanded.end()
        add(text)


def _operate_on_list(part: Parameter, scope: Scope) -> Sequence[str]:
    """Return the fields of `"${@…}"` with an operator."""
    if part.operator[-1] in "-=?":
        return scope.positional
    # As in dash, the pattern is matched against the joined parameters.
    return _remove(part, "\0".join(scope.positional), scope).split("\0")


def needs_substitution(node: Node) -> bool:
    """Return whether the expansion of a node may run a command or set a variable."""
    if (
        isinstance(node, SimpleCommand)
        and not (node.assignments or node.redirections)
        and all(len(word.parts) == 1 and type(word.parts[0]) is Literal for word in node.words)
    ):
        return False  # fast path: most commands of a script
    for part in nodes_in(node):
        if isinstance(part, CommandSubstitution | ProcessSubstitution):
            return True
        if isinstance(part, Parameter) and part.operator in ("=", ":="):
            return True
        if isinstance(part, Arithmetic):
            # The value of a parameter may contain an assignment.
            for piece in part.expression:
                if not isinstance(piece, Literal) or any(
                    sign in piece.text for sign in ("=", "++", "--")
                ):
                    return True
    return False
