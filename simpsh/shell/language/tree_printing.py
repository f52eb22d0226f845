"""Prints a tree on one line, as `jobs` shows a command.

Parsing the line gives an equal tree, except for the bodies of here-documents, which are omitted.
"""

from __future__ import annotations

from simpsh.shell.language.characters import LEFT_OUT_RESERVED, RESERVED
from simpsh.shell.language.syntax_tree import (
    BAD,
    LENGTH,
    AndOr,
    Arithmetic,
    ArithmeticCommand,
    ArithmeticFor,
    ArrayValue,
    Braces,
    Case,
    CommandSubstitution,
    Condition,
    DoubleQuoted,
    FileRedirection,
    For,
    FunctionDefinition,
    Group,
    HereDocument,
    HereString,
    If,
    Joined,
    LeftOutCommand,
    LeftOutRedirection,
    List,
    Literal,
    Loop,
    Negation,
    Parameter,
    Parenthesized,
    Pipeline,
    ProcessSubstitution,
    Quoted,
    SimpleCommand,
    Subshell,
    Test,
    Tilde,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.syntax_tree import Command, Expression, Part, Redirection

    Node = List | AndOr | Pipeline | Command | Word | Part


def to_text(node: Node) -> str:
    r"""Return the text of a node.

    >>> from simpsh.shell.language.parser import parse
    >>> to_text(parse("a  |b&&{ c\n}&"))
    'a | b && { c; } &'
    """
    match node:
        case List():
            return _list(node)
        case AndOr():
            return _and_or(node)
        case Pipeline():
            return _pipeline(node)
        case Word(parts):
            return _parts(parts)
        case SimpleCommand() | FunctionDefinition() | LeftOutCommand() | Subshell() | Group():
            return _command(node)
        case If() | Loop() | For() | Case() | Condition() | ArithmeticCommand() | ArithmeticFor():
            return _command(node)
        case Literal() | Quoted() | DoubleQuoted() | Parameter() | CommandSubstitution():
            return _parts((node,))
        case Arithmetic() | Tilde() | ProcessSubstitution() | Braces() | ArrayValue():
            return _parts((node,))


def _list(node: List) -> str:
    """Return the items of a list, separated by `;` or `&`."""
    # No comprehensions in this module: each takes a frame, and deep trees need many.
    texts = []
    for item in node.items:
        texts.append(_and_or(item) + (" & " if item.is_background else "; "))  # noqa: PERF401
    return "".join(texts)[:-1].removesuffix(";")


def _and_or(node: AndOr) -> str:
    text = _pipeline(node.first)
    for operator, pipeline in node.rest:
        text += f" {operator} {_pipeline(pipeline)}"
    return text


def _pipeline(node: Pipeline) -> str:
    texts = []
    for command in node.commands:
        texts.append(_command(command))  # noqa: PERF401 - see above
    prefix = "time " if node.is_timed else ""
    if node.has_posix_times:
        prefix += "-p "
    if node.is_negated:
        prefix += "! "
    return prefix + " | ".join(texts) if texts else prefix[:-1]


def _command(node: Command) -> str:
    match node:
        case FunctionDefinition():
            return f"{node.name}() {_command(node.body)}"
        case LeftOutCommand():
            return _left_out(node)
        case SimpleCommand():
            return _simple_command(node)
        case Subshell():
            text = f"({_list(node.body)})"
        case Group():
            text = "{ " + _closed(node.body) + " }"
        case If():
            text, keyword = "", "if"
            for condition, body in node.branches:
                text += f"{keyword} {_closed(condition)} then {_closed(body)} "
                keyword = "elif"
            if node.otherwise is not None:
                text += f"else {_closed(node.otherwise)} "
            text += "fi"
        case Loop():
            keyword = "until" if node.is_until else "while"
            text = f"{keyword} {_closed(node.condition)}"
            text += f" do {_closed(node.body)} done"
        case For():
            names = [""] if node.words is None else [" in"]
            for word in node.words or ():
                names.append(_parts(word.parts))  # noqa: PERF401 - see above
            text = f"for {node.name}{' '.join(names)}; do {_closed(node.body)} done"
        case Case():
            texts = [f"case {_parts(node.subject.parts)} in"]
            for item in node.items:
                patterns = " | ".join([_parts(pattern.parts) for pattern in item.patterns])
                # Without `(`, a pattern `esac` would end the command.
                opening = "(" if patterns.startswith("esac") else ""
                gap = " " if _ends_open(item.body) else ""
                listed = _list(item.body)
                texts.append(f"{opening}{patterns}) {listed}{gap}{item.terminator}")
            text = " ".join([*texts, "esac"])
        case Condition() | ArithmeticCommand() | ArithmeticFor():
            text = _typed_command(node)
    return " ".join([text, *map(_redirection, node.redirections)])


def _simple_command(node: SimpleCommand, *, is_left_out: bool = False) -> str:
    texts = [f"{each.name}={_parts(each.value.parts)}" for each in node.assignments]
    words = []
    for word in node.words:
        words.append(_parts(word.parts))  # noqa: PERF401 - see above
    redirections = list(map(_redirection, node.redirections))
    # After a redirection, a reserved word is a command's name.
    if words and not texts and words[0] in _RESERVED and not is_left_out:
        return " ".join(redirections + words)
    return " ".join(texts + words + redirections)


def _typed_command(node: Condition | ArithmeticCommand | ArithmeticFor) -> str:
    match node:
        case Condition(condition):
            return f"[[ {_expression(condition)} ]]"
        case ArithmeticCommand(expression):
            return f"(({_parts(expression)}))"
        case ArithmeticFor():
            expressions = map(_parts, (node.first, node.condition, node.step))
            return f"for (({';'.join(expressions)})); do {_closed(node.body)} done"


def _left_out(node: LeftOutCommand) -> str:
    command = node.command
    match command:
        case Pipeline():
            return _pipeline(command).replace(" 2>&1 | ", " |& ")
        case SimpleCommand():
            text = _simple_command(command, is_left_out=True)
        case (
            Subshell() | Group() | If() | Loop() | For() | Case() | Condition()
            | ArithmeticCommand() | ArithmeticFor() | FunctionDefinition() | LeftOutCommand()
        ):  # fmt: skip
            text = _command(command)
    if node.construct == "select" and isinstance(command, For):
        return "select" + text.removeprefix("for")
    is_prefixed = node.construct in ("coproc", "function") and not text.startswith(node.construct)
    return f"{node.construct} {text}" if is_prefixed else text


def _expression(node: Expression) -> str:
    """Return the text of a condition of `[[ ]]`."""
    match node:
        case Test(operator, operands):
            words = [_parts(word.parts) for word in operands]
            words[len(words) - 1 : len(words) - 1] = [operator] * bool(operator)
            return " ".join(words)
        case Negation(inside):
            return f"! {_expression(inside)}"
        case Parenthesized(inside):
            return f"( {_expression(inside)} )"
        case Joined(operator, left, right):
            return f"{_expression(left)} {operator} {_expression(right)}"


def _closed(node: List) -> str:
    """Return a list with the separator that a reserved word needs before it."""
    return _list(node) + ("" if _ends_open(node) else ";")


def _ends_open(node: List) -> bool:
    return bool(node.items) and node.items[-1].is_background


_RESERVED = RESERVED | LEFT_OUT_RESERVED


def _redirection(node: Redirection) -> str:
    number = "" if node.descriptor is None else str(node.descriptor)
    match node:
        case FileRedirection(operator, target):
            return f"{number}{operator}{_target(target)}"
        case HereString(word):
            return f"{number}<<<{_target(word)}"
        case LeftOutRedirection(variable, redirection):
            return f"{{{variable}}}{_redirection(redirection)}"
        case HereDocument(delimiter):
            quote = "'" * node.quoted
            return f"{number}<<{'-' * node.strips_tabs}{quote}{delimiter}{quote}"


def _target(word: Word) -> str:
    """Return the target of a redirection; `> >(a)` needs a blank."""
    text = _parts(word.parts)
    return f" {text}" if text[:1] in ("<", ">") else text


def _parts(parts: Sequence[Part]) -> str:
    texts = []
    for part in parts:
        match part:
            case Literal(text):
                texts.append(text)
            case DoubleQuoted(inside):
                texts.append('"' + _parts(inside) + '"')
            case CommandSubstitution(body, is_backquoted):
                text = _list(body)
                if is_backquoted:
                    texts.append("`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`")
                else:
                    texts.append(f"$( {text})" if text.startswith("(") else f"$({text})")
            case Arithmetic(expression):
                texts.append("$((" + _parts(expression) + "))")
            case Parameter(name, braced, operator, operand):
                if operand is not None:
                    written = "" if operator == BAD else operator
                    texts.append(f"${{{name}{written}{_parts(operand.parts)}}}")
                elif operator == LENGTH:
                    texts.append(f"${{#{name}}}")
                else:
                    texts.append(f"${{{name}}}" if braced else f"${name}")
            case Quoted(text, quote):
                if quote == "$'":
                    from simpsh.shell.language.dollar_quotes import escaped

                    text = escaped(text)
                texts.append(quote + text + "'" * (quote != "\\"))
            case Tilde(user):
                texts.append(f"~{user}")
            case ProcessSubstitution() | Braces() | ArrayValue():
                texts.append(_part_of_other_shells(part))
    return "".join(texts)


def _part_of_other_shells(part: ProcessSubstitution | Braces | ArrayValue) -> str:
    match part:
        case ProcessSubstitution(operator, body):
            return f"{operator}({_list(body)})"
        case Braces(alternatives, steps):
            inside = steps or ",".join(map(_parts, alternatives))
            return f"{{{inside}}}"
        case ArrayValue(elements):
            return f"({_parts(elements)})"


def as_written(parts: Sequence[Part]) -> str:
    """Return a word without its quotes and with its expansions unexpanded."""
    texts = []
    for part in parts:
        match part:
            case Literal(text) | Quoted(text):
                texts.append(text)
            case DoubleQuoted(inside):
                texts.append(as_written(inside))
            case Parameter() | CommandSubstitution() | Arithmetic() | Tilde():
                texts.append(_parts((part,)))
            case ProcessSubstitution() | Braces() | ArrayValue():
                texts.append(_parts((part,)))
    return "".join(texts)
