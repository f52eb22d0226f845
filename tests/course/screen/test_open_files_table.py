"""Open files as a table: descriptors, open file descriptions, files."""

from __future__ import annotations

import os

from simpsh.course.claims.observation import OUTPUT, ProcessLook, SeenDescriptor
from simpsh.course.screen.screen_tables import descriptors, open_files
from simpsh.view.document import table_lines, table_sentences
from simpsh.view.styled_text import plain_block
from tests.course.handmade_observations import forks, made

OUT = SeenDescriptor(OUTPUT, "write", description=9)


def file(name, description, offset=0, access="both", flags=0):
    return SeenDescriptor(f"/tmp/own/{name}", access, offset, flags, "", description)


def pipe(end, description, flags=0):
    return SeenDescriptor("pipe A", end, 0, flags, "A", description)


def at_mark(parent, child):
    looks = {
        "parent": ProcessLook(10, "S", descriptors={1: OUT, **parent}, cwd="/tmp/own"),
        "child": ProcessLook(11, "held", descriptors={1: OUT, **child}, cwd="/tmp/own"),
    }
    story = [(1, "parent", forks("child"))]
    return made(("parent", "child"), story, marks={"①": (1, looks)})


def test_two_processes_point_to_one_description_and_two_descriptions_to_one_file():
    run = at_mark(
        {3: file("poem", 1, 4, flags=os.O_CLOEXEC), 4: file("log", 2), 5: file("poem", 3)},
        {3: file("poem", 1, 4), 5: file("poem", 3, access="read")},
    )
    table = open_files(run, "①")
    assert (
        plain_block(table_lines(table, 80))
        == """\
descriptor             open file description   file
parent 3  FD_CLOEXEC   offset 4, O_RDWR        poem
child 3                the same
parent 5               offset 0, O_RDWR        poem
child 5                the same
parent 4               offset 0, O_RDWR        log
FD_CLOEXEC: exec closes this descriptor. Python sets it for what it opens."""
    )
    assert table_sentences(table)[:2] == [
        "parent 3  FD_CLOEXEC: open file description: offset 4, O_RDWR; file: poem.",
        "child 3: open file description: the same.",
    ]


def test_a_pipe_has_ends_and_flags_and_no_offset():
    run = at_mark({3: pipe("read", 1, os.O_NONBLOCK)}, {1: pipe("write", 2), 2: pipe("write", 2)})
    assert (
        plain_block(table_lines(open_files(run, "①"), 80))
        == """\
descriptor   open file description            file
parent 3     read end, O_RDONLY, O_NONBLOCK   pipe A
child 1      write end, O_WRONLY              pipe A
child 2      the same"""
    )


def test_where_descriptions_cannot_be_compared_it_is_who_holds_which():
    unknown = at_mark({3: file("f", 0)}, {3: file("f", 0)})
    assert open_files(unknown, "①") == descriptors(unknown, "①")
