"""The hint below a message about a command that could not be run.

A hint is true in the present state of the shell, or there is none: each rule asks what the shell
and the file system have now. A rule names its evidence, and the line that it proposes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from simpsh.base.complaint import Failure
from simpsh.base.phrases import command_words
from simpsh.base.record import Record
from simpsh.kernel.program_execution import (
    STANDARD_PATH,
    find_program,
    is_text,
    shebang,
    unseen_character,
)
from simpsh.repl.command_names import ProgramNames, nearest
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.command_lookup import meaning
from simpsh.shell.language.characters import RESERVED
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.complaint import HintSource


class Hint(Record):
    """A hint: at most one for a failure."""

    text: str
    evidence: str
    """The fact on which it rests, for tests and readers."""
    line: str = ""
    """The line that it proposes in full; empty if it proposes none."""


def hint_for(failure: Failure, state: State, programs: ProgramNames) -> Hint | None:
    """Return the hint for a failure, given the state of the shell; None if nothing is known.

    A script gets only hints about its words: similar names and files are for a person who typed.
    """
    if unseen_character(failure.argv[0]):
        # The message says so already.
        return None
    is_missing = failure.status == 127 and not failure.has_run
    rules = _FAILED
    if not state.is_interactive:
        rules = _WORDS if is_missing else ()
    elif is_missing:
        rules = _NOT_FOUND
    elif failure.status == 126 and not failure.has_run:
        rules = _NOT_EXECUTED
    asked = _Asked(failure, state, programs)
    return next((hint for rule in rules if (hint := rule(asked)) is not None), None)


def hints(state: State) -> HintSource:
    """Return the source of hints for a shell."""
    programs = ProgramNames()

    def text(failure: Failure) -> str:
        hint = hint_for(failure, state, programs)
        return "" if hint is None else hint.text

    return text


class _Asked:
    """A failed command, and questions about the present state."""

    def __init__(self, failure: Failure, state: State, programs: ProgramNames) -> None:
        self.name = failure.argv[0]
        self.argv = failure.argv
        self.status = failure.status
        self.assignments = failure.assignments
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
    evidence = "a file here has this name, and is not executable"
    return _in_its_language(asked, evidence) or Hint(
        f"{name} is a file here, but not executable", evidence
    )


_INTERPRETERS = {
    ".sh": ("sh",),
    ".py": ("python3",),
    ".pl": ("perl",),
    ".rb": ("ruby",),
    ".js": ("node",),
    ".awk": ("awk", "-f"),
}
"""A text without `#!` does not say its language; only its name can, as for compilers."""


def _in_its_language(asked: _Asked, evidence: str, why: str = "") -> Hint | None:
    """Return a hint that proposes the interpreter or compiler of a source file."""
    name = asked.name
    stem, suffix = os.path.splitext(name)
    if suffix == ".c":
        compiler = next(filter(asked.is_known, ("cc", "gcc", "clang")), "cc")
        return asked.meant((compiler, name, "-o", stem), evidence, why)
    interpreter = _INTERPRETERS.get(suffix)
    return asked.meant((*interpreter, *asked.argv), evidence, why) if interpreter else None


def _has_no_format(name: str) -> bool:
    """Return whether a file is seen to be a text without `#!`, which shells let sh run."""
    is_seen = os.path.isfile(name) and os.access(name, os.R_OK)
    return is_seen and is_text(name) and not shebang(name)


def _similar_path(asked: _Asked) -> Hint | None:
    above, base = os.path.split(asked.name)
    if not above or os.path.lexists(asked.name):
        return None
    files = {name for name in _names_in(above) if os.access(os.path.join(above, name), os.X_OK)}
    near = next(iter(nearest(base, files)), "")
    if not near:
        return None
    line = command_words((os.path.join(above, near), *asked.argv[1:]))
    return Hint(f"did you mean {line}?", "a program there has a similar name", line)


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory or ".")
    except OSError:
        return []


def _one_word(asked: _Asked) -> Hint | None:
    words = asked.name.split()
    if len(words) < 2 or not asked.is_known(words[0]):
        return None
    line = command_words((*words, *asked.argv[1:]))
    why = f"the quotes make '{asked.name}' one name; without them: {line}"
    return Hint(why, "the name has a blank, and its first word is a command", line)


# Words of other languages and shells.

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_COMPARES = re.compile(r"==?|!=|-(eq|ne|lt|le|gt|ge)")


def _assignment(asked: _Asked) -> Hint | None:
    """Return a hint for `x = 5`, `x =5`, `x= 5`, `"x=5"` and `$x=5`."""
    name, rest = asked.name, asked.argv[1:]
    if rest and re.fullmatch(_NAME, name) and re.fullmatch(r"=[^=].*|=", rest[0]):
        value = rest[0][1:] or "".join(rest[1:2])
        if len(rest) > (rest[0] == "=") + 1:
            return Hint("an assignment has no blanks around =", "= follows a name")
        return _assigning(name, value, "without blanks", "= follows a name")
    before = dict(asked.assignments)
    if len(before) == 1 and "" in before.values() and not rest:
        variable = next(iter(before))
        return _assigning(variable, name, "without a blank", "an empty assignment is before it")
    variable, equals, value = name.partition("=")
    if equals and not rest and re.fullmatch(_NAME, variable):
        return _assigning(variable, value, "without quotes or $", "the word is an assignment")
    if equals and not variable:
        return Hint("to assign, write NAME=VALUE, with no $ before it", "the name begins with =")
    return None


def _quoted(value: str) -> str:
    """Quote a value for the right side of an assignment; an empty one needs nothing."""
    return command_words((value,)) if value else ""


def _assigning(name: str, value: str, how: str, evidence: str) -> Hint:
    line = f"{name}={_quoted(value)}"
    return Hint(f"to assign, write {line} {how}", evidence, line)


def _bad_name(asked: _Asked) -> Hint | None:
    variable, equals, _ = asked.name.partition("=")
    if not equals or re.fullmatch(_NAME, variable) or not re.fullmatch(r"[\w.-]+", variable):
        return None
    words = f"{variable} is no name of a variable: letters, digits and _, and no digit first"
    return Hint(words, "= is in the word")


def _appending(asked: _Asked) -> Hint | None:
    match = re.fullmatch(rf"({_NAME})\+=(.*)", asked.name, re.DOTALL)
    if match is None or asked.argv[1:]:
        return None
    line = f'{match[1]}="${{{match[1]}}}"{_quoted(match[2])}'
    return Hint(f"+= is not in POSIX; to append, write {line}", "the word is NAME+=VALUE", line)


def _array_element(asked: _Asked) -> Hint | None:
    if not re.match(rf"{_NAME}\[[^]]*\]\+?=", asked.name):
        return None
    return Hint(
        "simpsh has no arrays: use the positional parameters (set -- a b)",
        "the word assigns to an element",
    )


def _counting(asked: _Asked) -> Hint | None:
    line = "" if asked.argv[1:] else _count(asked.name)
    return Hint(f"to count, write {line}", "the word is C's ++ or --", line) if line else None


def _count(text: str) -> str:
    """Return the assignment that `x++` or `++x` means; empty if the text is another one."""
    match = re.fullmatch(rf"({_NAME})(\+\+|--)|(\+\+)({_NAME})", text)
    if match is None:
        return ""
    name, sign = match[1] or match[4], (match[2] or match[3])[0]
    return f"{name}=$(({name} {sign} 1))"


def _let(asked: _Asked) -> Hint | None:
    if asked.name != "let":
        return None
    text = "".join(asked.argv[1:])
    match = re.fullmatch(rf"({_NAME})=([^=].*)", text)
    counted = _count(text)
    line = f"{match[1]}=$(({match[2]}))" if match else counted
    return Hint(f"to compute, write {line or 'NAME=$((1 + 2))'}", "let is bash's", line)


_TYPES = {"int", "char", "float", "double", "long", "unsigned", "bool", "string", "var", "const"}


def _typed_declaration(asked: _Asked) -> Hint | None:
    """Return a hint for `int x = 5`, as in C, and `var x = 5`, as in JavaScript."""
    match = re.fullmatch(rf"({_NAME}) ?= ?(.*)", " ".join(asked.argv[1:]), re.DOTALL)
    if asked.name not in _TYPES or match is None:
        return None
    return _assigning(match[1], match[2], "without a type", "a type of another language is first")


def _declaring(asked: _Asked) -> Hint | None:
    if asked.name not in ("declare", "typeset"):
        return None
    options = [word for word in asked.argv[1:] if word[:1] in "-+"]
    if any(letter in option for option in options for letter in "aA"):
        return Hint(
            "simpsh has no arrays: use the positional parameters (set -- a b)",
            "the option makes an array",
        )
    export = "export " if any("x" in option for option in options) else ""
    words = [word for word in asked.argv[1:] if word not in options]
    match = re.fullmatch(rf"({_NAME})=(.*)", words[0], re.DOTALL) if len(words) == 1 else None
    if match is None:
        text = "write NAME=VALUE, and in a function local NAME=VALUE"
        return Hint(text, f"{asked.name} is bash's")
    line = f"{export}{match[1]}={_quoted(match[2])}"
    inside = "" if export else f"; in a function, local {line}"
    return Hint(f"write {line}{inside}", f"{asked.name} is bash's", line)


def _directory_stack(asked: _Asked) -> Hint | None:
    if asked.name not in ("pushd", "popd"):
        return None
    if asked.name == "popd":
        return Hint("cd - goes back", "popd is bash's")
    line = command_words(("cd", *asked.argv[1:]))
    return Hint(f"write {line}, and cd - to come back", "pushd is bash's", line)


def _negation(asked: _Asked) -> Hint | None:
    if asked.name[:1] != "!" or len(asked.name) == 1:
        return None
    words = "to negate a status, write a blank after !; Ctrl-R searches the history"
    return Hint(words, "the name begins with !")


def _correction(asked: _Asked) -> Hint | None:
    if asked.name[:1] != "^" or "^" not in asked.name[1:]:
        return None
    return Hint("to correct the line before, press Up and edit it", "the word is ^a^b")


def _comparison(asked: _Asked) -> Hint | None:
    if len(asked.argv) != 3 or not _COMPARES.fullmatch(asked.argv[1]):
        return None
    operator = "=" if asked.argv[1] == "==" else asked.argv[1]
    # A name without its dollar sign.
    left = f'"${asked.name}"' if re.fullmatch(_NAME, asked.name) else command_words((asked.name,))
    line = f"[ {left} {operator} {command_words((asked.argv[2],))} ]"
    return Hint(f"( ) and if run commands; to compare, write {line}", "an operator follows", line)


_TYPOGRAPHIC = re.compile("[\u2018\u2019\u201c\u201d\u201e]")


def _typographic(asked: _Asked) -> Hint | None:
    quote = _TYPOGRAPHIC.search(asked.name)
    if quote is None:
        return None
    line = _TYPOGRAPHIC.sub("", " ".join(asked.argv))
    text = f"{quote[0]} is not one of the shell's quotes, which are ' and \"; without them: {line}"
    return Hint(text, "the name has quotes of a printed text", line)


def _comment(asked: _Asked) -> Hint | None:
    if not asked.name.startswith("//") or os.path.exists(asked.name):
        return None
    return Hint("a comment begins with #", "the name begins with //")


def _editor_command(asked: _Asked) -> Hint | None:
    if not re.fullmatch(r":(q|qa|w|wq|wqa|x)!?", asked.name):
        return None
    return Hint("that is a command of vi; exit leaves this shell", "vi has this command", "exit")


def _braces(asked: _Asked) -> Hint | None:
    match = re.fullmatch(r"\{([^{},]+?);?\}?", asked.name)
    if match is None or not asked.is_known(match[1]):
        return None
    inside = [match[1], *asked.argv[1:]]
    inside = inside[:-1] if inside[-1] == "}" else inside
    line = f"{{ {command_words(inside)}; }}"
    return Hint(
        f"a blank follows {{, and ; comes before }}: {line}", "the name begins with {", line
    )


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
    words = _WORDS_ELSEWHERE.get(asked.name)
    return None if words is None else Hint(words, "another shell or language has this word")


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
    known = (name for name in near if asked.is_known(name))
    guess = next((it for it in known if it in inside or not _is_script_with(asked, it)), "")
    if not guess:
        return None
    line = command_words((guess, *asked.argv[1:]))
    return Hint(f"did you mean {guess}?", "a command has a similar name", line)


_MOST_READ = 1 << 16


def _is_script_with(asked: _Asked, guess: str) -> bool:
    """Return whether a program is a script that contains the missing name, as zless does less."""
    path = find_program(guess, asked.path)
    if path is None or not shebang(path):
        return False
    with open(path, errors="replace") as script:
        text = script.read(_MOST_READ)
    return re.search(rf"(?<![\w.-]){re.escape(asked.name)}(?![\w.-])", text) is not None


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
_WORDS_ELSEWHERE = {
    **dict.fromkeys(
        ("mapfile", "readarray"), "read the lines in a loop: while read -r line; do …; done <FILE"
    ),
    "builtin": "write the name alone, or command NAME to pass over a function",
    "caller": "$LINENO is the number of the line",
    "dirs": "pwd prints the directory",
    "enable": "type NAME says whether it is a built-in",
    "logout": "to leave, write exit",
    **dict.fromkeys(("end", "endif", "endfor", "endwhile"), "an if ends with fi, a loop with done"),
    **dict.fromkeys(("elseif", "elsif"), "the word is elif"),
    **dict.fromkeys(("import", "from", "print"), "python3 starts a prompt for lines of Python"),
    "shopt": "set -o lists the options",
    "bind": "set -o vi and set +o vi choose the keys",
    "suspend": "kill -STOP $$ stops this shell, if another continues it",
    **dict.fromkeys(("compgen", "complete"), "Tab needs no set-up here"),
}

_Rules = Sequence[Callable[[_Asked], Hint | None]]
_WORDS: _Rules = (
    _assignment,
    _bad_name,
    _appending,
    _array_element,
    _counting,
    _let,
    _typed_declaration,
    _declaring,
    _directory_stack,
    _other_shells,
    _negation,
    _correction,
    _bracket,
    _comparison,
    _typographic,
    _comment,
)
"""The rules that ask only for the words."""

_NOT_FOUND: _Rules = (
    _hint_at_prompt,
    _job,
    *_WORDS,
    _braces,
    _editor_command,
    _similar_path,
    _alias_of_this_line,
    _file_here,
    _elsewhere,
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
    # A pattern such as /* has expanded to directories.
    if len(asked.argv) > 1 or not os.path.isdir(asked.name):
        return None
    return asked.meant(("cd", asked.name), "the name is a directory")


def _not_executable(asked: _Asked) -> Hint | None:
    name = asked.name
    if "/" not in name or not os.path.isfile(name) or os.access(name, os.X_OK):
        return None
    if os.stat(name).st_uid != os.geteuid():
        return None
    evidence = "the file is yours, and has no x bit"
    line = f"chmod +x {command_words((name,))}"
    if not _has_no_format(name):
        return Hint(f"{line} permits its execution", evidence, line)
    by_sh = f"{line} permits its execution, by sh: it has no #! line"
    return _in_its_language(asked, evidence) or Hint(by_sh, evidence, line)


_NOT_EXECUTED: _Rules = (_directory, _not_executable)


# ------------------------------------------------------------------------ failed commands


def _run_by_sh(asked: _Asked) -> Hint | None:
    """Return a hint for a program in another language that sh has run."""
    name = asked.name
    if "/" not in name or name.endswith(".sh") or not _has_no_format(name):
        return None
    return _in_its_language(asked, "the file has no #! line", " It has no #! line, so sh ran it")


_MOST_WORDS = 12
"""The longest command that is searched for a name with blanks."""


def _blank_in_a_name(asked: _Asked) -> Hint | None:
    """Return a hint for `cd my dir` if `my dir` is a name here, and neither word is one."""
    argv = asked.argv
    if len(argv) > _MOST_WORDS:
        return None
    for start in range(1, len(argv) - 1):
        for end in range(start + 2, len(argv) + 1):
            name = " ".join(argv[start:end])
            if os.path.lexists(name) and not any(map(os.path.lexists, argv[start:end])):
                line = command_words((*argv[:start], name, *argv[end:]))
                return Hint(f"quotes make it one word: {line}", "a file has this name", line)
    return None


def _similar_directory(asked: _Asked) -> Hint | None:
    if asked.name != "cd" or len(asked.argv) != 2 or os.path.exists(asked.argv[1]):
        return None
    above, base = os.path.split(asked.argv[1].rstrip("/"))
    names = [name for name in _names_in(above) if os.path.isdir(os.path.join(above, name))]
    same = [name for name in names if name.casefold() == base.casefold()]
    near = same or nearest(base, names)
    if not near:
        return None
    line = command_words(("cd", os.path.join(above, near[0])))
    return Hint(f"did you mean {line}?", "a directory has a similar name", line)


def _not_a_directory(asked: _Asked) -> Hint | None:
    if asked.name != "cd" or len(asked.argv) != 2 or not os.path.isfile(asked.argv[1]):
        return None
    return Hint("it is a file; cd enters directories", "the operand is a file")


_LONG = 40
"""The longest value in a proposed line: the value of a variable may be longer."""


def _blanks_in_operands(asked: _Asked) -> Hint | None:
    """Return a hint for `export A = b` and `alias ll = 'ls -l'`."""
    if asked.name not in ("export", "readonly", "local", "alias") or "=" not in asked.argv[2:3]:
        return None
    words = (asked.name, "".join(asked.argv[1:4]), *asked.argv[4:])
    name, _, value = words[1].partition("=")
    line = f"{asked.name} {name}={_quoted(value)}"
    if len(value) > _LONG:
        return Hint(f"= has no blanks around it: {asked.name} {name}=…", "= is a word of its own")
    return Hint(f"= has no blanks around it: {line}", "= is a word of its own", line)


def _test_bracket(asked: _Asked) -> Hint | None:
    """Return a hint for `[ 1 -eq 1]` and for an operand that is missing, as in `[ $x = 1 ]`."""
    if asked.name != "[" or asked.status < 2:
        return None
    words, last = asked.argv[1:-1], asked.argv[-1]
    if last != "]":
        operand = (last[:-1],) if last.endswith("]") and len(last) > 1 else (last,)
        line = " ".join(["[", command_words((*words, *operand)), "]"])
        return Hint(f"] is a word of its own: {line}", "the last word is not ]", line)
    if words and _COMPARES.fullmatch(words[0]) and len(words) == 2:
        return Hint(
            f'nothing is before {words[0]}: an unset $NAME is no word, but "$NAME" is one',
            "an operand is missing",
        )
    return None


_DASH, _MARKS = ("\u2013", "\u2014"), "\u2013\u2014\u2018\u2019\u201c\u201d\u201e"
_DASHES = str.maketrans({"\u2013": "-", "\u2014": "--"})
_QUOTES = str.maketrans(dict(zip("\u2018\u2019\u201c\u201d\u201e", 2 * "'" + 3 * '"', strict=True)))


def _printed_text(asked: _Asked) -> Hint | None:
    """Return a hint for the dashes and quotes of a printed text: they are ordinary characters."""
    words = [word.translate(_DASHES) if word[:1] in _DASH else word for word in asked.argv]
    words = [
        word.translate(_QUOTES) if _TYPOGRAPHIC.search(word) else _quoted(word) for word in words
    ]
    line = " ".join(words)
    strange = next((mark for mark in _MARKS if any(mark in word for word in asked.argv)), "")
    is_closed = all(line.count(quote) % 2 == 0 for quote in ("'", '"'))
    if not strange or line == command_words(asked.argv) or not is_closed:
        return None
    text = f"{strange} is an ordinary character; did you mean {line}?"
    return Hint(text, "the words have marks of a printed text", line)


_FAILED: _Rules = (
    _run_by_sh,
    _blank_in_a_name,
    _similar_directory,
    _not_a_directory,
    _blanks_in_operands,
    _test_bracket,
    _printed_text,
)
"""The rules for a command that has failed."""
