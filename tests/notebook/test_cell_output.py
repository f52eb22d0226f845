"""The output of a cell: any bytes, and its picture in a real browser."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from simpsh.base.own_program import INTERPRETER, OBSERVED
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.notebook.cell_display import display_of
from simpsh.notebook.cell_output import CellOutput
from tests.harness.recorded import recorded
from tests.support.properties import given, st
from tests.view.made_runs import Story, one_after_another, pipeline

TEXTS = {
    b"one\r\ntwo\r\n": "one\ntwo\n",
    b"10 %\r20 %\r\n": "10 %\r20 %\n",
    b"\x1b[31mred\x1b[0m": "\x1b[31mred\x1b[0m",
    b"\x1b[2J\x1b[Htop\x1b[K": "top",
    b"\x1b]0;title\x07text": "text",
    b"\x1b]8;;http://a\x1b\\link": "link",
    "grün €".encode(): "grün €",
    b"bell\x07 nul\x00": "bell nul",
    b"\xff": "�",
}


@pytest.mark.parametrize("data", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_display_does_not_depend_on_how_the_output_was_split(data, size):
    output = CellOutput()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert "".join(output.text_of(one)[0] for one in pieces) == TEXTS[data]


@given(st.binary(max_size=60), st.integers(1, 7))
def test_any_bytes_give_the_same_text_however_they_are_cut(data, size):
    whole, parts = CellOutput(), CellOutput()
    data += b"."
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    cut = "".join(parts.text_of(piece)[0] for piece in pieces)
    assert cut == whole.text_of(data)[0]


def shown_text(tab, path, html):
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    tab.open(f"file://{path}")
    image = "document.querySelector('img')"
    tab.run(f"{image}.decode()")
    # The picture is drawn and visible.
    assert tab.run(f"{image}.naturalWidth") > 400
    assert tab.run(f"{image}.getBoundingClientRect().height") > 100
    return tab.run("document.body.innerText")


def test_the_picture_is_small_and_needs_neither_trust_nor_a_style_sheet(one_tab, tmp_path):
    data = display_of(pipeline(), 1, ["a <remark>"])
    html = data["text/html"]
    assert len(html) < 14_000
    assert "exit status 1" in shown_text(one_tab, tmp_path / "trusted.html", html)
    # JupyterLab removes these attributes from a notebook that is not trusted.
    stripped = re.sub(r" (class|style|id)=\"[^\"]*\"", "", html)
    assert "a <remark>" in shown_text(one_tab, tmp_path / "untrusted.html", stripped)
    assert display_of(None, 2, []) == {"text/plain": "exit status 2"}


@pytest.mark.parametrize("line", ["sleep 9 & kill $!; wait", "true | true", "(exit 3)"])
def test_the_picture_of_any_run_is_well_formed(line, tmp_path):
    chronicle = chronicle_of(recorded(*INTERPRETER, *OBSERVED, "-c", line).events, "events")
    html = display_of(chronicle, 0, [])["text/html"]
    source = html.partition('src="data:image/svg+xml,')[2].partition('"')[0]
    picture = ElementTree.fromstring(unquote(source.replace("&amp;", "&")))
    tags = [element.tag.rpartition("}")[2] for element in picture.iter()]
    assert {"rect", "text", "style"} <= set(tags)
    assert "title" not in tags
    assert not [name for each in picture.iter() for name in each.attrib if "data-" in name]


def test_the_words_of_a_cell_count_processes_and_steps_and_say_what_is_not_drawn():
    # A cell that starts no process needs no picture.
    assert [display_of(run, 0, ["x"]) for run in (None, Story().chronicle())] == [{}, {}]
    shown = display_of(pipeline(), 1, ["a <remark>\x07"])
    first, *_, last = shown["text/plain"].splitlines()
    assert first == "exit status 1 · 2 processes started, 14 steps"
    assert last == "a <remark>\\x07"
    assert shown["text/html"].startswith(f'<div>{first}</div><img alt="14 steps, each a column')
    step = "<li>simpsh collects P0: status 0<br><small>simpsh started it, so simpsh collects it."
    assert f"\n{step}</small></li></ol></details>" in shown["text/html"]
    assert (
        "\n<p>a &lt;remark&gt;\\x07</p><details><summary>the steps, and why<" in shown["text/html"]
    )
    many = display_of(one_after_another(300), 0, [], "`timeline` shows them.")["text/plain"]
    assert many.startswith("300 processes started, 1,503 steps\n")
    assert many.endswith("; the recording has them all. `timeline` shows them.")
