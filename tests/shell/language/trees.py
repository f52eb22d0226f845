"""Well-formed trees for hypothesis: each is one that some text has.

A plain run of text never holds what is special where it stands, two of them never stand side by
side, and a here-document's delimiter occurs in no body.
"""

from __future__ import annotations

from simpsh.shell.language.syntax_tree import (
    LENGTH,
    AndOr,
    Arithmetic,
    Assignment,
    Case,
    CaseItem,
    CommandSubstitution,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    FileRedirection,
    For,
    FunctionDefinition,
    Group,
    HereDocument,
    HereString,
    If,
    Item,
    List,
    Literal,
    Loop,
    Parameter,
    Pipeline,
    SimpleCommand,
    SingleQuoted,
    Subshell,
    Tilde,
    Word,
)
from tests.support.properties import st

DEEPEST = 2
"""How deep lists stand inside lists."""

NAMES = st.sampled_from(["x", "y1", "_", "HOME"])
UNBRACED = st.sampled_from(["x", "y1", "_", "1", *"@*#?$!-0"])
BRACED = st.sampled_from(["x", "10", *"@*#?$!-"])
PLAIN = st.text("ab1_-+.,/:@%^*?[]{}!é\udc80\r", min_size=1, max_size=4)
IN_DOUBLE_QUOTES = st.text("ab1 ';&|<>()#~*{}=\n", min_size=1, max_size=5)
IN_DOCUMENT = st.text("ab1 ';&|<>()#~*{}=\"\n", min_size=1, max_size=6)
IN_ARITHMETIC = st.sampled_from(["1", " + ", "x*", "(2)", "y<<=", "\n", "'", '"', "a?b:c", "{}"])
IN_QUOTED_OPERAND = st.text("ab1 ';&|<>()#~*{=\n", min_size=1, max_size=5)
IN_OPERAND = st.text("ab1 ;&|<>()#*{=\n[]?!-", max_size=5)
OPERATORS = [*"-=?+", ":-", ":=", ":?", ":+", "%", "%%", "#", "##", LENGTH]
IN_SINGLE_QUOTES = st.text('ab "$`\\;&|()#~*{}\né', max_size=5)
IN_DOLLAR_QUOTES = st.text("ab \"$`\\;'\n\t\x01\x7fé1", max_size=5)
ESCAPED = st.sampled_from(list("a $`\"'\\*~#|é\t"))
COMMANDS = st.sampled_from(["a", "ls", "./b", "[", "x-y", "{}", "a.b", "1", "export", "command"])
NOT_COMMANDS = frozenset(("{", "}", "!", "-p"))
NUMBERS = st.none() | st.integers(0, 999)
FEW = st.integers(0, 2)


@st.composite
def lists(draw):
    """Lists of commands."""
    return _list(draw, 0, 0)


def _list(draw, depth, least):
    return List(
        tuple(Item(_and_or(draw, depth), draw(st.booleans())) for _ in range(max(least, draw(FEW))))
    )


def _and_or(draw, depth):
    rest = tuple(
        (draw(st.sampled_from(["&&", "||"])), _pipeline(draw, depth))
        for _ in range(draw(st.integers(0, 1)))
    )
    return AndOr(_pipeline(draw, depth), rest)


def _pipeline(draw, depth):
    is_timed = draw(st.booleans())
    count = draw(st.integers(0 if is_timed else 1, 2))
    commands = tuple(_command(draw, depth) for _ in range(count))
    return Pipeline(commands, draw(st.booleans()), is_timed, is_timed and draw(st.booleans()))


def _command(draw, depth):
    kind = draw(st.integers(0, 10)) if depth < DEEPEST else 0
    if 1 <= kind <= 6:
        return _compound(draw, depth, kind)
    if kind == 7:
        return FunctionDefinition(draw(NAMES), _compound(draw, depth, draw(st.integers(1, 6))))
    redirections = tuple(_redirection(draw, depth) for _ in range(draw(FEW)))
    assignments = tuple(
        Assignment(draw(NAMES), Word(_parts(draw, depth, draw(FEW)))) for _ in range(draw(FEW))
    )
    words = [_word(draw, depth) for _ in range(draw(FEW))]
    if not (words or assignments or redirections) or (words and not _names_command(words[0])):
        words[:1] = [Word((Literal(draw(COMMANDS)),))]
    return SimpleCommand(assignments, tuple(words), redirections)


def _compound(draw, depth, kind):
    body = _list(draw, depth + 1, 1)
    redirections = tuple(_redirection(draw, depth) for _ in range(draw(FEW)))
    match kind:
        case 1:
            return Subshell(body, redirections)
        case 2:
            return Group(body, redirections)
        case 3:
            more = [(_list(draw, depth + 1, 1), _list(draw, depth + 1, 1))] * draw(
                st.integers(0, 1)
            )
            otherwise = _list(draw, depth + 1, 1) if draw(st.booleans()) else None
            return If(((body, _list(draw, depth + 1, 1)), *more), otherwise, redirections)
        case 4:
            is_until = draw(st.booleans())
            return Loop(_list(draw, depth + 1, 1), body, is_until, redirections)
        case 5:
            words = tuple(_word(draw, depth) for _ in range(draw(FEW)))
            return For(draw(NAMES), draw(st.sampled_from([words, None])), body, redirections)
        case _:
            items = tuple(_case_item(draw, depth) for _ in range(draw(FEW)))
            return Case(_word(draw, depth), items, redirections)


def _case_item(draw, depth):
    patterns = tuple(_word(draw, depth) for _ in range(draw(st.integers(1, 2))))
    if draw(st.integers(0, 9)) == 0:
        patterns = (Word((Literal("esac"),)), *patterns)
    return CaseItem(patterns, _list(draw, depth + 1, 0), draw(st.sampled_from([";;", ";&"])))


def _names_command(word):
    """Say whether a word can be a command's name: neither reserved nor an assignment."""
    first = word.parts[0]
    if not isinstance(first, Literal):
        return True
    return (len(word.parts) > 1 or first.text not in NOT_COMMANDS) and "=" not in first.text


# ------------------------------------------------------------------------ redirections


def _redirection(draw, depth):
    kind = draw(st.integers(0, 3))
    number = draw(NUMBERS)
    if kind == 0:
        operator = draw(st.sampled_from(["<", ">", ">>", "<>", ">|"]))
        return FileRedirection(operator, _word(draw, depth), number)
    if kind == 1:
        target = Word((Literal(draw(st.sampled_from(["0", "1", "12", "-"]))),))
        return FileRedirection(draw(st.sampled_from(["<&", ">&"])), target, number)
    if kind == 2:
        return HereString(_word(draw, depth), number)
    return _document(draw, depth, number)


def _document(draw, depth, number):
    strips_tabs = draw(st.booleans())
    delimiter = draw(st.sampled_from([f"E{depth}", f"- {depth}'", f"-{depth}"]))
    if " " in delimiter or draw(st.booleans()):
        text = draw(st.just("") | IN_SINGLE_QUOTES.map(lambda text: text + "\n"))
        return HereDocument(delimiter, Word((SingleQuoted(text),)), True, strips_tabs, number)
    parts = _quoted_parts(draw, depth, IN_DOCUMENT, "$`\\")
    if parts and isinstance(parts[-1], Literal):
        parts = (*parts[:-1], Literal(parts[-1].text + "\n"))
    elif parts:
        parts = (*parts, Literal("\n"))
    return HereDocument(delimiter, Word(parts), False, strips_tabs, number)


# ------------------------------------------------------------------------------- words


def _word(draw, depth):
    tilde = draw(st.integers(0, 9))
    if tilde == 0:
        return Word((Tilde(draw(st.sampled_from(["", "root"]))),))
    if tilde == 1:
        return Word((Tilde(""), Literal("/" + draw(PLAIN))))
    return Word(_parts(draw, depth, draw(st.integers(1, 3))))


def _parts(draw, depth, count):
    return _apart([_part(draw, depth) for _ in range(count)])


def _part(draw, depth):
    kind = draw(st.integers(-1, 5 if depth < DEEPEST else 4))
    if kind < 0:
        return DollarQuoted(draw(IN_DOLLAR_QUOTES))
    if kind == 0:
        return Literal(draw(PLAIN))
    if kind == 1:
        return Escaped(draw(ESCAPED))
    if kind == 2:
        return SingleQuoted(draw(IN_SINGLE_QUOTES))
    if kind == 3:
        return DoubleQuoted(_quoted_parts(draw, depth, IN_DOUBLE_QUOTES, '$`"\\'))
    return _expansion(draw, depth)


def _expansion(draw, depth, *, is_quoted=False):
    if depth < DEEPEST and draw(st.booleans()):
        return CommandSubstitution(_list(draw, depth + 1, 0), draw(st.booleans()))
    if draw(st.integers(0, 3)) == 0:
        return _braced(draw, depth, is_quoted=is_quoted)
    if draw(st.integers(0, 5)) == 0:
        return Arithmetic(_quoted_parts(draw, depth, IN_ARITHMETIC, "$`\\", is_arithmetic=True))
    is_braced = draw(st.booleans())
    return Parameter(draw(BRACED if is_braced else UNBRACED), is_braced)


def _braced(draw, depth, *, is_quoted):
    """`${…}` with an operator; inside double quotes its word is read in another way."""
    operator = draw(st.sampled_from(OPERATORS))
    if operator == LENGTH:
        return Parameter(draw(BRACED), True, LENGTH)
    if depth >= DEEPEST:
        return Parameter(draw(NAMES), True, operator, Word(()))
    if is_quoted and operator[0] not in "%#":
        parts = _quoted_parts(draw, depth + 1, IN_QUOTED_OPERAND, '$`"\\}')
        if draw(st.booleans()):
            inside = _quoted_parts(draw, depth + 1, IN_DOUBLE_QUOTES, '$`"\\')
            parts = (*parts, DoubleQuoted(inside))
        return Parameter(draw(NAMES), True, operator, Word(parts))
    parts = _parts(draw, depth + 1, draw(st.integers(0, 2)))
    kept = [part for part in parts if not isinstance(part, Literal) or part.text.isalnum()]
    plain = draw(IN_OPERAND)
    if draw(st.booleans()) and not (kept and isinstance(kept[0], Literal)):
        kept = [*([Tilde("")] if draw(st.booleans()) else []), Literal("/" + plain), *kept]
    return Parameter(draw(NAMES), True, operator, Word(tuple(_apart(kept))))


def _quoted_parts(draw, depth, text, escapable, *, is_arithmetic=False):
    parts = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.integers(0, 2))
        if kind == 0:
            parts.append(Literal(draw(text)))
        elif kind == 1 and not is_arithmetic:
            parts.append(Escaped(draw(st.sampled_from(list(escapable)))))
        else:
            parts.append(_expansion(draw, depth, is_quoted=True))
    return _apart(parts)


def _apart(parts):
    """Drop a plain run that would be read as one with what stands before it."""
    found = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(part, Literal):
            goes_on = part.text[0] == "_" or (part.text[0].isascii() and part.text[0].isalnum())
            if isinstance(before, Literal) or (goes_on and _is_open_name(before)):
                continue
        found.append(part)
    return tuple(found)


def _is_open_name(part):
    """Say whether a part is `$name`, which letters behind it would make longer."""
    if not isinstance(part, Parameter) or part.braced:
        return False
    return part.name.isidentifier()
