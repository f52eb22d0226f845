"""Terminal output as a cell shows it: any bytes, cut anywhere."""

import pytest

from simpsh.notebook.cell_output import CellOutput, CellReader
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
    b"a\x1b]simpsh;complaint\x07no\r\n\x1b]simpsh;end of complaint\x07b": "ano\nb",
}


@pytest.mark.parametrize("data", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_display_does_not_depend_on_how_the_output_was_split(data, size):
    output = CellOutput()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    shown = [piece for one in pieces for piece in output.text_of(one)[0]]
    assert "".join(text for _, text in shown) == TEXTS[data]


@given(st.binary(max_size=60), st.integers(1, 7))
def test_any_bytes_give_the_same_text_however_they_are_cut(data, size):
    whole, parts = CellOutput(), CellOutput()
    data += b"."
    cut = [
        piece
        for at in range(0, len(data), size)
        for piece in parts.text_of(data[at : at + size])[0]
    ]
    assert "".join(text for _, text in cut) == "".join(text for _, text in whole.text_of(data)[0])


def test_the_middle_of_a_long_output_is_not_shown():
    class Output(CellReader):
        shown = ""

        def pass_on(self, text, _stream):
            self.shown += text

    lines = "".join(f"{number}\n" for number in range(100_000))
    for size in (100_000, len(lines)):
        output = Output()
        for at in range(0, size, 5000):
            output.show(lines[at : min(size, at + 5000)])
        output.finish()
        assert (output.shown == lines[:size]) is (size == 100_000)
    assert "simpsh: 484,890 of 588,890 characters are not shown here; " in output.shown
    assert output.shown.endswith("99998\n99999\n")
