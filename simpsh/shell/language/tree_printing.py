"""The text of a command, as `jobs` shows it, and of a word, as `explain` shows it.

The parser keeps the lines that it reads: a command is shown as it was typed.
"""

from __future__ import annotations

from simpsh.shell.language import syntax_tree as nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.syntax_tree import Command, Part

    Tree = nodes.List | nodes.AndOr | nodes.Pipeline | Command


def to_text(tree: Tree) -> str:
    r"""Return the source text of a tree; of several lines, only the first, and `…`.

    >>> from simpsh.shell.language.grammar import parse
    >>> to_text(parse("a |b&&{ c\n}&")), to_text(parse("a |b&& c  # d"))
    ('a |b&&{ c …', 'a |b&& c')
    """
    source, start, _ = _command_at(0, tree).source
    end = _command_at(-1, tree).source[2]
    texts = [line[max(0, start - offset) : max(0, end - offset)] for offset, _, line in source]
    text, newline, _ = "".join(texts).replace("\\\n", "").strip().partition("\n")
    return f"{text} …" if newline else text


def _command_at(index: int, tree: Tree) -> Command:
    """Return the first or the last command of a tree."""
    while isinstance(tree, nodes.List | nodes.AndOr | nodes.Pipeline):
        members: Sequence[Tree]
        match tree:
            case nodes.List(items):
                members = items
            case nodes.AndOr(first, rest):
                members = (first, *(pipeline for _, pipeline in rest))
            case nodes.Pipeline(commands):
                members = commands
        tree = members[index] if members else nodes.SimpleCommand()
    return tree


def as_written(parts: Sequence[Part]) -> str:
    """Return a word without its quotes and with its expansions unexpanded."""
    texts = []
    for part in parts:
        match part:
            case nodes.Literal(text) | nodes.Quoted(text):
                texts.append(text)
            case nodes.DoubleQuoted(inside):
                texts.append(as_written(inside))
            case nodes.CommandSubstitution(body, is_backquoted):
                text = to_text(body)
                texts.append(f"`{text}`" if is_backquoted else f"$({text})")
            case nodes.ProcessSubstitution(operator, body):
                texts.append(f"{operator}({to_text(body)})")
            case nodes.Arithmetic(expression):
                texts.append(f"$(({as_written(expression)}))")
            case nodes.Tilde(user):
                texts.append(f"~{user}")
            case nodes.Parameter(name, is_braced, operator, operand):
                if operator == nodes.LENGTH:
                    name, operator = f"#{name}", ""
                rest = "" if operand is None else as_written(operand.parts)
                rest = rest if operator == nodes.BAD else operator + rest
                texts.append(f"${{{name}{rest}}}" if is_braced else f"${name}")
    return "".join(texts)
