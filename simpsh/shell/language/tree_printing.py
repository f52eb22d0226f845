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

    from simpsh.shell.language.syntax_tree import Command, Compound, Part, Redirection

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
    if isinstance(node, List):
        return _list(node, bodies)
    if isinstance(node, Item):
        return _list(List((node,)), bodies)
    if isinstance(node, AndOr):
        return _list(List((Item(node),)), bodies)
    if isinstance(node, Pipeline):
        return _pipeline(node, bodies)
    if isinstance(node, _COMMANDS):
        return _command(node, bodies)
    return _piece(node, bodies)


def _piece(node: CaseItem | Redirection | Assignment | Word | Part, bodies: list[str]) -> str:
    """Print a piece of a command."""
    if isinstance(node, CaseItem):
        return _case_item(node, bodies)
    if isinstance(node, FileRedirection | HereDocument | HereString):
        return _redirection(node, bodies)
    if isinstance(node, Assignment):
        return f"{node.name}={_parts(node.value.parts)}"
    return _parts(node.parts if isinstance(node, Word) else (node,))


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
    """Print `time ! a | b`."""
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
    """Print a simple or compound command with its redirections."""
    if not isinstance(node, SimpleCommand):
        if isinstance(node, FunctionDefinition):
            return f"{node.name}() {_command(node.body, bodies)}"
        return " ".join([_compound(node, bodies), *_redirections(node, bodies)])
    texts = [f"{each.name}={_parts(each.value.parts)}" for each in node.assignments]
    words = []
    for word in node.words:
        words.append(_parts(word.parts))  # noqa: PERF401 - see above
    redirections = _redirections(node, bodies)
    # A reserved word names a command only after an assignment or a redirection.
    if words and not texts and words[0] in _RESERVED:
        return " ".join(redirections + words)
    return " ".join(texts + words + redirections)


def _compound(node: Compound, bodies: list[str]) -> str:
    """Print a compound command without its redirections."""
    if isinstance(node, Subshell):
        return f"({_list(node.body, bodies)})"
    if isinstance(node, Group):
        return "{ " + _closed(node.body, bodies) + " }"
    if isinstance(node, If):
        return _if(node, bodies)
    if isinstance(node, Case):
        texts = [f"case {_parts(node.subject.parts)} in"]
        for item in node.items:
            texts.append(_case_item(item, bodies))  # noqa: PERF401 - see above
        return " ".join([*texts, "esac"])
    return f"{_loop_head(node, bodies)} do {_closed(node.body, bodies)} done"


def _if(node: If, bodies: list[str]) -> str:
    """Print `if a; then b; elif c; then d; else e; fi`."""
    text, word = "", "if"
    for condition, body in node.branches:
        text += f"{word} {_closed(condition, bodies)} then {_closed(body, bodies)} "
        word = "elif"
    if node.otherwise is not None:
        text += f"else {_closed(node.otherwise, bodies)} "
    return text + "fi"


def _loop_head(node: Loop | For, bodies: list[str]) -> str:
    """Print what stands before `do`."""
    if isinstance(node, Loop):
        return f"{'until' if node.is_until else 'while'} {_closed(node.condition, bodies)}"
    if node.words is None:
        return f"for {node.name};"
    return " ".join(["for", node.name, "in", *[_parts(word.parts) for word in node.words]]) + ";"


def _case_item(node: CaseItem, bodies: list[str]) -> str:
    """Print `pattern) list;;`."""
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


def _redirections(node: SimpleCommand | Compound, bodies: list[str]) -> list[str]:
    """Print the redirections of a command."""
    return [_redirection(each, bodies) for each in node.redirections]


_RESERVED = RESERVED | LEFT_OUT_RESERVED
_COMMANDS = (SimpleCommand, Subshell, Group, If, Loop, For, Case, FunctionDefinition)

# ------------------------------------------------------------------------ redirections


def _redirection(node: Redirection, bodies: list[str]) -> str:
    """Print `2>file`, and for a here-document its announcement."""
    number = "" if node.descriptor is None else str(node.descriptor)
    if isinstance(node, FileRedirection):
        return f"{number}{node.operator}{_parts(node.target.parts)}"
    if isinstance(node, HereString):
        return f"{number}<<<{_parts(node.word.parts)}"
    bodies.append(_body(node))
    delimiter = node.delimiter
    if node.quoted:
        delimiter = "'" + delimiter.replace("'", "'\\''") + "'"
    elif delimiter.startswith("-"):
        delimiter = " " + delimiter
    return f"{number}<<{'-' if node.strips_tabs else ''}{delimiter}"


def _body(node: HereDocument) -> str:
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
        if isinstance(part, Literal):
            texts.append(part.text)
        elif isinstance(part, DoubleQuoted):
            texts.append('"' + _parts(part.parts) + '"')
        elif isinstance(part, CommandSubstitution):
            texts.append(_substitution(part))
        elif isinstance(part, Arithmetic):
            texts.append("$((" + _parts(part.expression) + "))")
        elif isinstance(part, Parameter):
            if part.operand is not None:
                texts.append(f"${{{part.name}{part.operator}{_parts(part.operand.parts)}}}")
            else:
                texts.append(_parameter(part))
        else:
            texts.append(_plain_part(part))
    return "".join(texts)


def _parameter(part: Parameter) -> str:
    """Print a parameter without a word in its braces."""
    if part.operator == LENGTH:
        return f"${{#{part.name}}}"
    return f"${{{part.name}}}" if part.braced else f"${part.name}"


def _plain_part(part: Escaped | SingleQuoted | DollarQuoted | Tilde) -> str:
    """Print a part that holds no others."""
    if isinstance(part, Escaped):
        return "\\" + part.text
    if isinstance(part, SingleQuoted):
        return f"'{part.text}'"
    if isinstance(part, DollarQuoted):
        from simpsh.shell.language.dollar_quotes import escaped

        return f"$'{escaped(part.text)}'"
    return f"~{part.user}"


def _substitution(part: CommandSubstitution) -> str:
    """Print `$(list)`; its here-documents' lines stand inside."""
    bodies: list[str] = []
    text = _list(part.body, bodies)
    if bodies:
        text = "\n".join([text, *bodies, ""])
    if part.backquoted:
        return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
    return f"$( {text})" if text.startswith("(") else f"$({text})"
