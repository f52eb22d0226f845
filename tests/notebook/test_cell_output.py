"""What a terminal was sent, as a cell shows it: any bytes, cut anywhere."""

from __future__ import annotations

import pytest

from simpsh.notebook.cell_output import CellOutput
from tests.support.properties import given, st

TEXTS = {
    b"one\r\ntwo\r\n": "one\ntwo\n",
    b"10 %\r20 %\r\n": "10 %\r20 %\n",
    b"\x1b[31mred\x1b[0m": "\x1b[31mred\x1b[0m",
    b"\x1b[2J\x1b[Htop\x1b[K": "top",
    b"\x1b]0;title\x07text": "text",
    b"\x1b]8;;http://a\x1b\\link": "link",
    "grün €".encode(): "grün €",
    b"bell\x07 nul\x00": "bell nul",
    b"\x1b[?1049hdrawn\x1b[?1049lback": "back",
    b"\xff": "�",
}


@pytest.mark.parametrize("data", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_what_is_shown_does_not_depend_on_how_it_came(data, size):
    output = CellOutput()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert "".join(output.text_of(one)[0] for one in pieces) == TEXTS[data]


@given(st.binary(max_size=60), st.integers(1, 7))
def test_any_bytes_give_the_same_text_however_they_are_cut(data, size):
    whole, parts = CellOutput(), CellOutput()
    data += b"."
    text = "".join(parts.text_of(data[at : at + size])[0] for at in range(0, len(data), size))
    assert text == whole.text_of(data)[0]


def test_what_was_left_out_is_told():
    assert CellOutput().text_of(b"a\x1b]simpsh;end of cell 7\x07b") == (
        "ab",
        ["\x1b]simpsh;end of cell 7\x07"],
    )
