"""The hint below a message about a command that could not be run.

A hint is true in the present state of the shell, or there is none: each rule asks what the shell
and the file system have now. A rule names its evidence, and the line that it proposes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from simpsh.base.phrases import command_words
from simpsh.base.record import Record
from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.repl.command_names import ProgramNames, nearest
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.command_lookup import meaning
from simpsh.shell.language.characters import RESERVED
from simpsh.shell.state import State


class Failure(Record):
    """A command that could not be run."""

    argv: tuple[str, ...]
    status: int
    """127: not found; 126: found, but not executed."""


class Hint(Record):
    """A hint: at most one for a failure."""

    text: str
    evidence: str
    """The fact on which it rests, for tests and readers."""
    line: str = ""
    """The line that it proposes in full; empty if it proposes none."""


def hint_for(failure: Failure, state: State, programs: ProgramNames) -> Hint | None:
    """Return the hint for a failure, given the state of the shell; None if nothing is known."""
    rules = _NOT_FOUND if failure.status == 127 else _NOT_EXECUTED
    asked = _Asked(failure.argv, state, programs)
    return next((hint for rule in rules if (hint := rule(asked)) is not None), None)


def hints(state: State) -> Callable[[Sequence[str], int], str | None]:
    """Return a function from the words and the status of a command to the text of its hint."""
    programs = ProgramNames()

    def text(argv: Sequence[str], status: int) -> str | None:
        hint = hint_for(Failure(tuple(argv), status), state, programs)
        return None if hint is None else hint.text

    return text


class _Asked:
    """A failed command, and questions about the present state."""

    def __init__(self, argv: Sequence[str], state: State, programs: ProgramNames) -> None:
        self.name = argv[0]
        self.argv = argv
        self.state = state
        self.programs = programs
        self.path = state.variables.get("PATH", "")

    def is_known(self, name: str) -> bool:
        """Return whether a command has this name now."""
        return meaning(name, self.state, self.path) is not None

    def meant(self, words: Sequence[str], evidence: str, why: str = "") -> Hint | None:
        """Return a hint that proposes these words, if the first is a command."""
        if not self.is_known(words[0]):
            return None
        line = command_words(words)
        return Hint(f"did you mean {line}?{why}", evidence, line)


# ----------------------------------------------------------------------------- not found

_PROMPT_SIGNS = ("$", "%", "#", ">", ">>", ">>>")
_PASTED = re.compile(r"\S+@\S+[$#%>]")
"""A prompt such as `me@host:~$`."""


def _hint_at_prompt(asked: _Asked) -> Hint | None:
    name = asked.name
    if name not in _PROMPT_SIGNS and not _PASTED.fullmatch(name):
        return None
    line = command_words(asked.argv[1:]) if asked.argv[1:] else ""
    rest = f"type {line}" if line else "type the rest"
    return Hint(f"leave out the prompt {name}, and {rest}", "a prompt is in the line", line)


def _job(asked: _Asked) -> Hint | None:
    if not re.fullmatch(r"%([0-9+%-]|\w+)", asked.name):
        return None
    if not any(True for _ in asked.state.jobs):
        return Hint(f"{asked.name} names a job, but there is none", "the table of jobs is empty")
    return Hint(f"fg {asked.name} continues a job; jobs lists them", "there are jobs")


def _alias_of_this_line(asked: _Asked) -> Hint | None:
    if asked.name not in asked.state.aliases:
        return None
    words = f"{asked.name} is an alias: it holds from the next line on, for the unquoted name"
    return Hint(words, "the alias is defined, but the line was read before")


def _bracket(asked: _Asked) -> Hint | None:
    name = asked.name
    if not name.startswith("[") or len(name) == 1 or name == "[[":
        return None
    brackets = 2 if name.startswith("[[") else 1
    words = [name[:brackets], name[brackets:], *asked.argv[1:]]
    closing = "]" * brackets
    if words[-1] != closing and words[-1].endswith(closing):
        words[-1:] = [words[-1][:-brackets], closing]
    line = " ".join([words[0], *(command_words((word,)) for word in words[1:-1]), words[-1]])
    return Hint(f"[ is a command, so blanks are around it: {line}", "the name begins with [", line)


def _arithmetic(asked: _Asked) -> Hint | None:
    text = "".join(asked.argv)
    if not re.fullmatch(r"[0-9]+([-+*/%][0-9]+)+", text):
        return None
    line = f"echo $(({text}))"
    return Hint(f"to compute, write {line}", "the words are an expression", line)


def _file_here(asked: _Asked) -> Hint | None:
    name = asked.name
    if "/" in name or not os.path.exists(name):
        return None
    if os.path.isdir(name):
        return asked.meant(("cd", name), "a directory here has this name")
    if os.access(name, os.X_OK):
        why = "; the shell searches PATH, not this directory"
        return Hint(
            f"did you mean ./{name}?{why}",
            "an executable file here has this name",
            command_words((f"./{name}", *asked.argv[1:])),
        )
    runner = {".py": "python3", ".sh": "sh"}.get(os.path.splitext(name)[1], "")
    evidence = "a file here has this name, and is not executable"
    meant = asked.meant((runner, name, *asked.argv[1:]), evidence) if runner else None
    return meant or Hint(f"{name} is a file here, but not executable", evidence)


def _one_word(asked: _Asked) -> Hint | None:
    words = asked.name.split()
    if len(words) < 2 or not asked.is_known(words[0]):
        return None
    line = command_words((*words, *asked.argv[1:]))
    why = f"the quotes make '{asked.name}' one name; without them: {line}"
    return Hint(why, "the name has a blank, and its first word is a command", line)


_JOINED = re.compile(r"([a-z][a-z0-9]*)(-[A-Za-z]{1,4}|--[a-z-]+|/\S*|\.\.(?:/\S*)?|~\S*|-)")


def _missing_blank(asked: _Asked) -> Hint | None:
    match = _JOINED.fullmatch(asked.name)
    if match is None:
        return None
    hint = asked.meant((match[1], match[2], *asked.argv[1:]), "the beginning is a command")
    tilde = re.match(r"~[\w.-]*(?=/|$)", match[2])
    if hint is None or tilde is None:
        return hint
    # Quotes would keep the shell from expanding the tilde.
    home, rest = tilde[0], match[2][tilde.end() :]
    expanded = home + (rest[:1] + (command_words((rest[1:],)) if rest[1:] else ""))
    after = [command_words(asked.argv[1:])] if asked.argv[1:] else []
    line = " ".join([match[1], expanded, *after])
    return Hint(f"did you mean {line}?", hint.evidence, line)


def _elsewhere(asked: _Asked) -> Hint | None:
    words = _REPLACEMENTS.get(asked.name, "").split()
    if not words:
        return None
    why = ""
    if asked.name in _COMMON_ALIASES:
        why = f" alias {asked.name}='{' '.join(words)}' defines it from the next line on"
    return asked.meant((*words, *asked.argv[1:]), "other systems have this name", why)


def _other_shells(asked: _Asked) -> Hint | None:
    words = _BUILTINS_OF_BASH.get(asked.name)
    return None if words is None else Hint(words, "bash has a built-in of this name")


def _hint_at_path(asked: _Asked) -> Hint | None:
    name, path = asked.name, asked.path
    found = find_program(name, STANDARD_PATH) if "/" not in name else None
    if found is None:
        return None
    line = f"PATH={STANDARD_PATH}:$PATH"
    return Hint(f"it is {found}, but PATH is '{path}'; type {line}", "PATH lacks the file", line)


def _capitals(asked: _Asked) -> Hint | None:
    lower = asked.name.lower()
    if lower == asked.name:
        return None
    words = (lower, *asked.argv[1:])
    return asked.meant(words, "a command has this name in small letters")


def _hint_at_spelling(asked: _Asked) -> Hint | None:
    state = asked.state
    inside = {*builtin_registry.NAMES, *state.functions, *state.aliases}
    names = dict.fromkeys((*inside, *asked.programs.names(asked.path)))
    near = (name for name in nearest(asked.name, names) if name not in RESERVED)
    guess = next((name for name in near if asked.is_known(name)), "")
    if not guess:
        return None
    line = command_words((guess, *asked.argv[1:]))
    return Hint(f"did you mean {guess}?", "a command has a similar name", line)


_COMMON_ALIASES = ("ll", "la", "l")
_REPLACEMENTS = {
    "ll": "ls -l", "la": "ls -A", "l": "ls -CF",
    "..": "cd ..", "...": "cd ../..", "chdir": "cd",
    "cls": "clear", "md": "mkdir", "rd": "rmdir", "del": "rm", "erase": "rm",
    "copy": "cp", "move": "mv", "rename": "mv", "ren": "mv", "tasklist": "ps -e",
    "taskkill": "kill", "findstr": "grep", "tracert": "traceroute", "ipconfig": "ip addr",
    "ifconfig": "ip addr", "netstat": "ss", "python": "python3", "pip": "pip3", "gs": "git status",
    "vi": "vim", "man-db": "man", "where": "type", "xcopy": "cp -r", "start": "xdg-open",
    "open": "xdg-open", "pbcopy": "xclip", "unzip": "bsdtar -xf", "systeminfo": "uname -a",
}  # fmt: skip
"""Commands of other systems, and common aliases, with what this system has."""
_BUILTINS_OF_BASH = {
    **dict.fromkeys(
        ("mapfile", "readarray"), "read the lines in a loop: while read -r line; do …; done <FILE"
    ),
    "builtin": "write the name alone, or command NAME to pass over a function",
    "caller": "$LINENO is the number of the line",
    "dirs": "pwd prints the directory",
    "enable": "type NAME says whether it is a built-in",
    "bind": "set -o vi and set +o vi choose the keys",
    "suspend": "kill -STOP $$ stops this shell, if another continues it",
    **dict.fromkeys(("compgen", "complete"), "Tab needs no set-up here"),
}

_NOT_FOUND: Sequence[Callable[[_Asked], Hint | None]] = (
    _hint_at_prompt,
    _job,
    _alias_of_this_line,
    _bracket,
    _file_here,
    _elsewhere,
    _other_shells,
    _arithmetic,
    _one_word,
    _missing_blank,
    _hint_at_path,
    _capitals,
    _hint_at_spelling,
)
"""The rules for an unknown name; the first that knows something decides."""


# -------------------------------------------------------------------------- not executed


def _directory(asked: _Asked) -> Hint | None:
    if not os.path.isdir(asked.name):
        return None
    return asked.meant(("cd", asked.name), "the name is a directory")


def _not_executable(asked: _Asked) -> Hint | None:
    name = asked.name
    if "/" not in name or not os.path.isfile(name) or os.access(name, os.X_OK):
        return None
    if os.stat(name).st_uid != os.geteuid():
        return None
    line = f"chmod +x {command_words((name,))}"
    return Hint(f"{line} permits its execution", "the file is yours, and has no x bit", line)


_NOT_EXECUTED: Sequence[Callable[[_Asked], Hint | None]] = (_directory, _not_executable)
