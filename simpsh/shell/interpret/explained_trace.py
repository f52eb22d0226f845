"""`set -o explain` prints how the words of a command became its arguments.

    + copy.sh:3 in save, called at copy.sh:9: cp $files *.h "$to"
    +     $files → 2 fields: [a.c] [b.c]
    +     *.h → 1 file: [a.h]
    +     "$to" → [my backup]
    +     [cp] [a.c] [b.c] [a.h] [my backup]

The lines are made from the steps that the expansion has noted; nothing is expanded again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from simpsh.base.phrases import counted, escaped, shortened
from simpsh.shell.language import dollar_quotes
from simpsh.shell.language.syntax_tree import (
    Arithmetic,
    CommandSubstitution,
    For,
    Parameter,
    SimpleCommand,
    Tilde,
    Word,
    nodes_in,
)
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import ExpandedWord
from simpsh.shell.state import State

_INDENT = " " * 4
_LONGEST = 200
"""The most characters of an argument that are shown."""
_MOST = 20
"""The most arguments that are shown."""
_MOST_CALLS = 5
"""The most function calls that are shown, the innermost first."""


def explained_words(
    state: State, tree: SimpleCommand | For, steps: Sequence[ExpandedWord]
) -> list[str]:
    """Return the lines about the words of a command, or of `for` before its first round."""
    command = to_text(tree)
    if isinstance(tree, For):
        command = f"for {tree.name} in {' '.join([to_text(step.word) for step in steps])}"
    location = _location_and_callers(state)
    lines = [f"{location}{': ' if location else ''}{escaped(command)}"]
    lines += [
        f"{_INDENT}{escaped(to_text(step.word))} → {became}"
        for step in steps
        if (became := _became(step))
    ]
    arguments = [argument for step in steps for argument in step.arguments]
    return [*lines, f"{_INDENT}{brackets(arguments)}"] if arguments else lines


def explained_assignments(own: Sequence[tuple[str, str]]) -> list[str]:
    """Return the line about a command's assignments, whose values are never split."""
    return [f"{_INDENT}{brackets([f'{name}={value}' for name, value in own])}"] if own else []


def _location_and_callers(state: State) -> str:
    """Return the file, the line and the running functions; empty at the prompt."""
    text = _location(state, state.file, state.line_number)
    calls = state.locals[::-1]
    for scope in calls[:_MOST_CALLS]:
        called_at = _location(state, *scope.called_at)
        text += f" in {scope.function}" + (f", called at {called_at}" if called_at else "")
    if len(calls) > _MOST_CALLS:
        text += f", and {counted(len(calls) - _MOST_CALLS, 'call')} further out"
    return text.strip()


def _location(state: State, file: str | None, line: int) -> str:
    if file is not None:
        return f"{os.path.basename(file)}:{line}"
    return "" if state.has_prompt else f"line {line}"


def brackets(arguments: Sequence[str]) -> str:
    r"""Return arguments in brackets, at most _MOST of them.

    >>> print(brackets(["cp", "a b", "", "\\n", "\n"]))
    [cp] [a b] [] [\n] [$'\n']
    """
    shown = [f"[{_on_one_line(shortened(each, _LONGEST))}]" for each in arguments[:_MOST]]
    left = len(arguments) - _MOST
    return " ".join([*shown, *([f"… and {left} more"] if left > 0 else [])])


def _on_one_line(argument: str) -> str:
    return argument if argument.isprintable() else f"$'{dollar_quotes.escaped(argument)}'"


def _is_expanded(node: Word) -> bool:
    """Return whether a word holds an expansion."""
    kinds = Parameter | CommandSubstitution | Arithmetic | Tilde
    return any(isinstance(part, kinds) for part in nodes_in(node))


def _became(step: ExpandedWord) -> str:
    """Return the fields and files that a word became; empty if only its quotes were removed."""
    steps = []
    if not step.fields:
        steps.append("no argument")
    elif _is_expanded(step.word):
        number = len(step.fields)
        steps.append(f"{counted(number, 'field')}: " * (number > 1) + brackets(step.fields))
    if step.arguments != step.fields:
        noun = "file" if len(step.fields) == 1 else "argument"
        steps.append(f"{counted(len(step.arguments), noun)}: {brackets(step.arguments)}")
    if step.unmatched:
        steps.append(f"no file matches {brackets(step.unmatched)}")
    return " → ".join(steps)
