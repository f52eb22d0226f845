"""Expansion: words become fields, the arguments of a command (POSIX XCU 2.6).

Pure but for the `Scope`, through which all contact with the shell and the system goes. Where the
standard is silent this is what dash does. A part of a word is expanded in one of three ways: as
one text (`single`), to fields (`fields`), or to a pattern (`pattern_of`).
"""

from __future__ import annotations

from simpsh.base.errors import ExpansionProblem
from simpsh.base.record import Record
from simpsh.shell.language.characters import DECLARING
from simpsh.shell.language.field_splitting import DEFAULT_IFS, Fields
from simpsh.shell.language.syntax_tree import (
    LENGTH,
    Arithmetic,
    CommandSubstitution,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    Literal,
    Parameter,
    SingleQuoted,
    Tilde,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from simpsh.shell.language.field_splitting import Field
    from simpsh.shell.language.syntax_tree import List, Part

    Expansion = Parameter | CommandSubstitution | Arithmetic

    class Scope(Protocol):
        """What expansion may ask of the shell and the system."""

        @property
        def positional(self) -> Sequence[str]:
            """The positional parameters, `$1` first."""

        @property
        def is_nounset(self) -> bool:
            """Whether an unset parameter is an error (`set -u`)."""

        @property
        def is_noglob(self) -> bool:
            """Whether there is no pathname expansion (`set -f`)."""

        def parameter(self, name: str, /) -> str | None:
            """Return a variable or a special parameter but `@` and `*`; None if unset."""

        def assign(self, name: str, value: str, /) -> None:
            """Set a variable: `${name=word}`, `$((name = 1))`."""

        def substitute(self, body: List, /) -> str:
            """Run a list and return its output, with its newlines."""

        def unforeseen(self, part: Expansion, text: str, /) -> str | None:
            """Return what stands for an expansion of a text that is not known yet; else None."""

        def home(self, user: str, /) -> str | None:
            """Return a user's home directory, of the current user for `''`; None if unknown."""

        def entries(self, directory: str, /) -> Sequence[str]:
            """Return the names in a directory but `.` and `..`, none if it is unreadable.

            The directory `''` is the current one.
            """

        def exists(self, path: str, /) -> bool:
            """Return whether there is such a file; lstat(2) succeeds."""


def fields(words: Sequence[Word], scope: Scope) -> list[str]:
    """Expand a command's words: tildes, parameters, substitutions, splitting, pathnames, quotes.

    Raises:
        ExpansionProblem: A parameter is not set, under `set -u` or `${name?}`; a variable cannot
            be assigned to; an arithmetic expression has no value.
    """
    found: list[str] = []
    assignments_from = _assignments_from(words) if len(words) > 1 else 1
    for index, word in enumerate(words):
        parts = word.parts
        if len(parts) == 1:
            text = _sole_field(parts[0], scope)
            if text is not None:
                found.append(text)
                continue
        if index >= assignments_from and _is_assignment(word):
            found.append(single(word, scope))
        else:
            found.extend(_word_fields(parts, scope))
    return found


def single(word: Word, scope: Scope) -> str:
    """Expand a word that stays one: an assignment's value, a redirection's target, a here-document.

    Neither split into fields nor taken for a pattern; `$@` and `$*` are joined as in dash.

    Raises:
        ExpansionProblem: As `fields`.
    """
    parts = word.parts
    return _joined(parts, scope) if len(parts) != 1 else _text(parts[0], scope)


def pattern_of(word: Word, scope: Scope) -> str:
    """Expand a word to a pattern, see glob_pattern.py, in which quoted text stands for itself.

    Raises:
        ExpansionProblem: As `fields`.
    """
    parts = word.parts
    if len(parts) == 1 and type(parts[0]) is Literal:
        return parts[0].text
    return _pattern(parts, scope)


# --------------------------------------------------------------------------- one text


def _joined(parts: Sequence[Part], scope: Scope) -> str:
    """Expand parts to one text."""
    return "".join([_text(part, scope) for part in parts])


def _text(part: Part, scope: Scope) -> str:
    """Expand a part to one text."""
    # No isinstance here: in a loop each test counts.
    if type(part) is Literal:
        return part.text
    if type(part) is Parameter or type(part) is Arithmetic or type(part) is CommandSubstitution:
        return _value(part, scope)
    if type(part) is DoubleQuoted:
        return _joined(part.parts, scope)
    if type(part) is Tilde:
        return _home(part, scope)
    if TYPE_CHECKING:
        assert isinstance(part, Escaped | SingleQuoted | DollarQuoted)
    return part.text


def _value(part: Expansion, scope: Scope) -> str:
    """Return what a parameter, an arithmetic expression or a substitution gives, as one text."""
    if type(part) is Parameter:
        if part.operator:
            found = _operated(part, scope)
            return _joined(found.parts, scope) if isinstance(found, Word) else found
        value = scope.parameter(part.name)
        return _if_unset(part.name, scope) if value is None else value
    if type(part) is Arithmetic:
        return _calculated(part, scope)
    if TYPE_CHECKING:
        assert isinstance(part, CommandSubstitution)
    return scope.substitute(part.body).rstrip("\n")


def _if_unset(name: str, scope: Scope) -> str:
    """Return what a parameter that is no variable gives: `$@` and `$*`, or nothing if unset.

    Raises:
        ExpansionProblem: It is unset, and `set -u` is on.
    """
    if name == "@" or name == "*":
        return _first_separator(scope).join(scope.positional)
    if scope.is_nounset:
        raise ExpansionProblem(f"{name}: parameter not set")
    return ""


def _first_separator(scope: Scope) -> str:
    """Return what stands between the positional parameters in `"$*"`."""
    separators = scope.parameter("IFS")
    return " " if separators is None else separators[:1]


def _home(part: Tilde, scope: Scope) -> str:
    """Return a home directory; of an unknown user, the prefix as it was written."""
    home = scope.home(part.user)
    return f"~{part.user}" if home is None else home


def _calculated(part: Arithmetic, scope: Scope) -> str:
    """Return the value of `$(( ))` in decimal digits."""
    from simpsh.shell.language import arithmetic

    first = part.expression[0] if part.expression else None
    if type(first) is Literal and len(part.expression) == 1:
        standing = scope.unforeseen(part, first.text)
        return str(arithmetic.value(first.text, scope)) if standing is None else standing
    numbers: list[int] = []
    texts: list[str] = []
    pieces: list[str] = []
    for piece in part.expression:
        text = piece.text if type(piece) is Literal else _expression_text(piece, scope)
        texts.append(text)
        if type(piece) is Parameter and arithmetic.is_plain_number(text):
            numbers.append(int(text))
            pieces.append(arithmetic.PLACE)
        else:
            pieces.append(text)
    text = "".join(texts)
    standing = scope.unforeseen(part, text)
    if standing is not None:
        return standing
    if numbers:
        # In a loop the numbers change; what is parsed stays the same.
        form = "".join(pieces)
        if arithmetic.is_expression(form, len(numbers)):
            return str(arithmetic.value(form, scope, numbers))
    return str(arithmetic.value(text, scope))


def _expression_text(piece: Part, scope: Scope) -> str:
    """Return the text of a part of an expression; quotes are not special in it."""
    return "\\" + piece.text if isinstance(piece, Escaped) else _text(piece, scope)


# ------------------------------------------------------------- operators of parameters


def _operated(part: Parameter, scope: Scope) -> str | Word:
    """Return what `${…}` with an operator gives: a text, or the word in it, not yet expanded.

    Raises:
        ExpansionProblem: The parameter is unset where it must not be, or cannot be assigned to.
    """
    operator = part.operator
    operand = part.operand
    value = scope.parameter(part.name)
    if value is None and part.name in ("@", "*"):
        value = _if_unset(part.name, scope)
    standing = scope.unforeseen(part, value) if value else None
    if standing is not None:
        return standing
    if operand is None or operator[0] in "%#":
        return _removed(part, _if_unset(part.name, scope) if value is None else value, scope)
    if value is not None and (value != "" or operator[0] != ":"):
        return operand if operator[-1] == "+" else value
    if operator[-1] == "+":
        return ""
    return operand if operator[-1] == "-" else _instead(part, operand, value, scope)


def _instead(part: Parameter, operand: Word, value: str | None, scope: Scope) -> str:
    """Assign the word of `${name=word}`, or complain with that of `${name?word}`."""
    text = _joined(operand.parts, scope)
    if part.operator[-1] == "?":
        default = "parameter not set" if value is None else "parameter is empty"
        raise ExpansionProblem(f"{part.name}: {text or default}")
    _assign(part.name, text, scope)
    return text


def _assign(name: str, text: str, scope: Scope) -> None:
    """Set the variable of `${name=word}`."""
    from simpsh.shell.language.characters import is_name

    if not is_name(name):
        raise ExpansionProblem(f"{name}: only a variable can be assigned to")
    scope.assign(name, text)


def _removed(part: Parameter, value: str, scope: Scope) -> str:
    """Return a parameter's length, or its value without what a pattern matches at an end."""
    from simpsh.shell.language.glob_pattern import bytewise, removed, textwise

    is_bytes = not value.isascii() and _is_in_c_locale(scope)
    if part.operand is None:
        return str(len(bytewise(value) if is_bytes else value))
    cut = pattern_of(part.operand, scope)
    if is_bytes:
        return textwise(removed(bytewise(value), part.operator, bytewise(cut)))
    return removed(value, part.operator, cut)


def _is_in_c_locale(scope: Scope) -> bool:
    from simpsh.shell.language.pathname_expansion import is_in_c_locale

    return is_in_c_locale(scope)


def _pattern(parts: Sequence[Part], scope: Scope) -> str:
    """Expand parts to a pattern."""
    from simpsh.shell.language.glob_pattern import quoted

    texts = []
    for part in parts:
        if isinstance(part, Literal):
            texts.append(part.text)
        elif isinstance(part, Parameter) and part.operator:
            found = _operated(part, scope)
            texts.append(_pattern(found.parts, scope) if isinstance(found, Word) else found)
        elif isinstance(part, Parameter | CommandSubstitution | Arithmetic):
            texts.append(_value(part, scope))
        else:
            texts.append(quoted(_text(part, scope)))
    return "".join(texts)


# ------------------------------------------------------------------------------ fields


def _sole_field(part: Part, scope: Scope) -> str | None:
    """Return the one field of a word of one part if it is easily seen to be that; else None."""
    if type(part) is Literal:
        text = part.text
        return None if "*" in text or "?" in text or "[" in text else text
    if type(part) is SingleQuoted:
        return part.text
    if type(part) is DoubleQuoted:
        return _sole_quoted(part, scope) if len(part.parts) == 1 else None
    if type(part) is Parameter and not part.operator:
        value = scope.parameter(part.name)
        if value and value.isalnum() and scope.parameter("IFS") == DEFAULT_IFS:
            return value
    return None


def _sole_quoted(part: DoubleQuoted, scope: Scope) -> str | None:
    """Return the field of a double-quoted string of one part; None where it may be several."""
    inside = part.parts[0]
    if type(inside) is Literal:
        return inside.text
    if type(inside) is Parameter and not inside.operator and inside.name != "@":
        return _value(inside, scope)
    return None


def _word_fields(parts: Sequence[Part], scope: Scope) -> list[str]:
    """Expand one word to any number of fields."""
    separators = scope.parameter("IFS")
    found = Fields(DEFAULT_IFS if separators is None else separators)
    for part in parts:
        if type(part) is Literal:
            found.add(part.text)
        else:
            _part_fields(part, scope, found)
    texts: list[str] = []
    for field in found.finish():
        text = "".join([text for text, _ in field])
        texts.extend([text] if scope.is_noglob else _files(field, text, scope))
    return texts


def _part_fields(part: Part, scope: Scope, found: Fields) -> None:
    """Expand a part outside double quotes."""
    if isinstance(part, DoubleQuoted):
        _quote(part, scope, found)
    elif isinstance(part, Parameter):
        _split_parameter(part, scope, found)
    elif isinstance(part, CommandSubstitution | Arithmetic):
        found.split(_value(part, scope))
    elif isinstance(part, Tilde):
        _go_home(part, scope, found)
    else:
        found.quote(part.text)


def _go_home(part: Tilde, scope: Scope, found: Fields) -> None:
    """Expand a tilde prefix; the directory is neither split nor a pattern."""
    home = scope.home(part.user)
    if home is None:
        found.add(f"~{part.user}")
    elif home:
        # As in dash, an empty HOME makes no field.
        found.quote(home)


def _split_parameter(part: Parameter, scope: Scope, found: Fields) -> None:
    """Expand an unquoted parameter and cut what it gives."""
    is_list = part.name == "@" or part.name == "*"
    if part.operator:
        value = _operated(part, scope)
        if isinstance(value, Word):
            for inside in value.parts:
                if type(inside) is Literal:
                    found.split(inside.text)
                else:
                    _part_fields(inside, scope, found)
            return
        if is_list and part.operand is not None and not _first_separator(scope):
            _add_list(_operated_list(part, scope), found)
            return
        if not is_list or part.operator[-1] not in "-=?":
            found.split(value)
            return
    if not is_list:
        found.split(_value(part, scope))
        return
    _add_list(scope.positional, found)


def _add_list(texts: Sequence[str], found: Fields) -> None:
    """Append fields and cut each, the first of them after what stands before."""
    for index, text in enumerate(texts):
        if index:
            found.end()
        found.split(text)


def _quote(part: DoubleQuoted, scope: Scope, found: Fields) -> None:
    """Expand a double-quoted string; within it `$@` makes fields of its own."""
    if not scope.positional and any(map(_is_at, part.parts)):
        # POSIX XCU 2.5.2: `$@` makes no field then; what stands beside it may.
        text = _joined(part.parts, scope)
        if text:
            found.quote(text)
        return
    found.quote("")
    _quote_parts(part.parts, scope, found)


def _quote_parts(parts: Sequence[Part], scope: Scope, found: Fields) -> None:
    """Expand what stands in double quotes."""
    for part in parts:
        if isinstance(part, Parameter) and part.operator:
            value = _operated(part, scope)
            if isinstance(value, Word):
                _quote_parts(value.parts, scope, found)
            elif part.name == "@" and part.operator != LENGTH:
                _quote_list(_operated_list(part, scope), found)
            else:
                found.quote(value)
        elif _is_at(part):
            _quote_list(scope.positional, found)
        elif isinstance(part, DoubleQuoted):
            _quote_parts(part.parts, scope, found)
        else:
            found.quote(_text(part, scope))


def _quote_list(texts: Sequence[str], found: Fields) -> None:
    """Append fields, the first of them to what stands before."""
    for index, text in enumerate(texts):
        if index:
            found.end()
        found.quote(text)


def _operated_list(part: Parameter, scope: Scope) -> Sequence[str]:
    """Return the fields of `"${@…}"` where the operator leaves it its value, or cuts from it."""
    if part.operator[-1] in "-=?":
        return scope.positional
    # As in dash, the pattern is matched against all of them, put together.
    return _removed(part, "\0".join(scope.positional), scope).split("\0")


def _is_at(part: Part) -> bool:
    """Return whether a part is `$@`."""
    return isinstance(part, Parameter) and part.name == "@" and not part.operator


def _files(field: Field, text: str, scope: Scope) -> list[str]:
    """Expand a field that is a pattern to the files it matches, if there are any."""
    for stretch, is_quoted in field:
        if not is_quoted and ("*" in stretch or "?" in stretch or "[" in stretch):
            break
    else:
        return [text]
    from simpsh.shell.language.glob_pattern import has_pattern, quoted
    from simpsh.shell.language.pathname_expansion import pathnames

    pattern = "".join([quoted(stretch) if is_quoted else stretch for stretch, is_quoted in field])
    return (pathnames(pattern, scope) if has_pattern(pattern) else []) or [text]


# ------------------------------------------------------------------------- declarations


def _assignments_from(words: Sequence[Word]) -> int:
    """Return the index of the first argument of `export` and its like, past the end for others.

    Their arguments of the form NAME=value are expanded as assignments are (POSIX XCU 2.9.1.1).
    """
    for index, word in enumerate(words):
        part = word.parts[0] if len(word.parts) == 1 else None
        text = part.text if type(part) is Literal else ""
        if text in DECLARING:
            return index + 1
        if text != "command":
            break
    return len(words)


def _is_assignment(word: Word) -> bool:
    """Return whether a word begins with a plain `NAME=`."""
    from simpsh.shell.language.word_roles import is_assignment

    part = word.parts[0]
    return isinstance(part, Literal) and is_assignment(part.text)


# ------------------------------------------------------------------------- consequences


def needs_substitution(node: Record) -> bool:
    """Return whether expanding a node of the tree may run a command or set a variable."""
    waiting: list[object] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, CommandSubstitution):
            return True
        if isinstance(found, Parameter) and found.operator in ("=", ":="):
            return True
        if isinstance(found, Arithmetic):
            # The value of a parameter may hold an assignment, too.
            if any(not isinstance(part, Literal) or "=" in part.text for part in found.expression):
                return True
        elif isinstance(found, tuple):
            waiting.extend(found)
        elif isinstance(found, Record):
            keys: tuple[str, ...] = found.__match_args__
            waiting.extend([getattr(found, key) for key in keys])
    return False
