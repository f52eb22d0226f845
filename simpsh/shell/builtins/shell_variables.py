"""`export`, `readonly`, `unset`, `shift`, `set`, `getopts`, `read`: variables and parameters.

`read` takes one line of standard input and not a byte more, for what follows is for the next
program: from a pipe or a terminal it reads byte by byte; in a file it may read ahead and move
the shared offset back.
"""

from __future__ import annotations

import os

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.posix_options import take_options
from simpsh.base.record import Record
from simpsh.console import echo, say, why
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import last_of, options, quoted, unsigned
from simpsh.shell.language.characters import is_continued, is_name
from simpsh.shell.script_lines import SharedLines
from simpsh.shell.state import OptionPlace, Options, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@builtin(
    "export [-p] [name[=value]...]",
    "It marks the shell's own variables: those are copied into each program's environment.",
)
def _export(state: State, _services: Services, operands: list[str]) -> int:
    return _mark(state, "export", state.exported, operands)


@builtin(
    "readonly [-p] [name[=value]...]",
    "It marks the shell's own variables: no command can change them again, in this shell.",
)
def _readonly(state: State, _services: Services, operands: list[str]) -> int:
    return _mark(state, "readonly", state.readonly, operands)


def _mark(state: State, builtin_name: str, marked: set[str], operands: list[str]) -> int:
    letters, rest = options(operands, "p")
    if letters and rest:
        raise UsageProblem("-p lists what is marked and takes no names")
    if not rest:
        for name in sorted(marked):
            value = state.variables.get(name)
            # A name may be marked before it has a value; it reaches no program until then.
            say(f"{builtin_name} {name}" + ("" if value is None else f"={quoted(value)}") + "\n")
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
        # POSIX has the options exclude one another; as in dash the last one counts.
        if last_of(letters, "fv") == "f":
            state.functions.pop(name, None)
            continue
        # There is no variable called `A=B`.
        _must_be_name(name.partition("=")[0])
        if "=" not in name:
            state.unset(name)
    return 0


@builtin("shift [n]", "It renames the shell's own positional parameters: $2 becomes $1.")
def _shift(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="number")
    word = rest[0] if rest else "1"
    count = unsigned(word)
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
        if word == "-":
            break
        rest = [word]
        for sign, letter in take_options(rest, "-+", Options.is_name_of):
            names = rest or words
            if letter == "o" and not names:
                for name in Options.NAMES:
                    is_on = bool(getattr(state.options, name))
                    # `+o` lists them so that they can be read back.
                    back = f"set {'-o' if is_on else '+o'} {name}\n"
                    say(back if sign == "+" else f"{name:<15} {'on' if is_on else 'off'}\n")
            else:
                name = names.pop(0) if letter == "o" else ""
                state.options.switch(sign, letter, name)
    if words:
        state.set_positional(words)
    return 0


@builtin(
    "getopts optstring name [argument...]",
    "It sets the shell's own variables, and remembers in the shell how far it has come.",
)
def _getopts(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) < 2:
        raise UsageProblem("the letters of the options, and the name of a variable, are needed")
    letters, name = rest[:2]
    _must_be_name(name)
    place = state.option_place
    taken = _next_option(place, letters, rest[2:] or state.positional)
    state.assign("OPTIND", str(place.word))
    # This assignment starts nothing over: the place within the word is kept.
    state.option_place = place
    state.assign(name, taken.value)
    if taken.argument is None:
        state.unset("OPTARG")
    else:
        state.assign("OPTARG", taken.argument)
    if taken.complaint and not letters.startswith(":") and state.variables.get("OPTERR") != "0":
        state.complain(f"getopts: {taken.complaint}")
    return int(taken.is_end)


class _Taken(Record):
    """What `getopts` found."""

    value: str
    """What the variable becomes: the option's letter, `?`, or `:`."""
    argument: str | None = None
    """What OPTARG becomes; None to unset it."""
    complaint: str = ""
    is_end: bool = False


def _next_option(place: OptionPlace, letters: str, words: Sequence[str]) -> _Taken:
    """Take the next option off the words; the place moves. See POSIX XCU getopts."""
    word = words[place.word - 2] if place.letter and 1 < place.word < len(words) + 2 else ""
    if place.letter >= len(word):
        place.letter = 0
        word = words[place.word - 1] if place.word <= len(words) else ""
        if len(word) < 2 or word[0] != "-":
            return _Taken("?", is_end=True)
        place.word += 1
        if word == "--":
            return _Taken("?", is_end=True)
        place.letter = 1
    letter = word[place.letter]
    place.letter += 1
    is_silent = letters.startswith(":")
    at = letters.find(letter)
    if letter == ":" or at < 0:
        return _Taken("?", letter if is_silent else None, f"-{letter}: no such option")
    if letters[at + 1 : at + 2] != ":":
        return _Taken(letter)
    argument = word[place.letter :]
    place.letter = 0
    if not argument:
        if place.word > len(words):
            complaint = f"-{letter}: its argument is missing"
            return _Taken(":", letter) if is_silent else _Taken("?", None, complaint)
        argument = words[place.word - 1]
        place.word += 1
    return _Taken(letter, argument)


Line = list[tuple[str, bool]]
"""The characters of a line, each with whether a backslash stood before it."""


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
    interruptible = services.launcher.interruptible()
    # A delimiter that is empty means a NUL.
    end = values["d"][:1] or "\0"
    source = SharedLines(0, os.fsencode(end)[:1], wait=interruptible.wait_for_input)
    try:
        with interruptible:
            line, is_complete = _line(source, end, is_raw=is_raw)
    except OSError as error:
        raise SimpshError(f"standard input: {why(error)}") from None
    finally:
        source.give_back()
    separators = state.variables.get("IFS", " \t\n")
    characters: Line = []
    is_escaped = False
    for character in line:
        if character == "\\" and not (is_raw or is_escaped):
            is_escaped = True
            continue
        if not is_escaped or character != "\n":
            characters.append((character, is_escaped))
        is_escaped = False
    for name, text in zip(names, fields(characters, separators, len(names)), strict=True):
        state.assign(name, text)
    return 0 if is_complete else 1


def _line(source: SharedLines, end: str, *, is_raw: bool) -> tuple[str, bool]:
    line = ""
    while True:
        piece = source.read_line() or ""
        is_complete = piece.endswith(end)
        # No variable can hold a NUL, as no environment could.
        line += piece.removesuffix(end).replace("\0", "")
        if is_raw or not is_complete or not is_continued(f"{line}\n"):
            return line, is_complete
        # POSIX XCU read: a backslash joins lines; before another delimiter it quotes that.
        line = line[:-1] if end == "\n" else line + end


def fields(line: Line, separators: str, count: int) -> list[str]:
    r"""Split a line into `count` values; the last takes the rest, separators included.

    The separators are the value of IFS; missing values are empty. See POSIX XCU read, and 2.6.5
    Field Splitting.

    >>> fields([(char, False) for char in " a, b c "], ", ", 2)
    ['a', 'b c']
    """
    white = {char for char in separators if char in " \t\n"}
    at = _past_white(line, 0, white)
    values = []
    for _ in range(count - 1):
        value, at = _field(line, at, separators, white)
        values.append(value)
    value, end = _field(line, at, separators, white)
    if end < len(line):
        # More than one field is left: they stay as they are, but for white space at the end.
        last = len(line)
        while last > at and line[last - 1][0] in white and not line[last - 1][1]:
            last -= 1
        value = _text(line[at:last])
    return [*values, value]


def _field(line: Line, at: int, separators: str, white: set[str]) -> tuple[str, int]:
    """Return the field that begins at `at`, and where the next one begins."""
    end = at
    while end < len(line) and (line[end][1] or line[end][0] not in separators):
        end += 1
    following = _past_white(line, end, white)
    if following < len(line):
        character, is_escaped = line[following]
        if character in separators and not is_escaped:
            following = _past_white(line, following + 1, white)
    return _text(line[at:end]), following


def _past_white(line: Line, at: int, white: set[str]) -> int:
    while at < len(line) and line[at][0] in white and not line[at][1]:
        at += 1
    return at


def _text(characters: Line) -> str:
    return "".join(character for character, _ in characters)
