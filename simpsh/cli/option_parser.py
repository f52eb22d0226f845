"""The base class of subcommands: it reads options and operands, and formats help and errors.

A subcommand is a class with an attribute for each of its options:

    class StepCommand(Subcommand):
        name, usage = "step", ("[option …] COMMAND",)
        about = "Holds every process of the command before its next visible step."
        schedule: str = option("--schedule LIST", "walk along a schedule", "")
        is_plain: bool = flag("--plain", "lines instead of a screen")

        def run(self) -> int: ...

argparse is not used: importing it takes half as long as starting the shell. Options are as in
getopt_long(3), without abbreviations: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`.
"""

from __future__ import annotations

import os
from itertools import chain, repeat

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.own_program import typed_name
from simpsh.base.phrases import command_words
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words, padded, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import ClassVar, Self, TypeVar

    Value = TypeVar("Value")

_WIDEST, _NARROWEST = 100, 40
_LEFT_COLUMN = 23


class HelpAsked(Exception):
    """The words ask for help; its text is the message."""


class BadValue(Exception):
    """The value of an option is none; the message says why, after the option's name."""


class Misuse(UsageProblem):
    """The words make no sense: a line that says why, and the usage lines that belong to it."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


# ------------------------------------------------------------------- declaring what is read


class Option(Record):
    """One option: how it is typed, and what it does to its attribute."""

    typed: str
    """Its names and a placeholder for its value: `-o, --output FILE`."""
    text: str
    default: object
    exclusive: str = ""
    """Only one of the options with the same word here may be given."""
    needs: str = ""
    """Another option, without which it makes no sense; empty for none."""
    read: Callable[[str], object] = str
    """Reads a value, or raises BadValue."""
    constant: object = None
    """The value of the attribute if the option takes none."""
    is_repeated: bool = False
    """Whether it may be repeated: the attribute is a list."""

    def names(self) -> list[str]:
        """Return its names: `-o` and `--output`."""
        return [word for word in self.typed.replace(",", " ").split() if word.startswith("-")]

    @property
    def placeholder(self) -> str:
        """The placeholder in `typed`: `FILE`; empty if it takes no value."""
        last = self.typed.split()[-1]
        return "" if last.startswith("-") else last

    @property
    def choices(self) -> Sequence[str]:
        """The words that its value may be; empty if it is no choice of words."""
        return self.read.choices if isinstance(self.read, one_of) else ()

    @property
    def takes_value(self) -> bool:
        """Whether a value belongs to it."""
        return self.constant is None

    def put(self, options: Subcommand, attribute: str, text: str) -> None:
        """Set the attribute by the option, given with this value; raise BadValue if it is none."""
        value = self.read(text) if self.takes_value else self.constant
        before = getattr(options, attribute)
        setattr(options, attribute, [*before, value] if self.is_repeated else value)


def option(
    typed: str,
    text: str,
    default: Value,
    read: Callable[[str], Value] | None = None,
    exclusive: str = "",
    needs: str = "",
) -> Value:
    """Declare an option that takes a value; `read` may raise BadValue."""
    # An object has the value as its attribute; the class has this declaration.
    return Option(typed, text, default, exclusive, needs, read or str)  # type: ignore[return-value]


def flag(typed: str, text: str, exclusive: str = "", needs: str = "") -> bool:
    """Declare an option that takes no value."""
    return Option(typed, text, False, exclusive, needs, constant=True)  # type: ignore[return-value]  # noqa: FBT003


def many(typed: str, text: str) -> list[str]:
    """Declare an option that may be repeated; its values become a list."""
    return Option(typed, text, [], is_repeated=True)  # type: ignore[return-value]


def one_flag_of(texts: Mapping[str, str], default: Value) -> Value:
    """Declare options that exclude each other: `--NAME` makes NAME the value."""
    return [  # type: ignore[return-value]
        Option(f"--{name}", text, default, "-".join(texts), constant=name)
        for name, text in texts.items()
    ]


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number in a range, ends included."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 20
        if not is_number or not least <= int(text) <= most:
            raise BadValue(f"{text}: a number from {least} to {most} is needed")
        return int(text)

    return read


class one_of:  # noqa: N801 - reads as what it makes: option("--format FORM", …, one_of(FORMATS))
    """Reads one of some words."""

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = choices

    def __call__(self, text: str) -> str:
        """Return the word; raise BadValue if it is another one."""
        if text not in self.choices:
            raise BadValue(f"{text}: it is one of {', '.join(self.choices)}")
        return text


class Subcommand:
    """A subcommand: a class declares its options, and an object has the values of one call."""

    name: str
    """Its name without `simpsh`: `lesson run`."""
    usage: tuple[str, ...]
    """The words after its name, a line for each form."""
    about: str
    """A paragraph about it; the list of its parent shows the first sentence."""
    notes = ""
    """Further paragraphs of the help."""
    operand_counts: tuple[int, int | None] = (0, 0)
    """How many operands it takes, at least and at most; None for any number."""
    operands_are: tuple[str, ...] = ("file",)
    """The kinds of its operands, for completion: `file`, `recording`, `lesson`, `exercise`,
    `command`, or `word` if there is no completion; the last kind is for all further operands."""
    missing = ""
    """The error if there are too few operands."""
    is_command = False
    """Whether options end at the first operand: the words from there on belong to a command, or
    to one of the subcommands; to these alone if no operand is taken."""
    children: ClassVar[Mapping[str, Callable[[], type[Subcommand]]]] = {}
    """The subcommands below this one, by their last words; each is imported by a call."""

    operands: list[str]
    """The words that are no options, or a command with its words."""

    def __init__(self) -> None:
        for name, option in self.declared():
            setattr(self, name, option.default)

    @classmethod
    def declared(cls) -> Iterator[tuple[str, Option]]:
        """Yield the options that are declared, with their attributes; a class's own come first.

        A class that declares an attribute again replaces the option above it.
        """
        overridden: set[str] = set()
        for base in cls.__mro__:
            for name in [*vars(base)]:
                declared = vars(base)[name] if name not in overridden else None
                for value in declared if isinstance(declared, list) else [declared]:
                    if isinstance(value, Option):
                        yield name, value
            overridden |= {*vars(base)}

    @property
    def operand(self) -> str:
        """The first operand; empty if there is none."""
        return self.operands[0] if self.operands else ""

    @property
    def pid(self) -> int:
        """The first operand as a process id; raises Misuse if it is none."""
        return self.as_pid(self.operand)

    def as_pid(self, word: str) -> int:
        """Return a word as a process id; raise Misuse if it is none."""
        if not (word.isascii() and word.isdigit()) or not int(word):
            raise self.misuse(f"{word}: this is not a pid")
        return int(word)

    def answer(self) -> int:
        """Run, within what every run of its kind needs; return the exit status."""
        return self.run()

    def run(self) -> int:
        """Do what the words ask for; return the exit status, or raise SimpshError or OSError."""
        raise NotImplementedError

    # ----------------------------------------------------------------------------- reading

    @classmethod
    def answer_to(cls, words: Sequence[str]) -> int:
        """Read the words after the subcommand's name, do what they ask for; return the status.

        Raises as read(), and what the subcommand raises: SimpshError, OSError.
        """
        if words and words[0] in cls.children:
            return cls.children[words[0]]().answer_to(words[1:])
        options = cls.read(words)
        # Options before the name of a subcommand are the subcommand's.
        before = [*words][: len(words) - len(options.operands)]
        if cls.is_command and options.operands and "--" not in before:
            if options.operand in cls.children:
                below = cls.children[options.operand]()
                return below.answer_to([*before, *options.operands[1:]])
            if cls.operand_counts[1] == 0:
                raise cls.misuse(f"'{options.operand}' is none of {', '.join(cls.children)}")
        if not os.path.exists("/proc/self/stat"):
            raise SimpshError(
                "/proc is not mounted here, and simpsh sees processes by it: "
                "mount -t proc proc /proc"
            )
        return options.answer()

    @classmethod
    def read(cls, words: Sequence[str]) -> Self:
        """Take the words apart; raise HelpAsked, or Misuse if they make no sense."""
        options, operands, left = cls(), list[str](), list(words)
        by_name = {
            name: (attribute, option)
            for attribute, option in cls.declared()
            for name in option.names()
        }
        first_of: dict[str, str] = {}
        """The given option of each group in which options exclude each other."""
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
            given = first_of.setdefault(option.exclusive or name, name)
            if given != name and name not in by_name[given][1].names():
                raise cls.misuse(f"{given} and {name} exclude each other")
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
        cls._refuse_lonely({name: by_name[name][1].needs for name in first_of.values()})
        options.operands = operands
        least, most = cls.operand_counts
        if len(operands) < least:
            raise cls.misuse(cls.missing)
        if most is not None and len(operands) > most and not cls.is_command:
            raise cls.misuse(f"{operands[most]}: one word too many")
        return options

    @classmethod
    def _refuse_lonely(cls, needs: Mapping[str, str]) -> None:
        """Raise Misuse if an option was given, and not the one that it needs."""
        for name, needed in needs.items():
            if needed and needed not in needs:
                raise cls.misuse(f"{name} needs {needed}")

    @classmethod
    def misuse(cls, message: str) -> Misuse:
        """Return what to raise for words that make no sense."""
        return Misuse(f"{cls.name}: {message}", usage_text(f"simpsh {cls.name}", cls.usage))

    @classmethod
    def format_help(cls) -> str:
        """Return the help: usage, what it does, subcommands, options, notes."""
        children = {name: below().about for name, below in cls.children.items()}
        options = {option.typed: option.text for _, option in cls.declared()}
        parts = [
            usage_text(f"simpsh {cls.name}", cls.usage),
            filled(cls.about),
            table((name, about.partition(".")[0].rstrip(".")) for name, about in children.items()),
            table({**options, "-h, --help": "show this, and end"}.items()),
            *(filled(paragraph) for paragraph in cls.notes.split("\n")),
        ]
        return "\n".join(filter(None, parts))


class PathOptions(Subcommand):
    """The option that names further lessons or exercises."""

    folders: list[str] = many(
        "--path DIR", "lessons or exercises in DIR as well: programs, which run with your rights"
    )


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-"


# ------------------------------------------------------------ help, as wide as the terminal


def usage_text(name: str, forms: Iterable[str]) -> str:
    """Return the lines that say how a command is called."""
    starts = chain(("usage: ",), repeat(" " * 7))
    rows = zip(starts, forms, strict=False)
    return "".join(filled(f"{name} {form}".rstrip(), start, " " * 14) for start, form in rows)


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return two columns of names and texts; a text starts below a name that is too wide."""
    text = ""
    for left, right in rows:
        column = padded(f"  {left}", _LEFT_COLUMN)
        if width_of(column) > _LEFT_COLUMN:
            text += f"{column}\n"
            column = " " * _LEFT_COLUMN
        text += filled(right, f"{column} ", " " * (_LEFT_COLUMN + 1))
    return text


def filled(text: str, start: str = "", further: str = "") -> str:
    """Return a text as lines that fit the terminal, and are not too wide to be read."""
    width = min(_WIDEST, console.width(narrowest=_NARROWEST))
    lines = between_words(text, width, start, further)
    return "".join(f"{line.rstrip()}\n" for line in lines)


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
    """Return what opens a file of a form: a command, or an address for a browser."""
    word = command_words((path,))
    if form in ("html", "svg"):
        from pathlib import Path  # slow to import, and most commands write no picture

        return f"open it in a browser: {Path(path).absolute().as_uri()}"
    if form == "jsonl":
        return f"draw it: {typed_name()} trace show {word}"
    return f"read it: less {word}"
