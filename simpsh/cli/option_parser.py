"""How every subcommand reads its words: options, operands, help, and one way to refuse a mistake.

A subcommand is a class with an attribute for each of its options:

    class StepCommand(Subcommand):
        name, usage = "step", ("[option …] COMMAND",)
        about = "Holds every process of the command before its next visible step."
        schedule: str = option("--schedule LIST", "walk along a schedule", "")
        is_plain: bool = flag("--plain", "lines instead of a screen")

        def run(self) -> int: ...

argparse takes the words apart; it is loaded only when a subcommand runs. All that a person reads
is written here, so that every version of Python writes the same.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Generic, NoReturn, TypeVar, cast

from simpsh import console
from simpsh.base.atomic_write import write_whole
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.own_program import typed_name
from simpsh.base.phrases import command_words, escaped
from simpsh.base.private_state import make_private, state_path
from simpsh.base.record import Record

_WIDEST, _NARROWEST = 100, 40
_LEFT_COLUMN = 23

Value = TypeVar("Value")


class HelpAsked(Exception):
    """The words ask for help; its text is the message."""


class Misuse(UsageProblem):
    """The words make no sense: a line that says why, and the usage lines that belong to it."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


# ------------------------------------------------------------------- declaring what is read


class Option(Record):
    """One option: how it is typed, and what it does to its attribute."""

    typed: str
    """Its names and what stands for its value: `-o, --output FILE`."""
    text: str
    default: object
    keywords: Mapping[str, object]
    """What argparse's add_argument is told of it: action, type, const."""
    exclusive: str = ""
    """Of the options with the same word here, one may be given."""

    def names(self) -> list[str]:
        """Return its names: `-o` and `--output`."""
        return [word for word in self.typed.replace(",", " ").split() if word.startswith("-")]

    @property
    def placeholder(self) -> str:
        """What stands for its value in `typed`: `FILE`; empty if it takes none."""
        last = self.typed.split()[-1]
        return "" if last.startswith("-") else last

    @property
    def choices(self) -> Sequence[str]:
        """The words that its value may be; empty if it is no choice of words."""
        read = self.keywords.get("type")
        return read.choices if isinstance(read, one_of) else ()


def option(
    typed: str,
    text: str,
    default: Value,
    read: Callable[[str], Value] | None = None,
    exclusive: str = "",
) -> Value:
    """Declare an option that takes a value; `read` may raise argparse.ArgumentTypeError."""
    # The attribute of an object is the value; that of the class says how it is read.
    return cast("Value", Option(typed, text, default, {"type": read}, exclusive))


def flag(typed: str, text: str, exclusive: str = "") -> bool:
    """Declare an option that takes no value."""
    return cast("bool", Option(typed, text, False, {"action": "store_true"}, exclusive))  # noqa: FBT003


def many(typed: str, text: str) -> list[str]:
    """Declare an option that may be repeated; its values become a list."""
    return cast("list[str]", Option(typed, text, [], {"action": "append"}))


def one_flag_of(texts: Mapping[str, str], default: Value) -> Value:
    """Declare options that exclude each other: `--NAME` makes NAME the value."""
    options = [
        Option(
            f"--{name}", text, default, {"action": "store_const", "const": name}, "-".join(texts)
        )
        for name, text in texts.items()
    ]
    return cast("Value", options)


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number in a range, ends included."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 20
        if not is_number or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text}: a number from {least} to {most} is needed")
        return int(text)

    return read


class one_of:  # noqa: N801 - reads as what it makes: option("--format FORM", …, one_of(FORMATS))
    """Reads one of some words."""

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = choices

    def __call__(self, text: str) -> str:
        """Return the word; raise argparse.ArgumentTypeError if it is another one."""
        if text not in self.choices:
            raise argparse.ArgumentTypeError(f"{text}: it is one of {', '.join(self.choices)}")
        return text


class Subcommand:
    """What a subcommand reads and does; each is a class of its own, an object is one reading."""

    name: str
    """How it is called, without `simpsh`: `lesson run`."""
    usage: tuple[str, ...]
    """What may stand after its name, a line for each form."""
    about: str
    """What it does, in a paragraph; its first sentence stands in the list above it."""
    notes = ""
    """Further paragraphs of the help."""
    operand_counts: tuple[int, int | None] = (0, 0)
    """How many operands it takes, at least and at most; None for any number."""
    operands_are: tuple[str, ...] = ("file",)
    """What its operands are, for completion: `file`, `recording`, `lesson`, `exercise`, `command`,
    or `word` for what cannot be completed; the last is that of all further ones."""
    missing = ""
    """What is said if there are too few operands."""
    is_command = False
    """Whether options end at the first operand: the words from there on belong to a command, or
    to one of the subcommands; to these alone if no operand is taken."""
    children: ClassVar[Mapping[str, Callable[[], type[Subcommand]]]] = {}
    """What gives the subcommands below this one, by their last words."""

    operands: list[str]
    """The words that are no options; or the command to run with all its words."""

    def __init__(self) -> None:
        for name, option in self.declared():
            setattr(self, name, option.default)

    @classmethod
    def declared(cls) -> Iterator[tuple[str, Option]]:
        """Yield the options that are declared, with their attributes; a class's own come first."""
        for base in cls.__mro__:
            for name, declared in vars(base).items():
                for value in declared if isinstance(declared, list) else [declared]:
                    if isinstance(value, Option):
                        yield name, value

    @property
    def operand(self) -> str:
        """The first operand; empty if there is none."""
        return self.operands[0] if self.operands else ""

    def answer(self) -> int:
        """Run, within what every run of its kind needs; return the exit status."""
        return self.run()

    def run(self) -> int:
        """Do what the words ask for, and return the exit status.

        Raises:
            Misuse, SimpshError, OSError: as the subcommand says.
        """
        raise NotImplementedError

    def misuse(self, message: str) -> Misuse:
        """Return what to raise where the options are understood, but make no sense."""
        return OptionParser(type(self)).misuse(message)


class PathOptions(Subcommand):
    """The option that names further lessons or exercises."""

    folders: list[str] = many("--path DIR", "your own lessons or exercises in DIR as well")


# --------------------------------------------------------------------------------- reading

Read = TypeVar("Read", bound=Subcommand)


class OptionParser(argparse.ArgumentParser, Generic[Read]):
    """Reads the words of one subcommand, and runs it or one below it."""

    def __init__(self, subcommand: type[Read]) -> None:
        super().__init__(
            prog=f"simpsh {subcommand.name}",
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self.subcommand = subcommand
        groups: dict[str, argparse._ActionsContainer] = {"": self}
        for name, option in self.subcommand.declared():
            if option.exclusive not in groups:
                groups[option.exclusive] = self.add_mutually_exclusive_group()
            group = groups[option.exclusive]
            group.add_argument(*option.names(), dest=name, **option.keywords)  # type: ignore[arg-type]
        self.add_argument("-h", "--help", action=_Help, nargs=0)
        if self.subcommand.is_command:
            self.add_argument("operands", nargs=argparse.REMAINDER)

    def run(self, words: Sequence[str]) -> int:
        """Read the words after the subcommand's name, do what they ask for; return the status.

        Raises:
            HelpAsked: they ask for help.
            Misuse: they make no sense.
            SimpshError, OSError: as the subcommand says.
        """
        children = self.subcommand.children
        if words and words[0] in children:
            return OptionParser(children[words[0]]()).run(words[1:])
        options = self.read(words)
        # Options may stand before the name of a subcommand, too: they are its own.
        before = [*words][: len(words) - len(options.operands)]
        if options.is_command and options.operands and "--" not in before:
            if options.operand in children:
                below = OptionParser(children[options.operand]())
                return below.run([*before, *options.operands[1:]])
            if options.operand_counts[1] == 0:
                raise self.misuse(f"'{options.operand}' is none of {', '.join(children)}")
        if not os.path.exists("/proc/self/stat"):
            raise SimpshError(
                "/proc is not mounted here, and simpsh sees processes by it: "
                "mount -t proc proc /proc"
            )
        return options.answer()

    def read(self, words: Sequence[str]) -> Read:
        """Take the words apart.

        Raises:
            HelpAsked: they ask for help.
            Misuse: they make no sense.
        """
        options = self.subcommand()
        given, behind = list(words), list[str]()
        if "--" in given and not self.subcommand.is_command:
            place = given.index("--")
            given, behind = given[:place], given[place + 1 :]
        try:
            _, others = self.parse_known_args(given, options)
        except argparse.ArgumentError as error:
            raise self.misuse(_in_words(error, given)) from None
        for word in others:
            if word.startswith("-") and word != "-":
                raise self.misuse(f"there is no option {word.partition('=')[0]}")
        if not self.subcommand.is_command:
            options.operands = others + behind
        elif options.operands[:1] == ["--"]:
            del options.operands[0]
        least, most = self.subcommand.operand_counts
        if len(options.operands) < least:
            raise self.misuse(self.subcommand.missing)
        if most is not None and len(options.operands) > most and not self.subcommand.is_command:
            raise self.misuse(f"{options.operands[most]}: one word too many")
        return options

    def misuse(self, message: str) -> Misuse:
        """Return what to raise for a mistake in the words."""
        return Misuse(f"{self.subcommand.name}: {message}", self.format_usage())

    def error(self, message: str) -> NoReturn:
        """Raise Misuse: argparse asks for it where it would end the process."""
        raise self.misuse(message)

    def format_usage(self) -> str:
        """Return the usage lines, as they follow a mistake."""
        return _lines_of(self._usage_lines())

    def format_help(self) -> str:
        """Return the help: usage, what it does, subcommands, options, notes."""
        children = {name: below().about for name, below in self.subcommand.children.items()}
        options = {option.typed: option.text for _, option in self.subcommand.declared()}
        parts = [
            _lines_of(self._usage_lines()),
            _lines_of(_filled(self.subcommand.about)),
            _table((name, about.partition(".")[0].rstrip(".")) for name, about in children.items()),
            _table({**options, "-h, --help": "show this, and end"}.items()),
            *(_lines_of(_filled(paragraph)) for paragraph in self.subcommand.notes.split("\n")),
        ]
        return "\n".join(filter(None, parts))

    def _usage_lines(self) -> Iterator[str]:
        for place, form in enumerate(self.subcommand.usage):
            start = " " * 7 if place else "usage: "
            yield from _filled(f"{self.prog} {form}".rstrip(), start, " " * 14)


class _Help(argparse.Action):
    """The option that ends the reading with the help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        raise HelpAsked(parser.format_help())


def _in_words(error: argparse.ArgumentError, words: Sequence[str]) -> str:
    """Say what argparse found, in this program's words."""
    spellings = (error.argument_name or "").split("/")
    typed = [spelling for spelling in spellings if any(word.startswith(spelling) for word in words)]
    name = (typed or spellings)[0]
    if error.message.startswith("expected "):
        if name in words[:-1]:
            value = words[[*words].index(name) + 1]
            return f"{name} needs a value; one that begins with - is joined: {name}={value}"
        return f"{name} needs a value after it"
    if error.message.startswith("not allowed with argument "):
        return f"{error.message.rpartition(' ')[2]} and {name} exclude each other"
    if error.message.startswith("ignored explicit argument "):
        return f"{name} takes no value"
    return f"{name} {error.message}"


# ------------------------------------------------------------ help, as wide as the terminal


def _lines_of(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = []
    for left, text in rows:
        column = f"  {left}".ljust(_LEFT_COLUMN)
        if len(column) > _LEFT_COLUMN:
            lines.append(column)
            column = " " * _LEFT_COLUMN
        lines += _filled(text, f"{column} ", " " * (_LEFT_COLUMN + 1))
    return _lines_of(lines)


def _filled(text: str, start: str = "", further: str = "") -> list[str]:
    # Late: it costs a millisecond, and only help and mistakes need it.
    import textwrap

    width = min(_WIDEST, console.width(narrowest=_NARROWEST))
    return textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


_NOUNS = {
    "html": "page",
    "svg": "picture",
    "jsonl": "recording",
    "text": "timeline",
    "plain": "text",
}


def tell_written(path: str, form: str) -> None:
    """Tell a person at a terminal where the file is, and what opens it."""
    if os.isatty(2):
        where = f"simpsh: the {_NOUNS[form]} is in {command_words((path,))}"
        console.warn([f"{where}; {opener(path, form)}"])


def opener(path: str, form: str) -> str:
    """Return what opens a file of a form: a command of this machine, else an address."""
    word = command_words((path,))
    if form in ("html", "svg"):
        # Slow to import, and most commands write no picture.
        import shutil
        from pathlib import Path

        has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if has_screen and shutil.which("xdg-open"):
            return f"open it: xdg-open {word}"
        return f"open it in a browser: {Path(path).absolute().as_uri()}"
    if form == "jsonl":
        return f"draw it: {typed_name()} trace show {word}"
    return f"read it: less {word}"


_FILE = "places-of-code"


def warn_of_code(folders: Sequence[str]) -> None:
    """Say once of each folder that what it holds is code; only to a person, at a terminal."""
    if not os.isatty(2):
        return
    path = state_path(_FILE)
    known = _known(path)
    new = sorted({os.path.realpath(folder) for folder in folders} - known)
    if not new:
        return
    console.warn(
        f"simpsh: {escaped(folder)}: lessons and exercises are programs and run with your rights: "
        "use only those of people you trust (this is said once)"
        for folder in new
    )
    try:
        make_private(os.path.dirname(path))
        write_whole(path, "".join(f"{digest!a}\n" for digest in sorted(known | set(new))))
    except SimpshError:
        # Then it is said again.
        return


def _known(path: str) -> set[str]:
    from ast import literal_eval

    try:
        with open(path, encoding="ascii") as file:
            return {str(literal_eval(line)) for line in file}
    except (OSError, ValueError, SyntaxError):
        return set()
