"""The hint below a message about a command that could not be run, or has failed.

A hint is true in the present state of the shell, or there is none. Rows ask only for the words that
were typed; rules also ask the file system and the tables of commands. A line that a hint proposes
is parsed, and its command exists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from simpsh.base.complaint import Failure
from simpsh.base.errors import ExpansionProblem, SyntaxMistake
from simpsh.base.phrases import command_words
from simpsh.base.record import Record
from simpsh.kernel.program_execution import STANDARD_PATH, find_program, shebang, unseen_character
from simpsh.process.named_program import compiler, named_program
from simpsh.repl.command_names import nearest, program_names
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.command_lookup import meaning
from simpsh.shell.language.arithmetic import Expression
from simpsh.shell.language.characters import RESERVED
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.syntax_tree import Arithmetic, Literal, SimpleCommand, nodes_in
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.complaint import HintSource

_MEANT = "did you mean {line}?"


class Hint(Record):
    """A hint: at most one for a failure."""

    text: str
    line: str = ""
    """The line that it proposes in full; empty if it proposes none."""


def hint_for(failure: Failure, state: State) -> Hint | None:
    """Return the hint for a failure, given the state of the shell; None if nothing is known.

    A script gets only hints about its words: similar names and files are for a person who typed.
    """
    if not failure.argv or unseen_character(failure.argv[0]):
        return None  # the message says so already
    is_missing = failure.status == 127 and not failure.has_run
    asked = _Asked(failure, state)
    rows, rules = _FAILED_ROWS, _FAILED
    if not state.is_interactive:
        rows, rules = _ROWS if is_missing else (), ()
    elif is_missing:
        rows, rules = _ROWS, _NOT_FOUND
    elif failure.status == 126 and not failure.has_run:
        rows, rules = (), _NOT_EXECUTED
    found = chain(asked.by_rows(rows), (hint for rule in rules for hint in rule(asked)))
    return next((hint for hint in found if not hint.line or asked.may_run(hint.line)), None)


def hints(state: State) -> HintSource:
    """Return the source of hints for a shell."""

    def text(failure: Failure) -> str:
        hint = hint_for(failure, state)
        return "" if hint is None else hint.text

    return text


_PLAIN = re.compile(r"[\w@%+=:,./\[\]{}!^-]+")


class _Asked:
    """A failed command, and questions about the present state."""

    def __init__(self, failure: Failure, state: State) -> None:
        self.name = failure.argv[0]
        self.argv = failure.argv
        self.rest = failure.argv[1:]
        self.state = state
        self.path = state.variables.get("PATH", "")
        words = [word if _PLAIN.fullmatch(word) else command_words((word,)) for word in self.argv]
        if _PLAIN.fullmatch(self.name) is None and " " not in self.name:
            words[0] = self.name
        # An empty assignment before the command, as in `x= 5`.
        empty = [f"{name}=" for name, value in failure.assignments if not value]
        self.typed = " ".join(empty[:1] + words)

    def is_known(self, name: str) -> bool:
        """Return whether a command has this name now."""
        return meaning(name, self.state, self.path) is not None

    def by_rows(self, rows: _Rows) -> Iterator[Hint]:
        """Yield the hint of each row whose pattern is that of the typed words."""
        for pattern, text, template in rows:
            if (match := re.fullmatch(pattern, self.typed, re.DOTALL)) is not None:
                line = match.expand(template) if template else ""
                yield Hint(text.format(line=line, name=self.name), line)

    def meant(self, words: Sequence[str], text: str = _MEANT) -> Iterator[Hint]:
        """Yield a hint that proposes these words."""
        line = command_words(words)
        yield Hint(text.format(line=line), line)

    def may_run(self, line: str) -> bool:
        """Return whether a line and its expressions are valid, and its command differs and exists.

        An expression that contains an expansion is known only when it runs.
        """
        try:
            tree = parse(line, is_typed=self.state.is_typed)
            nodes = [*nodes_in(tree)]
            for node in nodes:
                parts = node.expression if isinstance(node, Arithmetic) else ()
                if len(parts) == 1 and isinstance(parts[0], Literal):
                    Expression(parts[0].text, is_typed=self.state.is_typed).parse()
            words = next((node.words for node in nodes if isinstance(node, SimpleCommand)), ())
        except (SyntaxMistake, ExpansionProblem):
            return False
        if not words:
            return True
        name = words[0].parts[0]
        is_known = not isinstance(name, Literal) or self.is_known(name.text)
        return is_known and line != self.typed


# ------------------------------------------------------------------------------------- rows

_NAME, _WORD = r"[A-Za-z_][A-Za-z0-9_]*", r"'[^']*'|[^' ]+"
_COMPARES = r"!=|-(?:eq|ne|lt|le|gt|ge)"
_ARRAYS = "simpsh has no arrays: use the positional parameters (set -- a b), or bash -c '…'"
_TO_COMPARE = "( ) and if run commands; to compare, write {line}"
_TO_ASSIGN = "to assign, write {line} "

_Rows = Sequence[tuple[str, str, str]]
"""A pattern of the typed words, the hint, and the line that it proposes."""
_PRINTED = (
    (r".*[\u2018\u2019\u201c\u201d\u201e].*",
        "printed quotes are ordinary characters; a shell knows ' and \"", ""),
    (r"(?:.* )?'?[\u2013\u2014].*",
        "a printed dash is an ordinary character; an option begins with -", ""),
)  # fmt: skip
_ROWS: _Rows = (
    *_PRINTED,
    (r"(?:\S+@\S+)?(?:[$%#]|>{1,3}) (.+)", "leave out the prompt {name}, and type {line}", r"\1"),
    (r"(?:\S+@\S+)?(?:[$%#]|>{1,3})", "leave out the prompt {name}, and type the rest", ""),
    (r"%([0-9+%-]|\w+)", "{name} names a job: fg {name} continues one, jobs lists them", ""),
    (rf"({_NAME}) = ?({_WORD})?", f"{_TO_ASSIGN}without blanks", r"\1=\2"),
    (rf"({_NAME}) =(?!=).*", "an assignment has no blanks around =", ""),
    (rf"({_NAME})= ({_WORD})", f"{_TO_ASSIGN}without a blank", r"\1=\2"),
    (rf"({_NAME})=({_WORD})?", f"{_TO_ASSIGN}without quotes or $", r"\1=\2"),
    (rf"({_NAME})\+=({_WORD})", "+= is not in POSIX; to append, write {line}", r'\1="${\1}"\2'),
    (rf"{_NAME}\[[^]]*\]\+?=.*|(?:declare|typeset) -\w*[aA].*", _ARRAYS, ""),
    (r"[\w.-]+=.*", "a variable's name has letters, digits and _, and no digit first", ""),
    (rf"(?:let )?({_NAME})([+-])\2", "to count, write {line}", r"\1=$((\1 \2 1))"),
    (rf"(?:let )?([+-])\1({_NAME})", "to count, write {line}", r"\2=$((\2 \1 1))"),
    (rf"let ({_NAME})=([^=].*)", "to compute, write {line}", r"\1=$((\2))"),
    (r"let.*", "to compute, write NAME=$((1 + 2))", ""),
    (r"(?:declare|typeset).*", "write NAME=VALUE, and in a function local NAME=VALUE", ""),
    (r"pushd (.+)", "write {line}, and cd - to come back", r"cd \1"),
    (r"!\S.*", "to negate a status, write a blank after !; Ctrl-R searches the history", ""),
    (r"\{([^{} ]+?)( .*?)?;? ?\}", "a blank follows {{, and ; comes before }}: {line}",
        r"{ \1\2; }"),
    (r"(\[\[?)([^\[ ].*?) ?(\]\]?)", "[ is a command, so blanks are around it: {line}",
        r"\1 \2 \3"),
    (r"\[\[ ((?:-\w )?[^ ]+) \]\]", "the same test: {line}", r"[ \1 ]"),
    (r"\[\[ ([^ ]+) ==? ([^ ]+) \]\]", "the same test: {line}", r"[ \1 = \2 ]"),
    (rf"\[\[ ([^ ]+ (?:{_COMPARES}) [^ ]+) \]\]", "the same test: {line}", r"[ \1 ]"),
    (rf"({_NAME}) == ({_WORD})", _TO_COMPARE, r'[ "$\1" = \2 ]'),
    (rf"({_WORD}) ==? ({_WORD})", _TO_COMPARE, r"[ \1 = \2 ]"),
    (rf"({_NAME}) ({_COMPARES}) ({_WORD})", _TO_COMPARE, r'[ "$\1" \2 \3 ]'),
    (rf"({_WORD}) ({_COMPARES}) ({_WORD})", _TO_COMPARE, r"[ \1 \2 \3 ]"),
    (r"[0-9]+(?: ?[-+*/%] ?[0-9]+)+", "to compute, write {line}", r"echo $((\g<0>))"),
)  # fmt: skip
"""A command that was not found. The first row whose line can run decides."""

_FAILED_ROWS: _Rows = (
    *_PRINTED,
    (rf"(export|readonly|local|alias) ({_NAME}) = ({_WORD})",
        "= has no blanks around it: {line}", r"\1 \2=\3"),
    (rf"\[ (?:==?|{_COMPARES}) \S+ \]",
        'nothing is before the operator: an unset $NAME is no word, but "$NAME" is one', ""),
    (r"\[ (.*[^ \]])\]", "] is a word of its own: {line}", r"[ \1 ]"),
    (rf"read -\w*s\w* ({_NAME})", "-s is bash's; write {line}",
        r"stty -echo; read -r \1; stty echo"),
    (rf"read -t ?(\d+) ({_NAME})", "-t is bash's; write {line}", r"\2=$(timeout \1 head -n 1)"),
    (rf"read -[nN] ?(\d+) ({_NAME})", "-n is bash's; write {line}", r"\2=$(head -c \1)"),
    (rf"read -r?p ({_WORD}) ({_NAME})", "-p is bash's; write {line}", r"printf %s \1; read -r \2"),
    (rf"read -a ({_NAME})", _ARRAYS, ""),
)  # fmt: skip
"""A command that has failed."""


# ------------------------------------------------------------------------------------ rules


def _in_its_language(asked: _Asked) -> Iterator[Hint]:
    """Yield a hint that proposes the interpreter or compiler of a source file."""
    named = named_program(asked.argv, asked.path)
    if named.source:
        output = os.path.splitext(named.source)[0]
        words = (compiler(asked.path) or "cc", named.source, "-o", output)
        yield from asked.meant(words)
    elif named.argv != tuple(asked.argv):
        yield from asked.meant(named.argv)


def _file_here(asked: _Asked) -> Iterator[Hint]:
    name = asked.name
    if "/" in name or not os.path.exists(name):
        return
    if os.path.isdir(name):
        yield from asked.meant(("cd", name))
        return
    yield from _in_its_language(asked)
    if os.access(name, os.X_OK):
        line = command_words((f"./{name}", *asked.rest))
        yield Hint(f"did you mean {line}? The shell searches PATH, not this directory", line)
    else:
        line = f"chmod +x {command_words((name,))}"
        if shebang(name):
            yield Hint(f"it is a file here, but not executable: {line}, then ./{name}", line)
        yield Hint(f"{name} is a file here, and no program; cat {name} shows it")


def _similar_path(asked: _Asked) -> Iterator[Hint]:
    above, base = os.path.split(asked.name)
    if above and not os.path.lexists(asked.name):
        paths = {name: os.path.join(above, name) for name in _names_in(above)}
        files = [name for name, path in paths.items() if os.access(path, os.X_OK)]
        for near in [*nearest(base, files)][:1]:
            yield from asked.meant((paths[near], *asked.rest))


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory or ".")
    except OSError:
        return []


_JOINED = re.compile(r"([a-z][a-z0-9]*)(-[A-Za-z]{1,4}|--[a-z-]+|/\S*|\.\.(?:/\S*)?|~\S*|-)")


def _joined_words(asked: _Asked) -> Iterator[Hint]:
    """Yield a hint for `cd..`, `ls-l` and `'ls -l'`."""
    if (match := _JOINED.fullmatch(asked.name)) is not None and asked.is_known(match[1]):
        # Quotes would keep the shell from expanding a tilde.
        line = " ".join([match[1], match[2], *(command_words((word,)) for word in asked.rest)])
        yield Hint(_MEANT.format(line=line), line)
    elif " " in asked.name:
        text = f"the quotes make '{asked.name}' one name; without them: {{line}}"
        yield from asked.meant((*asked.name.split(), *asked.rest), text)


_ELSEWHERE = {
    "ll": "ls -l", "la": "ls -A", "l": "ls -CF",
    "..": "cd ..", "...": "cd ../..", "chdir": "cd",
    "cls": "clear", "md": "mkdir", "rd": "rmdir", "del": "rm", "erase": "rm", "dir": "ls",
    "copy": "cp", "move": "mv", "rename": "mv", "ren": "mv", "tasklist": "ps -e",
    "taskkill": "kill", "findstr": "grep", "tracert": "traceroute", "ipconfig": "ip addr",
    "ifconfig": "ip addr", "netstat": "ss", "python": "python3", "pip": "pip3", "vi": "vim",
    "where": "type", "xcopy": "cp -r", "start": "xdg-open", "open": "xdg-open",
    "systeminfo": "uname -a",
}  # fmt: skip
"""Commands of other systems, and common aliases, with what this system has."""


def _elsewhere(asked: _Asked) -> Iterator[Hint]:
    if words := _ELSEWHERE.get(asked.name, "").split():
        yield from asked.meant((*words, *asked.rest))


def _outside_path(asked: _Asked) -> Iterator[Hint]:
    found = None if "/" in asked.name else find_program(asked.name, STANDARD_PATH)
    if found is not None:
        line = f"PATH={STANDARD_PATH}:$PATH"
        yield Hint(f"it is {found}, but PATH is '{asked.path}'; type {line}", line)


def _similar_name(asked: _Asked) -> Iterator[Hint]:
    lower = asked.name.lower()
    if lower != asked.name and asked.is_known(lower):
        yield from asked.meant((lower, *asked.rest))
    inside = {*builtin_registry.NAMES, *asked.state.functions, *asked.state.aliases}
    names = dict.fromkeys((*inside, *program_names(asked.path)))
    for near in nearest(asked.name, names):
        path = None if near in inside else find_program(near, asked.path)
        is_command = near not in RESERVED and asked.is_known(near)
        if is_command and not (path and _runs(path, asked.name)):
            yield Hint(f"did you mean {near}?", command_words((near, *asked.rest)))


def _runs(path: str, name: str) -> bool:
    """Return whether a script contains the missing name: it may run it, as zless runs less."""
    if not shebang(path):
        return False
    with open(path, errors="replace") as script:
        return (
            re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", script.read(1 << 16)) is not None
        )


def _not_executable(asked: _Asked) -> Iterator[Hint]:
    name = asked.name
    if os.path.isdir(name):
        # A pattern such as /* has expanded to directories.
        yield from asked.meant(("cd", name)) if not asked.rest else ()
        return
    is_plain = "/" in name and os.path.isfile(name) and not os.access(name, os.X_OK)
    if is_plain and os.stat(name).st_uid == os.geteuid():
        if os.access(name, os.R_OK) and not shebang(name):
            yield from _in_its_language(asked)
        yield from asked.meant(("chmod", "+x", name), "{line} permits its execution")


def _directory(asked: _Asked) -> Iterator[Hint]:
    if asked.name != "cd" or len(asked.rest) != 1:
        return
    if os.path.isfile(asked.rest[0]):
        yield Hint("it is a file; cd enters directories")
    above, base = os.path.split(asked.rest[0].rstrip("/"))
    names = [name for name in _names_in(above) if os.path.isdir(os.path.join(above, name))]
    same = [name for name in names if name.casefold() == base.casefold()]
    for near in [*same, *nearest(base, names)][:1]:
        if not os.path.exists(asked.rest[0]):
            yield from asked.meant(("cd", os.path.join(above, near)))


_Rules = Sequence[Callable[[_Asked], Iterator[Hint]]]
_NOT_FOUND: _Rules = (
    _similar_path,
    _file_here,
    _elsewhere,
    _joined_words,
    _outside_path,
    _similar_name,
)
"""The rules for an unknown name; the first that knows something decides."""
_NOT_EXECUTED: _Rules = (_not_executable,)
_FAILED: _Rules = (_directory,)
