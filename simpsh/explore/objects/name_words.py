"""Words for names and texts: made last, from values, and never read again."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Mapping

from simpsh.base.phrases import by_ending, errno_name, escaped
from simpsh.base.process_names import (
    FIRST,
    PATTERN,
    birth_number,
    birth_path,
    child_name,
    parent_of,
)
from simpsh.base.record import Record
from simpsh.explore.objects.symbolic_names import (
    AnyChild,
    Channel,
    Fifo,
    File,
    Foreign,
    Name,
    NoChild,
    Output,
    OwnGroup,
    Pipe,
    Stored,
)

NOTATION = "P0 is the program, P1 its first child, P1.2 the second child of P1."
"""The explanation of names before it is known which there are."""
_ORDINALS = ("first", "second", "third")


def notation_of(names: Iterable[str]) -> str:
    """Return a sentence that explains the names of these processes.

    >>> notation_of(["P0"]), notation_of(["P0", "P1", "P2", "P2.1"])
    ('P0 is the program.', 'P0 is the program, P1 its first child, P2.1 the first child of P2.')
    """
    parts = [f"{FIRST} is the program"]
    ordered = sorted(set(names) - {FIRST}, key=birth_path)
    parts += [f"{name} its first child" for name in ordered if name == child_name(FIRST, 1)]
    for name in [name for name in ordered if parent_of(name) != FIRST][:1]:
        number = birth_number(name)
        which = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
        parts.append(f"{name} the {which} child of {parent_of(name)}")
    return f"{', '.join(parts)}."


_SHOWN_BYTES = 40


class Naming(Record):
    """The words for the objects and processes of a program."""

    letters: Mapping[Channel, str] = {}
    """The letter of each pipe."""
    processes: Mapping[str, str] = {}
    """Names for processes; the others are named by birth."""

    def process(self, name: str) -> str:
        return self.processes.get(name, name)

    def of_processes(self, names: Iterable[str]) -> list[str]:
        """Return the names of processes, in the order of their births."""
        return [self.process(name) for name in sorted(names, key=birth_path)]

    def object(self, name: Name) -> str:
        """Return a phrase for an object.

        >>> phrase = Naming({Pipe("P0", 1): "A"}).object
        >>> phrase(Pipe("P0", 1)), phrase(Fifo(File("/tmp/f"))), phrase(Output())
        ('pipe A', 'FIFO /tmp/f', 'the output')
        """
        match name:
            case File(path):
                return path_words(path)
            case Fifo(file):
                return f"FIFO {path_words(file.path)}"
            case Pipe():
                letter = self.letters.get(name)
                return f"pipe {letter or f'{name.number} of {self.process(name.maker)}'}"
            case Output():
                return "the output"
            case Stored():
                return "the standard input"
            case Foreign(target):
                return escaped(target)
            case Name():
                return repr(name)

    def target(self, target: str | Name) -> str:
        """Return a phrase for the processes that a wait or a signal is for."""
        match target:
            case str():
                return self.process(target)
            case AnyChild():
                return "a child"
            case NoChild():
                return "a process that is not its child"
            case OwnGroup():
                return "its group"
            case Name():
                return "a process outside"


PLAIN = Naming()
_PLAIN_CHARACTERS = frozenset("@%+=:,./-_")
_PROCESS = re.compile(PATTERN)


def path_words(path: str) -> str:
    r"""Return a path; escaped and in quotes if it might be taken for something else.

    >>> print(path_words("a/b.c"), path_words("P1"), path_words("pipe A\n"))
    a/b.c “P1” “pipe A\n”
    """
    is_plain = all(char.isalnum() or char in _PLAIN_CHARACTERS for char in path)
    return path if is_plain and not _PROCESS.fullmatch(path) else f"“{escaped(path)}”"


# -- data ------------------------------------------------------------------------------------------

OUTSIDE_MARK = b"<outside>"


def mark_of_process(name: str) -> bytes:
    """Return the text that is shown for the pid of a process."""
    return b"<%s>" % name.encode()


MARKS = re.compile(rf"<(?:(?P<process>{PATTERN})|outside)>".encode())
"""Matches a mark."""


def text_words(data: bytes) -> str:
    r"""Return data for people.

    >>> print(text_words(b"a\n"))
    a\n
    """
    return escaped(data.decode("utf-8", "backslashreplace"))


def parse_words(words: str) -> bytes:
    r"""Return the data of words that a person types; the opposite of text_words().

    >>> parse_words(r"a\n"), parse_words(r"\xe9")
    (b'a\n', b'\xe9')
    """
    data = words.encode("utf-8", "surrogateescape")
    try:
        return codecs.escape_decode(data)[0]
    except ValueError:  # an incomplete escape
        return data


def decode_name(data: bytes) -> str:
    r"""Return a text that is not escaped, except bytes that are not valid UTF-8.

    >>> decode_name(b"<P1>\n\xff")
    '<P1>\n\\xff'
    """
    return data.decode("utf-8", "backslashreplace")


def quoted(text: bytes) -> str:
    r"""Return a text in quotes; if it is long, only its length.

    >>> print(quoted(b"a\n"), quoted(bytes(50)))
    “a\n” 50 bytes
    """
    return f"{len(text)} bytes" if len(text) > _SHOWN_BYTES else f"“{text_words(text)}”"


def quote_output(text: bytes, longest: int = 60) -> str:
    r"""Return a text in quotes; only the end of a long one.

    >>> print(quote_output(b"a\tb\n"), quote_output(b"0123456789", 4))
    “a\tb\n” “…6789”
    """
    words = text_words(text)
    return f"“{words}”" if len(words) <= longest else f"“…{words[-longest:]}”"


# -- ends and errors -------------------------------------------------------------------------------


def status_clause(status: int) -> str:
    """Return how a process ended, as a clause that follows its name.

    >>> status_clause(0x0300), status_clause(9)
    ('ended with status 3', 'was killed by SIGKILL')
    """
    return by_ending(status, "ended with status {}", "was killed by {}", "ended")


def next_status_clause(status: int) -> str:
    """Return how a process will end, as a clause that follows its name.

    >>> next_status_clause(0), next_status_clause(15)
    ('ends with status 0', 'dies, killed by SIGTERM')
    """
    return by_ending(status, "ends with status {}", "dies, killed by {}", "ends")


def errno_clause(number: int) -> str:
    """Return the reason why a call failed.

    >>> errno_clause(10)
    'no child processes (ECHILD)'
    """
    words = os.strerror(number)
    return f"{words[:1].lower()}{words[1:]} ({errno_name(number)})"
