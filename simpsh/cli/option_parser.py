"""The base class of all subcommands: options, operands, help and error messages.

A subcommand is a class with an attribute for each of its options:

    class StepCommand(Subcommand):
        name, usage = "step", ("[option …] COMMAND",)
        about = "Holds every process of the command before its next visible step."
        schedule: str = option("--schedule LIST", "follow a schedule", "")
        is_plain: bool = flag("--plain", "lines instead of a screen")

        def run(self) -> int: ...

argparse is not used because importing it takes half as long as starting the shell. Options follow
getopt_long(3), without abbreviations: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`.
"""

from __future__ import annotations

import os
from itertools import chain, repeat

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words, padded, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import ClassVar, Generic, Self, TypeVar

    Value = TypeVar("Value")
else:
    Generic, Value = {0: object}, 0  # importing typing is slow

_WIDEST, _NARROWEST = 100, 40
_LEFT_COLUMN = 23


class HelpAsked(Exception):
    """The command line asks for help; the message is the help text."""


class BadValue(Exception):
    """An option has an invalid value; the message follows the option's name."""


# ------------------------------------------------------------------- declaring options


class Option(Record):
    """One option: its names, its value and its attribute."""

    typed: str
    """The names and the placeholder of the value: `-o, --output FILE`."""
    text: str
    default: object
    read: Callable[[str], object] = str
    """Converts the value; raises BadValue."""
    constant: object = None
    """The value of the attribute, if the option takes no value."""
    is_repeated: bool = False
    """Whether the option may be repeated; the attribute is a list of values."""

    def names(self) -> list[str]:
        """Return the option's names: `-o` and `--output`."""
        return [word for word in self.typed.replace(",", " ").split() if word.startswith("-")]

    @property
    def placeholder(self) -> str:
        """The placeholder of the value in `typed`: `FILE`; empty if the option takes no value."""
        last = self.typed.split()[-1]
        return "" if last.startswith("-") else last

    @property
    def choices(self) -> Sequence[str]:
        """The allowed values; empty if any word is allowed."""
        return self.read.choices if isinstance(self.read, one_of) else ()

    @property
    def takes_value(self) -> bool:
        """Whether the option takes a value."""
        return self.constant is None

    def put(self, options: Subcommand, attribute: str, text: str) -> None:
        """Set the option's attribute to a value, or to the constant; raise BadValue."""
        value = self.read(text) if self.takes_value else self.constant
        before = getattr(options, attribute)
        setattr(options, attribute, [*before, value] if self.is_repeated else value)


def option(
    typed: str, text: str, default: Value, read: Callable[[str], Value] | None = None
) -> Value:
    """Declare an option that takes a value; `read` may raise BadValue."""
    # On the class the attribute is the Option; on an object it is the value.
    return Option(typed, text, default, read or str)  # type: ignore[return-value]


def flag(typed: str, text: str) -> bool:
    """Declare an option that takes no value."""
    return Option(typed, text, False, constant=True)  # type: ignore[return-value]  # noqa: FBT003


def many(typed: str, text: str) -> list[str]:
    """Declare an option that may be repeated; its values become a list."""
    return Option(typed, text, [], is_repeated=True)  # type: ignore[return-value]


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range, ends included."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 20
        if not is_number or not least <= int(text) <= most:
            raise BadValue(f"{text}: a number from {least} to {most} is needed")
        return int(text)

    return read


class one_of(Generic[Value]):  # noqa: N801 - a verb phrase: option("--format FORM", …, one_of(FORMATS))
    """Reads one of several words."""

    def __init__(self, choices: Sequence[Value]) -> None:
        self.choices = choices

    def __call__(self, text: str) -> Value:
        """Return the word; raise BadValue if it is not allowed."""
        for choice in self.choices:
            if choice == text:
                return choice
        raise BadValue(f"{text}: choose one of {', '.join(map(str, self.choices))}")


class Subcommand:
    """Base class of subcommands; an object holds one parsed command line."""

    name: str
    """The name after `simpsh`: `lesson run`."""
    usage: tuple[str, ...]
    """The rest of the usage line, for each form of the command."""
    example: str
    """A command line that works as it is, or with a pid or file of the reader's."""
    about: str
    """A paragraph of help; its first sentence also describes the subcommand in lists."""
    notes = ""
    """Further paragraphs of the help, one per line. All of it fits a screen of 24 lines."""
    operand_counts: tuple[int, int | None] = (0, 0)
    """The least and the greatest number of operands; None for no limit."""
    operands_are: tuple[str, ...] = ("file",)
    """The kind of each operand, for completion: `file`, `lesson`, `exercise`, `command`,
    or `word` for no completion. The last kind also applies to all further operands.
    """
    missing = ""
    """The error message if there are too few operands."""
    is_command = False
    """Whether options end at the first operand, because the remaining words belong to a command or
    to a subcommand. If no operand is allowed, only subcommands are.
    """
    children: ClassVar[Mapping[str, Callable[[], type[Subcommand]]]] = {}
    """Functions that return the subcommands of this subcommand, by their last words."""
    left: ClassVar[Mapping[str, str]] = {}
    """Options and subcommands of release 1.0, with what is typed instead."""

    operands: list[str]
    """The words that are not options, or the command with all its arguments."""

    def __init__(self) -> None:
        for name, option in self.declared():
            setattr(self, name, option.default)

    @classmethod
    def declared(cls) -> Iterator[tuple[str, Option]]:
        """Yield the declared options with their attributes, the most derived class first."""
        overridden: set[str] = set()
        for base in cls.__mro__:
            for name in [*vars(base)]:
                declared = vars(base)[name]
                if isinstance(declared, Option) and name not in overridden:
                    yield name, declared
            overridden |= {*vars(base)}

    @property
    def operand(self) -> str:
        """The first operand; empty if there is none."""
        return self.operands[0] if self.operands else ""

    @property
    def pid(self) -> int:
        """The first operand as a process id; raises UsageProblem if it is not one."""
        return self.as_pid(self.operand)

    def as_pid(self, word: str) -> int:
        """Return a word as a process id; raise UsageProblem if it is not one."""
        if not (word.isascii() and word.isdigit()) or not int(word):
            raise self.misuse(f"{word}: this is not a pid")
        return int(word)

    def answer(self) -> int:
        """Run with the set-up shared by subcommands of a base class; return the exit status."""
        return self.run()

    def run(self) -> int:
        """Run the subcommand; return the exit status, or raise SimpshError or OSError."""
        raise NotImplementedError

    # ----------------------------------------------------------------------------- reading

    @classmethod
    def answer_to(cls, words: Sequence[str]) -> int:
        """Parse the words after the subcommand's name, and run it; return the exit status."""
        if words and words[0] in cls.children:
            return cls.children[words[0]]().answer_to(words[1:])
        try:
            options = cls.read(words)
            # Options before the name of a subcommand belong to that subcommand.
            before = [*words][: len(words) - len(options.operands)]
            if cls.is_command and options.operands and "--" not in before:
                if options.operand in cls.children:
                    below = cls.children[options.operand]()
                    return below.answer_to([*before, *options.operands[1:]])
                if cls.operand_counts[1] == 0:
                    raise cls.misuse(f"'{options.operand}' is none of {', '.join(cls.children)}")
            if not os.path.exists("/proc/self/stat"):
                raise SimpshError(
                    "/proc is not mounted here, and simpsh needs it to see processes: "
                    "mount -t proc proc /proc"
                )
            return options.answer()
        except HelpAsked as asked:
            console.say(str(asked))
            return 0

    @classmethod
    def read(cls, words: Sequence[str]) -> Self:
        """Parse a command line; raise HelpAsked or UsageProblem."""
        cls._refuse_left(words)
        options, operands, left = cls(), list[str](), list(words)
        by_name = {
            name: (attribute, option)
            for attribute, option in cls.declared()
            for name in option.names()
        }
        while left:
            word = left.pop(0)
            if word == "--" or (cls.is_command and not _is_option(word)):
                operands += left if word == "--" else [word, *left]
                break
            if not _is_option(word):
                operands.append(word)
                continue
            name, is_joined, value = word.partition("=")
            if not word.startswith("--") and len(word) > 2:
                # `-oFILE` is `-o FILE`.
                name, is_joined, value = word[:2], "joined", word[2:].removeprefix("=")
            if name in ("-h", "--help") and not is_joined:
                raise HelpAsked(cls.format_help())
            if name not in by_name:
                raise cls.misuse(f"there is no option {word.partition('=')[0]}")
            attribute, option = by_name[name]
            if option.takes_value and not is_joined:
                if not left:
                    raise cls.misuse(f"{name} needs a value after it")
                value = left.pop(0)
                if _is_option(value):
                    raise cls.misuse(
                        f"{name} needs a value; one that begins with - is joined: {name}={value}"
                    )
            elif is_joined and not option.takes_value:
                raise cls.misuse(f"{name} takes no value")
            try:
                option.put(options, attribute, value)
            except BadValue as problem:
                raise cls.misuse(f"{name} {problem}") from None
        options.operands = operands
        least, most = cls.operand_counts
        if len(operands) < least:
            raise cls.misuse(cls.missing)
        if most is not None and len(operands) > most and not cls.is_command:
            raise cls.misuse(f"{operands[most]}: one word too many")
        return options

    @classmethod
    def _refuse_left(cls, words: Sequence[str]) -> None:
        """Raise UsageProblem for a word of release 1.0, in one line without the usage."""
        for index, word in enumerate(words):
            name = word.partition("=")[0]
            if name in cls.left and (name[0] == "-" or not index):
                problem = f"{name} has left in release 2.0; instead: {cls.left[name]}"
                raise UsageProblem(f"{cls.name}: {problem}")

    @classmethod
    def misuse(cls, message: str) -> UsageProblem:
        """Return the exception for an incorrect command line."""
        return UsageProblem(f"{cls.name}: {message}", usage_text(f"simpsh {cls.name}", cls.usage))

    @classmethod
    def format_help(cls) -> str:
        """Return the help: an example, usage, description, subcommands, options, notes."""
        children = {name: below().about for name, below in cls.children.items()}
        options = {option.typed: option.text for _, option in cls.declared()}
        parts = [
            filled(f"example: {cls.example}") + usage_text(f"simpsh {cls.name}", cls.usage),
            filled(cls.about),
            table((name, about.partition(".")[0].rstrip(".")) for name, about in children.items()),
            table({**options, "-h, --help": "show this help"}.items()),
            *(filled(paragraph) for paragraph in cls.notes.splitlines()),
        ]
        return "\n".join(filter(None, parts))


def subcommand_of(name: str) -> type[Subcommand]:
    """Import and return the class of a subcommand: TraceCommand, or GradeShellCommand.

    >>> subcommand_of("grade_shell").__module__
    'simpsh.cli.grade_shell_command'
    """
    kind = f"{name.title().replace('_', '')}Command"
    # importlib.import_module() would import more.
    module = __import__(f"simpsh.cli.{name}_command", fromlist=[kind])
    subcommand: type[Subcommand] = getattr(module, kind)
    return subcommand


class PathOptions(Subcommand):
    """Option --path, which adds lessons or exercises."""

    folders: list[str] = many("--path DIR", "also use the lessons in DIR, and run their programs")


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-"


# ------------------------------------------------------------ help


def usage_text(name: str, forms: Iterable[str]) -> str:
    """Return the usage lines of a command."""
    starts = chain(("usage: ",), repeat(" " * 7))
    rows = zip(starts, forms, strict=False)
    return "".join(filled(f"{name} {form}".rstrip(), start, " " * 14) for start, form in rows)


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and texts; a name that is too wide gets its own line."""
    text = ""
    for left, right in rows:
        column = padded(f"  {left}", _LEFT_COLUMN)
        if width_of(column) > _LEFT_COLUMN:
            text += f"{column}\n"
            column = " " * _LEFT_COLUMN
        text += filled(right, f"{column} ", " " * (_LEFT_COLUMN + 1))
    return text


def filled(text: str, start: str = "", further: str = "") -> str:
    """Wrap a text to the width of the terminal, but to a comfortable width at most."""
    width = min(_WIDEST, console.width(narrowest=_NARROWEST))
    lines = between_words(text, width, start, further)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def announce_page(path: str) -> None:
    """At a terminal, print how to open a page or a picture that was written."""
    if os.isatty(2):
        console.warn([f"simpsh: {how_to_open(path)}"])


def how_to_open(path: str) -> str:
    """Return words with the address of a page or a picture for a browser."""
    from pathlib import Path  # slow to import, and most commands write no picture

    return f"open it in a browser: {Path(path).absolute().as_uri()}"
