"""What a demonstration can be beside a function of the lesson file: C, a line, a program."""

from __future__ import annotations

from simpsh.record import Record


class Source(Record):
    """A demonstration that is no Python function; its forks are named in order of birth."""


class C(Source):
    """A C program: compiled when it is first wanted (needs "compiler"), shown as its source."""

    source: str
    """Complete, with its includes; the lines from the first that is no include are shown."""
    births: tuple[str, ...] = ()
    """What its processes after the first are called, in order of birth."""
    flags: tuple[str, ...] = ()
    """Further arguments of the compiler, such as `-D_XOPEN_SOURCE`."""


class Shell(Source):
    """A line or script that simpsh itself runs; the first process is called `shell`."""

    line: str
    births: tuple[str, ...] = ()
    is_interactive: bool = False
    """Whether simpsh runs as at a prompt, with job control; needs a terminal."""
    program: tuple[str, ...] = ()
    """Another shell that runs it, such as ("bash", "-c"); simpsh if empty."""


class Program(Source):
    """A program that is there already, with its arguments."""

    argv: tuple[str, ...]
    births: tuple[str, ...] = ()
