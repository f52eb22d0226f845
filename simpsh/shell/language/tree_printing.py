"""A tree printed as text: the form in which `jobs` shows a command.

Everything stands on one line; the lines of here-documents follow it. Reading the text gives an
equal tree again.
"""

from __future__ import annotations

from simpsh.shell.language.characters import LEFT_OUT_RESERVED, RESERVED
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.syntax_tree import Command, Part, Redirection

    Node = (
        List | Item | AndOr | Pipeline | Command | CaseItem | Redirection | Assignment | Word | Part
    )


def to_text(node: Node) -> str:
    r"""Print any node of the tree, without a newline at the end.

    >>> from simpsh.shell.language.parser import parse
    >>> to_text(parse("a  |b&&{ c\n}&"))
    'a | b && { c; } &'
    """
    bodies: list[str] = []
    line = _node(node, bodies)
    return "\n".join([line, *bodies]).removesuffix("\n") if bodies else line


def _node(node: Node, bodies: list[str]) -> str:
    """Print one line; the here-documents that follow it are appended to `bodies`."""
    match node:
        case List():
            return _list(node, bodies)
        case Item():
            return _list(List((node,)), bodies)
        case AndOr():
            return _list(List((Item(node),)), bodies)
        case Pipeline():
            return _pipeline(node, bodies)
        case SimpleCommand() | FunctionDefinition() | Subshell() | Group():
            return _command(node, bodies)
        case If() | Loop() | For() | Case():
            return _command(node, bodies)
        case CaseItem():
            return _case_item(node, bodies)
        case FileRedirection() | HereDocument() | HereString():
            return _redirection(node, bodies)
        case Assignment(name, value):
            return f"{name}={_parts(value.parts)}"
        case Word(parts):
            return _parts(parts)
        case Literal() | Escaped() | SingleQuoted() | DollarQuoted() | DoubleQuoted() | Tilde():
            return _parts((node,))
        case Parameter() | CommandSubstitution() | Arithmetic():
            return _parts((node,))


def _list(node: List, bodies: list[str]) -> str:
    """Print items, each but the last with what separates it from the next."""
    # Here and below no comprehensions: each costs a call, and deep trees need many.
    texts = []
    for item in node.items:
        text = _pipeline(item.and_or.first, bodies)
        for operator, pipeline in item.and_or.rest:
            text += f" {operator} {_pipeline(pipeline, bodies)}"
        texts.append(text + (" & " if item.is_background else "; "))
    return "".join(texts)[:-1].removesuffix(";")


def _pipeline(node: Pipeline, bodies: list[str]) -> str:
    texts = []
    for command in node.commands:
        texts.append(_command(command, bodies))  # noqa: PERF401 - see above
    prefix = "time " if node.is_timed else ""
    if node.has_posix_times:
        prefix += "-p "
    if node.is_negated:
        prefix += "! "
    return prefix + " | ".join(texts) if texts else prefix[:-1]


def _command(node: Command, bodies: list[str]) -> str:
    """Print a command with its redirections."""
    match node:
        case FunctionDefinition():
            return f"{node.name}() {_command(node.body, bodies)}"
        case SimpleCommand():
            texts = [f"{each.name}={_parts(each.value.parts)}" for each in node.assignments]
            words = []
            for word in node.words:
                words.append(_parts(word.parts))  # noqa: PERF401 - see above
            redirections = [_redirection(each, bodies) for each in node.redirections]
            # A reserved word names a command only after an assignment or a redirection.
            if words and not texts and words[0] in _RESERVED:
                return " ".join(redirections + words)
            return " ".join(texts + words + redirections)
        case Subshell():
            text = f"({_list(node.body, bodies)})"
        case Group():
            text = "{ " + _closed(node.body, bodies) + " }"
        case If():
            text, keyword = "", "if"
            for condition, body in node.branches:
                text += f"{keyword} {_closed(condition, bodies)} then {_closed(body, bodies)} "
                keyword = "elif"
            if node.otherwise is not None:
                text += f"else {_closed(node.otherwise, bodies)} "
            text += "fi"
        case Loop():
            keyword = "until" if node.is_until else "while"
            text = f"{keyword} {_closed(node.condition, bodies)}"
            text += f" do {_closed(node.body, bodies)} done"
        case For():
            names = [""] if node.words is None else [" in"]
            for word in node.words or ():
                names.append(_parts(word.parts))  # noqa: PERF401 - see above
            text = f"for {node.name}{' '.join(names)}; do {_closed(node.body, bodies)} done"
        case Case():
            texts = [f"case {_parts(node.subject.parts)} in"]
            for item in node.items:
                texts.append(_case_item(item, bodies))
            text = " ".join([*texts, "esac"])
    return " ".join([text, *[_redirection(each, bodies) for each in node.redirections]])


def _case_item(node: CaseItem, bodies: list[str]) -> str:
    patterns = " | ".join([_parts(pattern.parts) for pattern in node.patterns])
    # Without `(` the pattern `esac` would end the command.
    opening = "(" if patterns.startswith("esac") else ""
    body = _list(node.body, bodies)
    if _ends_open(node.body):
        body += " "
    return f"{opening}{patterns}) {body}{node.terminator}"


def _closed(node: List, bodies: list[str]) -> str:
    """Print a list so that a reserved word can follow it."""
    return _list(node, bodies) + ("" if _ends_open(node) else ";")


def _ends_open(node: List) -> bool:
    """Return whether a list ends with `&`."""
    return bool(node.items) and node.items[-1].is_background


_RESERVED = RESERVED | LEFT_OUT_RESERVED

# ------------------------------------------------------------------------ redirections


def _redirection(node: Redirection, bodies: list[str]) -> str:
    """Print `2>file`, and for a here-document its announcement."""
    number = "" if node.descriptor is None else str(node.descriptor)
    match node:
        case FileRedirection(operator, target):
            return f"{number}{operator}{_parts(target.parts)}"
        case HereString(word):
            return f"{number}<<<{_parts(word.parts)}"
        case HereDocument(delimiter):
            bodies.append(_here_document(node))
            if node.quoted:
                delimiter = "'" + delimiter.replace("'", "'\\''") + "'"
            elif delimiter.startswith("-"):
                delimiter = " " + delimiter
            return f"{number}<<{'-' if node.strips_tabs else ''}{delimiter}"


def _here_document(node: HereDocument) -> str:
    """Print the lines of a here-document and its delimiter, without the last newline."""
    if node.quoted:
        text = "".join([part.text for part in node.body.parts if isinstance(part, SingleQuoted)])
    else:
        text = _parts(node.body.parts)
    text += node.delimiter
    if not node.strips_tabs:
        return text
    # Tabs keep a line from being taken for the delimiter of a document around this one;
    # reading takes them away, but not after a backslash that joins two lines.
    lines = text.split("\n")
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else ""
        is_joined = not node.quoted and (len(before) - len(before.rstrip("\\"))) % 2 == 1
        if line and not is_joined:
            lines[index] = "\t" + line
    return "\n".join(lines)


# ------------------------------------------------------------------------------- words


def _parts(parts: Sequence[Part]) -> str:
    """Print the parts of a word, of a quoted string or of a here-document."""
    texts = []
    for part in parts:
        match part:
            case Literal(text):
                texts.append(text)
            case DoubleQuoted(inside):
                texts.append('"' + _parts(inside) + '"')
            case CommandSubstitution():
                texts.append(_substitution(part))
            case Arithmetic(expression):
                texts.append("$((" + _parts(expression) + "))")
            case Parameter(name, braced, operator, operand):
                if operand is not None:
                    texts.append(f"${{{name}{operator}{_parts(operand.parts)}}}")
                elif operator == LENGTH:
                    texts.append(f"${{#{name}}}")
                else:
                    texts.append(f"${{{name}}}" if braced else f"${name}")
            case Escaped(text):
                texts.append("\\" + text)
            case SingleQuoted(text):
                texts.append(f"'{text}'")
            case DollarQuoted(text):
                from simpsh.shell.language.dollar_quotes import escaped

                texts.append(f"$'{escaped(text)}'")
            case Tilde(user):
                texts.append(f"~{user}")
    return "".join(texts)


def _substitution(part: CommandSubstitution) -> str:
    """Print `$(list)`; its here-documents' lines stand inside."""
    bodies: list[str] = []
    text = _list(part.body, bodies)
    if bodies:
        text = "\n".join([text, *bodies, ""])
    if part.backquoted:
        return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
    return f"$( {text})" if text.startswith("(") else f"$({text})"
