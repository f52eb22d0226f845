"""`type`, `command`, `hash`, `alias`, `unalias`: the meanings of command names."""

from __future__ import annotations

import os

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import suppress
from simpsh.console import say
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.shell.builtins.builtin_registry import SPECIAL, UTILITIES, Services, builtin, is_builtin
from simpsh.shell.builtins.builtin_support import last_of, options, quoted
from simpsh.shell.builtins.script_utilities import write_output
from simpsh.shell.language.characters import RESERVED
from simpsh.shell.state import State


@builtin(
    "type name...",
    "Only the shell knows which names are its own; the rest are files found along PATH.",
)
def _type(state: State, services: Services, operands: list[str]) -> int:
    _, names = options(operands, "")
    return min(1, _describe(state, services, names, state.variables.get("PATH", ""), "type"))


def meaning(name: str, state: State, path: str) -> tuple[str, str] | None:
    """Return the meaning of a command name, in the words of `type` and of `command -v`, or None.

    >>> meaning("cd", State({}), ""), meaning("time", State({}), "")
    (('cd is a shell builtin', 'cd'), ('time is a shell keyword', 'time'))
    """
    if name in RESERVED:
        return f"{name} is a shell keyword", name
    if name in state.aliases:
        return f"{name} is an alias for {state.aliases[name]}", f"alias {_alias(state, name)}"
    if name in SPECIAL:
        return f"{name} is a special shell builtin", name
    if name in state.functions:
        return f"{name} is a shell function", name
    is_inside = is_builtin(name, state)
    file = find_program(name, path) if name in UTILITIES or not is_inside else None
    is_program = state.shows_utilities and state.has_prompt
    if is_inside and not (file and is_program):
        shown = f"; at a prompt, {file}" if file else ""
        return f"{name} is a shell builtin{shown}", name
    if file is None:
        return None
    with suppress(OSError):  # the working directory was removed
        file = os.path.join(os.getcwd(), file.removeprefix("./"))
    return f"{name} is {file}{'; in scripts, a shell builtin' * is_inside}", file


@builtin(
    "command [-p] [-v|-V] name [argument...]",
    "It asks the shell what a name means, or runs it without a special builtin's powers.",
)
def _command(state: State, services: Services, operands: list[str]) -> int:
    letters, words = options(operands, "pvV")
    if not words:
        return 0
    path = os.confstr("CS_PATH") or STANDARD_PATH if "p" in letters else None
    asked = last_of(letters, "vV")
    if not asked:
        return services.run_program(words, path)
    path = state.variables.get("PATH", "") if path is None else path
    return _describe(state, services, words, path, "command" if asked == "V" else "")


def _describe(state: State, services: Services, names: list[str], path: str, command: str) -> int:
    """Print the meanings of names; if `command` is empty, in the short form of `command -v`.

    Returns 127 if a name has no meaning.
    """
    status = 0
    for name in names:
        meanings = meaning(name, state, path)
        if meanings is not None:
            write_output(state, services, os.fsencode(meanings[0 if command else 1] + "\n"))
            continue
        if command:
            state.complain(f"{command}: {named(name)}: not found")
        status = 127
    return status


@builtin("hash [-r] [name...]", "The shell keeps the list of programs that it was asked to find.")
def _hash(state: State, _services: Services, operands: list[str]) -> int:
    letters, names = options(operands, "r")
    path = state.variables.get("PATH", "")
    if letters:
        state.hashed.clear()
    if not letters and not names:
        say("".join(f"{file}\n" for key, file in state.hashed.items() if key[0] == path))
    status = 0
    for name in names:
        if is_builtin(name, state) or name in state.functions:
            continue
        file = find_program(name, path)
        if file is None:
            state.complain(f"hash: {named(name)}: not found")
            status = 1
        elif "/" not in name:
            state.hashed[path, name] = file
    return status


@builtin(
    "alias [name[=text]...]",
    "The shell replaces a command's name with the text while it reads a line.",
)
def _define(state: State, _services: Services, operands: list[str]) -> int:
    _, words = options(operands, "")
    status = 0
    for word in words or sorted(state.aliases):
        # An equals sign at the beginning belongs to the name.
        name, equals, text = word[:1] + word[1:].partition("=")[0], *word[1:].partition("=")[1:]
        if equals:
            if not set(name).isdisjoint(_NOT_IN_ALIASES):
                raise UsageProblem(f"{named(name)}: not a name for an alias")
            state.aliases[name] = text
        elif name in state.aliases:
            say(f"{_alias(state, name)}\n")
        else:
            state.complain(f"alias: {named(name)}: there is no such alias")
            status = 1
    return status


_NOT_IN_ALIASES = frozenset(" \t\n;&|<>()'\"\\$`/")
"""Characters that cannot be in the name of an alias."""


def _alias(state: State, name: str) -> str:
    return f"{name}={quoted(state.aliases[name])}"


@builtin("unalias {-a | name...}", "It removes names from the shell's own list of aliases.")
def _forget(state: State, _services: Services, operands: list[str]) -> int:
    letters, names = options(operands, "a")
    if letters:
        state.aliases.clear()
        return 0
    if not names:
        raise UsageProblem("which alias? -a means all of them")
    status = 0
    for name in names:
        if state.aliases.pop(name, None) is None:
            state.complain(f"unalias: {named(name)}: there is no such alias")
            status = 1
    return status
