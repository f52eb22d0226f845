"""The page and the SVG: complete without a script, safe, and alive in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from simpsh.base.events import Exec, Reparent, SignalDeliver, SignalSend, Stop, Write
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.page.html_page import page_of
from simpsh.view.picture.svg_picture import slide
from simpsh.view.timeline.timeline_rows import folded, rows_of
from tests.support.processes import children_of, kill_and_collect
from tests.view.made_runs import ROOT, Story, crowd, hang, long_run, pipeline

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium (apt install chromium)")

EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>\"'&"


def evil():
    story = Story("io")
    story.tell(ROOT, Exec((EVIL, "\udcff\x00", "<!--"), "/evil"))
    story.tell(ROOT, Write(1, 9, "", "<b>&amp;"))
    return story.finish()


def varied():
    story = Story()
    story.fork(ROOT, 101)
    story.tell(101, Exec(("sleep", "9"), "/bin/sleep"))
    story.tell(ROOT, SignalSend(101, 19))
    story.tell(101, Stop(19))
    story.tell(101, SignalDeliver(18, 0))
    story.fork(101, 102)
    story.end(101, 9)
    story.tell(102, Reparent(101, 1, "init"))
    return story.finish()


RUNS = {
    "pipeline": pipeline,
    "hang": hang,
    "varied": varied,
    "evil": evil,
    "crowd": lambda: crowd(30),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_svg_alone_is_well_formed_and_draws_every_step(name):
    run = RUNS[name]()
    rows = rows_of(run)
    root = ET.fromstring(slide(run, rows, EVIL))
    steps = [one for one in root.iter() if one.get("class", "").startswith("step ")]
    assert [one[0].text.replace("\n", " ") for one in steps] == [
        row.text.encode("utf-8", "backslashreplace").decode() for row in rows
    ]
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert "var(" not in slide(run, rows)


@pytest.mark.parametrize("name", RUNS)
def test_the_picture_in_the_page_is_complete_without_a_script(name):
    run = RUNS[name]()
    page = page_of(run, "title")
    before_script = page[: page.index("<script")]
    drawn = re.search(r'<svg [^>]*id="timeline".*?</svg>', before_script, re.DOTALL).group()
    picture = ET.fromstring(drawn)
    bars = [one for one in picture.iter() if one.get("class", "").startswith("bar ")]
    assert {one.get("class").split()[1] for one in bars} >= {"running"}
    assert all(float(one.get("width")) >= 0 for one in bars)
    assert len(re.findall("<li[ >]", before_script)) == len(rows_of(run))


def test_nothing_is_loaded_from_anywhere():
    page = page_of(pipeline())
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    assert "@import" not in page
    assert re.findall(r"https?://[^\"' )]+", page.replace("http://www.w3.org/2000/svg", "")) == []


def test_what_came_from_a_program_is_escaped():
    page = page_of(evil(), EVIL, [EVIL])
    assert "<img" not in page
    assert "<script>document" not in page
    assert page.count("</script>") == 2
    data = re.search(r'type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert EVIL in json.loads(data.group(1))["steps"][1]["text"]
    page.encode("utf-8")


def test_the_data_names_causes_reasons_states_and_joined_pipe_ends():
    page = page_of(pipeline())
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))
    texts = [step["text"] for step in data["steps"]]
    exec_, reap = texts.index("P2 execs wc -l (stdin ← pipe A, stdout → /dev/tty)"), 8
    assert data["steps"][exec_]["causes"] == [texts.index("P0 forks P2")]
    assert texts[reap] == "P0 reaps P1: exit status 0"
    assert data["steps"][reap]["causes"] == [7]
    assert all(step["why"] for step in data["steps"])
    [ls] = [one for one in data["processes"] if one["name"] == "P1"]
    assert ls["tables"][-1][1] == [] or ls["path"] == "P.1"
    assert [1, "write end of pipe A", "A", "w"] in [row for _, t in ls["tables"] for row in t]


def test_a_long_run_is_folded_and_says_so():
    run = chronicle_of(long_run(20_000), "calls")
    rows, omission = folded(rows_of(run))
    assert len(rows) <= 2000
    assert re.match(r"\d+ of \d+ steps are not drawn", omission)
    page = page_of(run)
    assert omission in page
    assert page.count('class="step ') == len(rows)
    assert folded(rows_of(pipeline())) == (rows_of(pipeline()), "")


# -- in a browser ------------------------------------------------------------------------------


def in_chromium(tmp_path, page, *, step="", script="", options=()):
    """What the page's DOM is after its script, and ours, have run."""
    file = Path(tmp_path, "page.html")
    file.write_text(page.replace("</body>", f"<script>{script}</script></body>"))
    flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-breakpad",
        "--disable-crash-reporter",
        f"--user-data-dir={tmp_path}/profile",
        "--virtual-time-budget=2000",
        *options,
    ]
    before = set(children_of(os.getpid()))
    process = subprocess.Popen(
        [CHROMIUM, *flags, "--dump-dom", f"file://{file}{step}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    try:
        return process.communicate(timeout=55)[0]
    finally:
        process.kill()
        process.wait()
        # Its helpers outlive it for a moment; the test runner, a subreaper, adopts them.
        kill_and_collect(lambda: set(children_of(os.getpid())) - before)


def said(dom):
    return re.search(r'<p id="say"[^>]*>(.*?)</p>', dom).group(1)


def press(*keys):
    return "".join(
        f"document.body.dispatchEvent(new KeyboardEvent('keydown',{{key:'{key}',bubbles:true}}));"
        for key in keys
    )


@in_a_browser
def test_the_address_keys_slider_and_clicks_move_through_the_run(tmp_path):
    page = page_of(pipeline(), "ls | wc")
    script = (
        "const told=[];const note=()=>told.push(document.getElementById('say').textContent);"
        "note();"
        + press("ArrowRight")
        + "note();"
        + press("Home")
        + "note();"
        + press("End", "ArrowLeft")
        + "note();"
        "const slider=document.getElementById('slider');slider.value=2;"
        "slider.dispatchEvent(new Event('input'));note();"
        "document.querySelector('.hits rect[data-i=\"5\"]')"
        ".dispatchEvent(new MouseEvent('click',{bubbles:true}));note();"
        "document.getElementById('next').click();note();"
        "document.title=JSON.stringify(told);"
    )
    dom = in_chromium(tmp_path, page, step="#3", script=script)
    assert json.loads(re.search(r"<title>(.*?)</title>", dom).group(1)) == [
        "3. P0 forks P1",
        "4. P0 forks P2",
        "1. P0 starts: sh -c story",
        "13. P0 exits with status 0",
        "3. P0 forks P1",
        "6. P1 execs ls / (stdin ← /dev/tty, stdout → pipe A)",
        "7. P2 execs wc -l (stdin ← pipe A, stdout → /dev/tty)",
    ]
    assert '<tr class="now"><td title="birth path P.2">P2</td>' in dom
    assert len(re.findall(r"<circle", re.search(r'<svg id="joins".*?</svg>', dom).group())) == 1
    assert len(re.findall(r"<path", re.search(r'<svg id="joins".*?</svg>', dom).group())) >= 3


@in_a_browser
def test_states_and_reasons_are_shown_for_each_step(tmp_path):
    dom = in_chromium(tmp_path, page_of(hang()), step="#7")
    assert said(dom).startswith("7. No process can move any more")
    rows = re.findall(r"<tr.*?</tr>", re.search(r'id="states">(.*?)</tbody>', dom).group(1))
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    assert [(row[0], row[1], row[4]) for row in cells] == [
        ("P0", "P", "waiting"),
        ("P1", "P.1", "blocked"),
    ]
    assert "all are asleep" in re.search(r'id="why">(.*?)</p>', dom).group(1)
    assert 'href="#6"' in re.search(r'id="because">(.*?)</p>', dom).group(1)


@in_a_browser
def test_a_hostile_program_changes_nothing_in_the_browser(tmp_path):
    dom = in_chromium(tmp_path, page_of(evil(), "quiet"))
    assert "<title>quiet</title>" in dom
    assert "<img" not in dom


@in_a_browser
def test_a_phone_shows_the_page_without_scrolling_sideways(tmp_path):
    script = "document.title=document.documentElement.scrollWidth+' '+innerWidth;"
    dom = in_chromium(
        tmp_path, page_of(crowd(30), "x" * 300), script=script, options=["--window-size=390,800"]
    )
    width, room = map(int, re.search(r"<title>(\d+) (\d+)</title>", dom).groups())
    assert width <= max(room, 500)
