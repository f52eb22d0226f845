"""`export`, `readonly`, `unset`, `shift`, `set`, `getopts`, `read`: variables and parameters."""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.posix_options import take_options
from simpsh.console import echo, encoded, say, why
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import last_of, options, parse_unsigned, quoted
from simpsh.shell.builtins.script_utilities import write_output
from simpsh.shell.language.characters import is_continued, is_name
from simpsh.shell.script_lines import SharedLines
from simpsh.shell.state import GetoptsPosition, Options, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@builtin(
    "export [-p] [name[=value]...]",
    "It marks the shell's own variables: those are copied into each program's environment.",
)
def _export(state: State, services: Services, operands: list[str]) -> int:
    return _mark(state, services, "export", state.exported, operands)


@builtin(
    "readonly [-p] [name[=value]...]",
    "It marks the shell's own variables: no command can change them again, in this shell.",
)
def _readonly(state: State, services: Services, operands: list[str]) -> int:
    return _mark(state, services, "readonly", state.readonly, operands)


def _mark(
    state: State, services: Services, builtin_name: str, marked: set[str], operands: list[str]
) -> int:
    letters, rest = options(operands, "p")
    if letters and rest:
        raise UsageProblem("-p lists what is marked and takes no names")
    if not rest:
        for name in sorted(name for name in marked if name not in state.unnamed):
            value = state.variables.get(name)
            shown = "" if value is None else f"={quoted(value)}"
            write_output(state, services, encoded(f"{builtin_name} {name}{shown}\n"))
        return 0
    for operand in rest:
        name, equals, value = operand.partition("=")
        _must_be_name(name)
        if equals:
            state.assign(name, value)
        marked.add(name)
    return 0


def _must_be_name(name: str) -> None:
    if not is_name(name):
        raise UsageProblem(f"{named(name)}: not a variable's name")


@builtin(
    "unset [-fv] name...",
    "It removes the shell's own variables; a child could only forget its copies.",
)
def _unset(state: State, _services: Services, operands: list[str]) -> int:
    letters, names = options(operands, "fv")
    for name in names:
        if last_of(letters, "fv") == "f":
            state.functions.pop(name, None)
            continue
        _must_be_name(name.partition("=")[0])
        if "=" not in name:
            state.unset(name)
    return 0


@builtin("shift [n]", "It renames the shell's own positional parameters: $2 becomes $1.")
def _shift(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="number")
    word = rest[0] if rest else "1"
    count = parse_unsigned(word)
    if count is None:
        raise UsageProblem(f"{named(word)}: not a number")
    if count > len(state.positional):
        raise UsageProblem(f"{named(word)}: $# is only {len(state.positional)}")
    state.set_positional(state.positional[count:])
    return 0


@builtin(
    "set [-abCefhmnuvx] [+abCefhmnuvx] [-o name] [+o name] [--] [argument...]",
    "It changes how the shell itself works, and its positional parameters.",
)
def _set(state: State, _services: Services, operands: list[str]) -> int:
    if not operands:
        variables = sorted(state.variables.items())
        say("".join(f"{name}={quoted(value)}\n" for name, value in variables))
    words = list(operands)
    while words and words[0][:1] in ("-", "+"):
        word = words.pop(0)
        if word == "--":
            state.set_positional(words)
            return 0
        if word == "-":  # as in dash; unspecified in POSIX
            state.options.switch("+", "x")
            state.options.switch("+", "v")
            break
        rest = [word]
        for sign, letter in take_options(rest, "-+", Options.is_name_of):
            names = rest or words
            if letter == "o" and not names:
                for name in Options.NAMES:
                    is_on = bool(getattr(state.options, name))
                    # The output of `set +o` restores the options when it is run.
                    command = f"set {'-o' if is_on else '+o'} {name}\n"
                    say(command if sign == "+" else f"{name:<15} {'on' if is_on else 'off'}\n")
            else:
                name = names.pop(0) if letter == "o" else ""
                state.options.switch(sign, letter, name)
    if words:
        state.set_positional(words)
    return 0


@builtin(
    "getopts optstring name [argument...]",
    "It sets the shell's own variables, and the shell keeps its position between calls.",
)
def _getopts(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) < 2:
        raise UsageProblem("the letters of the options, and the name of a variable, are needed")
    letters, name = rest[:2]
    _must_be_name(name)
    position = state.getopts_position
    value, argument, complaint = _next_option(position, letters, rest[2:] or state.positional)
    state.assign("OPTIND", str(position.word))
    # The assignment has reset the position.
    state.getopts_position = position
    state.assign(name, value or "?")
    if argument is None:
        state.unset("OPTARG")
    else:
        state.assign("OPTARG", argument)
    if complaint and not letters.startswith(":") and state.variables.get("OPTERR") != "0":
        state.complain(f"getopts: {complaint}")
    return int(not value)


def _next_option(
    position: GetoptsPosition, letters: str, words: Sequence[str]
) -> tuple[str, str | None, str]:
    """Read the next option and advance the position (POSIX XCU getopts).

    Returns the option's letter, `?` or `:`, or "" at the end; the value for OPTARG, None to unset
    it; and an error message, or "".
    """
    index = position.word - 2
    word = words[index] if position.letter and 0 <= index < len(words) else ""
    if position.letter >= len(word):
        position.letter = 0
        word = words[position.word - 1] if position.word <= len(words) else ""
        if len(word) < 2 or word[0] != "-":
            return "", None, ""
        position.word += 1
        if word == "--":
            return "", None, ""
        position.letter = 1
    letter = word[position.letter]
    position.letter += 1
    is_silent = letters.startswith(":")
    at = letters.find(letter)
    if letter == ":" or at < 0:
        return "?", letter if is_silent else None, f"-{letter}: no such option"
    if letters[at + 1 : at + 2] != ":":
        return letter, None, ""
    argument = word[position.letter :]
    position.letter = 0
    if not argument:
        if position.word > len(words):
            complaint = f"-{letter}: its argument is missing"
            return (":", letter, "") if is_silent else ("?", None, complaint)
        argument = words[position.word - 1]
        position.word += 1
    return letter, argument, ""


@builtin(
    "read [-r] [-d delimiter] [-p prompt] name...",
    "It sets the shell's own variables; in a pipeline it sets only those of a forked copy.",
)
def _read(state: State, services: Services, operands: list[str]) -> int:
    names = list(operands)
    is_raw, values = False, {"d": "\n", "p": ""}
    for sign, letter in take_options(names, is_argument=lambda letter, _: letter in values):
        if sign == "-" and letter == "r":
            is_raw = True
        elif sign == "-" and letter in values:
            if not names:
                raise UsageProblem(f"-{letter} needs a word after it")
            values[letter] = names.pop(0)
        else:
            raise UsageProblem(f"{sign}{letter}: no such option")
    if not names:
        raise UsageProblem("the name of a variable is missing")
    for name in names:
        _must_be_name(name)
    if values["p"] and os.isatty(0):
        echo(values["p"])
    interrupts = services.launcher.context.interrupts
    end = values["d"][:1] or "\0"
    source = SharedLines(0, os.fsencode(end)[:1], wait=interrupts.wait_for_input)
    try:
        with interrupts:
            line, is_complete = _line(source, end, is_raw=is_raw)
    except OSError as error:
        raise SimpshError(f"standard input: {why(error)}") from None
    finally:
        source.give_back()
    separators = state.variables.get("IFS", " \t\n")
    text, mask = (line, line) if is_raw or "\\" not in line else _unescape(line)
    for name, value in zip(names, fields(text, mask, separators, len(names)), strict=True):
        state.assign(name, value)
    return 0 if is_complete else 1


def _unescape(line: str) -> tuple[str, str]:
    """Remove the backslashes of a line; return it, and its mask as fields() takes it."""
    text, mask, is_escaped = "", "", False
    for character in line:
        if character == "\\" and not is_escaped:
            is_escaped = True
            continue
        if not is_escaped or character != "\n":
            text += character
            mask += "\0" if is_escaped else character
        is_escaped = False
    return text, mask


def _line(source: SharedLines, end: str, *, is_raw: bool) -> tuple[str, bool]:
    line = ""
    while True:
        piece = source.read_line() or ""
        is_complete = piece.endswith(end)
        line += piece.removesuffix(end).replace("\0", "")
        if is_raw or not is_complete or not is_continued(f"{line}\n"):
            return line, is_complete
        # POSIX XCU read: a backslash joins lines, and escapes another delimiter.
        line = line[:-1] if end == "\n" else line + end


def fields(text: str, mask: str, separators: str, count: int) -> list[str]:
    r"""Split a line into `count` values for `read` (POSIX XCU read, 2.6.5).

    The last value is the rest of the line; missing values are empty. `mask` is the line with a
    NUL for each quoted character. `separators` is the value of IFS.

    >>> fields(" a, b c ", " a, b c ", ", ", 2)
    ['a', 'b c']
    """
    if not separators:
        return [text, *[""] * (count - 1)]
    if separators == " \t\n" and text == mask and text.isprintable():
        # Only spaces separate fields: this saves most of the time of a loop that reads a file.
        words = text.split(None, count - 1)
        if len(words) == count:
            words[-1] = words[-1].rstrip(" ")
        return words + [""] * (count - len(words))
    white = "".join(char for char in separators if char in " \t\n")

    def past_white(index: int) -> int:
        return len(mask) - len(mask[index:].lstrip(white))

    values: list[str] = []
    at = past_white(0)
    while True:
        end = next((i for i in range(at, len(mask)) if mask[i] in separators), len(mask))
        following = past_white(end)
        if following < len(mask) and mask[following] in separators:
            following = past_white(following + 1)
        if len(values) == count - 1:
            break
        values.append(text[at:end])
        at = following
    if following < len(mask):
        # Several fields are left: the last value is all of them without trailing white space.
        end = max(at, len(mask.rstrip(white)))
    return [*values, text[at:end]]
