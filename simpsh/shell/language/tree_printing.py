"""Prints a tree on one line, as `jobs` shows a command.

Parsing the line gives an equal tree, except for the bodies of here-documents, which are omitted.
"""

from __future__ import annotations

from simpsh.shell.language import syntax_tree as nodes
from simpsh.shell.language.characters import RESERVED, TYPED_RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.syntax_tree import Command, Part, Redirection

    Node = nodes.List | nodes.AndOr | nodes.Pipeline | Command | nodes.Word | Part


def to_text(node: Node) -> str:
    r"""Return the text of a node.

    >>> from simpsh.shell.language.grammar import parse
    >>> to_text(parse("a  |b&&{ c\n}&"))
    'a | b && { c; } &'
    """
    match node:
        case nodes.List():
            return _list(node)
        case nodes.AndOr():
            return _and_or(node)
        case nodes.Pipeline():
            return _pipeline(node)
        case nodes.Word(parts):
            return _parts(parts)
        case (
            nodes.SimpleCommand() | nodes.FunctionDefinition() | nodes.Subshell()
            | nodes.Group() | nodes.If() | nodes.Loop() | nodes.For()
            | nodes.Case() | nodes.Condition() | nodes.ArithmeticCommand() | nodes.ArithmeticFor()
        ):  # fmt: skip
            return _command(node)
        case (
            nodes.Literal() | nodes.Quoted() | nodes.DoubleQuoted() | nodes.Parameter()
            | nodes.CommandSubstitution() | nodes.Arithmetic() | nodes.Tilde()
            | nodes.ProcessSubstitution() | nodes.Braces()
        ):  # fmt: skip
            return _parts((node,))


def _list(node: nodes.List) -> str:
    """Return the items of a list, separated by `;` or `&`."""
    # No comprehensions in this module: each takes a frame, and deep trees need many.
    texts = []
    for item in node.items:
        texts.append(_and_or(item) + (" & " if item.is_background else "; "))  # noqa: PERF401
    return "".join(texts)[:-1].removesuffix(";")


def _and_or(node: nodes.AndOr) -> str:
    text = _pipeline(node.first)
    for operator, pipeline in node.rest:
        text += f" {operator} {_pipeline(pipeline)}"
    return text


def _pipeline(node: nodes.Pipeline) -> str:
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
        case nodes.FunctionDefinition():
            return f"{node.name}() {_command(node.body)}"
        case nodes.SimpleCommand():
            return _simple_command(node)
        case nodes.Subshell():
            text = f"({_list(node.body)})"
        case nodes.Group():
            text = "{ " + _close(node.body) + " }"
        case nodes.If():
            text, keyword = "", "if"
            for condition, body in node.branches:
                text += f"{keyword} {_close(condition)} then {_close(body)} "
                keyword = "elif"
            if node.otherwise is not None:
                text += f"else {_close(node.otherwise)} "
            text += "fi"
        case nodes.Loop():
            keyword = "until" if node.is_until else "while"
            text = f"{keyword} {_close(node.condition)}"
            text += f" do {_close(node.body)} done"
        case nodes.For():
            names = [""] if node.words is None else [" in"]
            for word in node.words or ():
                names.append(_parts(word.parts))  # noqa: PERF401 - see above
            text = f"for {node.name}{' '.join(names)}; do {_close(node.body)} done"
        case nodes.Case():
            texts = [f"case {_parts(node.subject.parts)} in"]
            for item in node.items:
                patterns = " | ".join([_parts(pattern.parts) for pattern in item.patterns])
                # Without `(`, a pattern `esac` would end the command.
                opening = "(" if patterns.startswith("esac") else ""
                gap = " " if _ends_open(item.body) else ""
                listed = _list(item.body)
                texts.append(f"{opening}{patterns}) {listed}{gap}{item.terminator}")
            text = " ".join([*texts, "esac"])
        case nodes.Condition() | nodes.ArithmeticCommand() | nodes.ArithmeticFor():
            text = _print_typed(node)
    return " ".join([text, *map(_redirection, node.redirections)])


def _simple_command(node: nodes.SimpleCommand) -> str:
    texts = [f"{each.name}={_parts(each.value.parts)}" for each in node.assignments]
    words = []
    for word in node.words:
        words.append(_parts(word.parts))  # noqa: PERF401 - see above
    redirections = list(map(_redirection, node.redirections))
    # After a redirection, a reserved word is a command's name.
    if words and not texts and words[0] in _RESERVED:
        return " ".join(redirections + words)
    return " ".join(texts + words + redirections)


def _print_typed(node: nodes.Condition | nodes.ArithmeticCommand | nodes.ArithmeticFor) -> str:
    match node:
        case nodes.Condition(tokens):
            shown = [each if isinstance(each, str) else _parts(each.parts) for each in tokens]
            return " ".join(["[[", *shown, "]]"])
        case nodes.ArithmeticCommand(expression):
            return f"(({_parts(expression)}))"
        case nodes.ArithmeticFor():
            expressions = map(_parts, (node.first, node.condition, node.step))
            return f"for (({';'.join(expressions)})); do {_close(node.body)} done"


def _close(node: nodes.List) -> str:
    """Return a list with the separator that a reserved word needs before it."""
    return _list(node) + ("" if _ends_open(node) else ";")


def _ends_open(node: nodes.List) -> bool:
    return bool(node.items) and node.items[-1].is_background


_RESERVED = RESERVED | TYPED_RESERVED


def _redirection(node: Redirection) -> str:
    number = "" if node.descriptor is None else str(node.descriptor)
    match node:
        case nodes.FileRedirection(operator, target):
            return f"{number}{operator}{_target(target)}"
        case nodes.HereString(word):
            return f"{number}<<<{_target(word)}"
        case nodes.HereDocument(delimiter):
            quote = "'" * node.quoted
            return f"{number}<<{'-' * node.strips_tabs}{quote}{delimiter}{quote}"


def _target(word: nodes.Word) -> str:
    """Return the target of a redirection; `> >(a)` needs a blank."""
    text = _parts(word.parts)
    return f" {text}" if text[:1] in ("<", ">") else text


def _parts(parts: Sequence[Part]) -> str:
    texts = []
    for part in parts:
        match part:
            case nodes.Literal(text):
                texts.append(text)
            case nodes.DoubleQuoted(inside):
                texts.append('"' + _parts(inside) + '"')
            case nodes.CommandSubstitution(body, is_backquoted):
                text = _list(body)
                if is_backquoted:
                    texts.append("`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`")
                else:
                    texts.append(f"$( {text})" if text.startswith("(") else f"$({text})")
            case nodes.Arithmetic(expression):
                texts.append("$((" + _parts(expression) + "))")
            case nodes.Parameter(name, braced, operator, operand):
                if operand is not None:
                    written = "" if operator == nodes.BAD else operator
                    texts.append(f"${{{name}{written}{_parts(operand.parts)}}}")
                elif operator == nodes.LENGTH:
                    texts.append(f"${{#{name}}}")
                else:
                    texts.append(f"${{{name}}}" if braced else f"${name}")
            case nodes.Quoted(text, quote):
                if quote == "$'":
                    from simpsh.shell.language.dollar_quotes import escaped

                    text = escaped(text)
                texts.append(quote + text + "'" * (quote != "\\"))
            case nodes.Tilde(user):
                texts.append(f"~{user}")
            case nodes.ProcessSubstitution(operator, body):
                texts.append(f"{operator}({_list(body)})")
            case nodes.Braces(alternatives, steps):
                inner = steps or ",".join(map(_parts, alternatives))
                texts.append(f"{{{inner}}}")
    return "".join(texts)


def as_written(parts: Sequence[Part]) -> str:
    """Return a word without its quotes and with its expansions unexpanded."""
    texts = []
    for part in parts:
        match part:
            case nodes.Literal(text) | nodes.Quoted(text):
                texts.append(text)
            case nodes.DoubleQuoted(inside):
                texts.append(as_written(inside))
            case (
                nodes.Parameter() | nodes.CommandSubstitution() | nodes.Arithmetic() | nodes.Tilde()
                | nodes.ProcessSubstitution() | nodes.Braces()
            ):  # fmt: skip
                texts.append(_parts((part,)))
    return "".join(texts)
