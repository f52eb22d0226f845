"""Open files as a picture: descriptors, open file descriptions, files."""

from __future__ import annotations

import os

from simpsh.course.claims.observation import OUTPUT, ProcessLook, SeenDescriptor
from simpsh.course.screen.open_files_picture import open_files_picture
from simpsh.course.screen.screen_forms import ScreenForm
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


ONE_FILE = at_mark(
    {3: file("poem", 1, 4, flags=os.O_CLOEXEC), 4: file("poem", 2, access="read")},
    {3: file("poem", 1, 4), 4: file("poem", 2, access="read")},
)


def test_two_processes_point_to_one_description_and_two_descriptions_to_one_file():
    assert (
        plain_block(ScreenForm(80).open_files(ONE_FILE, "①", 80))
        == """\
descriptor                 open file description       file
                         ┌───────────────────────┐
parent 3  FD_CLOEXEC ━┳━▶│ offset 4              │ ━┳━▶ poem
child  3             ━┛  │ O_RDWR                │  ┃
                         └───────────────────────┘  ┃
                         ┌───────────────────────┐  ┃
parent 4             ━┳━▶│ offset 0              │ ━┛
child  4             ━┛  │ O_RDONLY              │
                         └───────────────────────┘"""
    )
    assert plain_block(ScreenForm(is_plain=True).open_files(ONE_FILE, "①", 200)).split("\n") == [
        "parent's descriptor 3 (FD_CLOEXEC) and child's descriptor 3 refer to one open file "
        "description: offset 4, O_RDWR. The description refers to poem.",
        "parent's descriptor 4 and child's descriptor 4 refer to one open file description: "
        "offset 0, O_RDONLY. The description refers to poem.",
    ]


def test_a_pipe_has_ends_and_flags_and_no_offset():
    run = at_mark({3: pipe("read", 1, os.O_NONBLOCK)}, {1: pipe("write", 2), 2: pipe("write", 2)})
    assert (
        plain_block(open_files_picture(run, "①", 80))
        == """\
descriptor       open file description       file
               ┌───────────────────────┐
parent 3   ━━━▶│ read end              │ ━┳━▶ pipe A
               │ O_RDONLY O_NONBLOCK   │  ┃
               └───────────────────────┘  ┃
               ┌───────────────────────┐  ┃
child  1   ━┳━▶│ write end             │ ━┛
child  2   ━┛  │ O_WRONLY              │
               └───────────────────────┘"""
    )


def test_boxes_show_who_shares_a_description():
    alone = at_mark({3: file("f", 1)}, {3: file("g", 2)})
    rows = plain_block(open_files_picture(alone, "①", 80)).split("\n")
    assert [row.split("▶")[-1].strip() for row in rows if "▶" in row] == ["f", "g"]
    # A description that processes share is set off.
    for run, style in ((ONE_FILE, "bold"), (alone, "")):
        pieces = [piece for row in open_files_picture(run, "①", 80)[1:] for piece in row]
        assert {piece.style for piece in pieces if "│" in piece.text} == {style}
    # More descriptors than lines of a box.
    held = {number: file("f", 1) for number in (3, 4, 5)}
    rows = plain_block(open_files_picture(at_mark(held, {}), "①", 80)).split("\n")
    assert [row[:15].rstrip() for row in rows[2:5]] == [
        "parent 3   ━┳━▶",
        "parent 4   ━┫",
        "parent 5   ━┛",
    ]
    assert len(rows) == 6
    # Nothing is drawn where descriptions cannot be compared.
    unknown = at_mark({3: file("f", 0)}, {3: file("f", 0)})
    assert open_files_picture(unknown, "①", 80) == []
    assert open_files_picture(ONE_FILE, "②", 80) == []
