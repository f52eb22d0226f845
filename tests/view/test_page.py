"""The page and the SVG as text: complete without a script, safe, and within their size."""

import base64
import hashlib
import json
import pathlib
import re
import xml.etree.ElementTree as ET

import pytest

from simpsh.base.events import SignalSend
from simpsh.chronicle.chronicle_model import DescriptorTable
from simpsh.view.design.design_tokens import TOKENS, colours
from simpsh.view.page import html_page
from simpsh.view.page.html_page import page_of
from simpsh.view.picture.svg_picture import TimelinePicture
from simpsh.view.timeline.timeline_rows import folded, rows_of
from tests.view.made_runs import (
    EVIL,
    ROOT,
    Story,
    crowd,
    evil,
    hang,
    one_after_another,
    pipeline,
    varied,
    with_source,
)

RUNS = {
    "pipeline": pipeline,
    "hang": hang,
    "varied": varied,
    "evil": evil,
    "crowd": lambda: crowd(30),
}


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL).group(1))


def sentences(page):
    return re.findall(r'<li id="s\d+"[^>]*><span[^>]*>[^<]*</span><b>([^<]*)</b>', page)


def test_the_page_has_each_parent_of_a_process_from_the_step_on_that_made_it():
    found = {one["name"]: one["parents"] for one in data_of(page_of(varied()))["processes"]}
    assert found == {
        "P0": [[0, "simpsh"]],
        "P1": [[1, "P0"]],
        "P2": [[7, "P1"], [10, "init (adopted)"]],
    }


@pytest.mark.parametrize("name", RUNS)
def test_the_svg_alone_is_well_formed_and_draws_every_step(name):
    run = RUNS[name]()
    rows = rows_of(run)
    text = TimelinePicture(run, rows).slide(EVIL)
    root = ET.fromstring(text)
    steps = [one for one in root.iter() if one.get("class", "").startswith("step ")]
    assert [one[0].text.replace("\n", " ") for one in steps] == [
        row.text.encode("utf-8", "backslashreplace").decode() for row in rows
    ]
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert "var(" not in text
    assert "light-dark(" not in text


@pytest.mark.parametrize("name", RUNS)
def test_the_picture_in_the_page_is_complete_without_a_script(name):
    run = RUNS[name]()
    page = page_of(run, "title")
    before_script = page[: page.index("<script type")]
    drawn = re.search(r'<svg [^>]*id="timeline".*?</svg>', before_script, re.DOTALL).group()
    picture = ET.fromstring(drawn)
    bars = [one for one in picture.iter() if one.get("class", "").startswith("bar ")]
    assert {one.get("class").split()[1] for one in bars} >= {"there"}
    assert all(float(one.get("width")) >= 0 for one in bars)
    assert len(sentences(page)) == len(rows_of(run))


def test_the_page_of_a_pipeline_is_complete_and_loads_nothing():
    # The page loads no other resource.
    page = page_of(with_source())
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    assert "@import" not in page
    assert re.findall(r"https?://[^\"' )]+", page.replace("http://www.w3.org/2000/svg", "")) == []
    # The data contains causes, states and joined pipe ends.
    page = page_of(pipeline())
    data, texts = data_of(page), sentences(page)
    exec_, reap = texts.index("P2 execs wc -l (stdin ← pipe A, stdout → /dev/tty)"), 8
    assert data["causes"][str(exec_)] == [[texts.index("P0 forks P2"), "fork"]]
    assert texts[reap] == "P0 collects P1: status 0"
    assert data["causes"][str(reap)] == [[7, "end and collection"]]
    [ls] = [one for one in data["processes"] if one["name"] == "P1"]
    assert ls["colour"] == 1
    held = [row for _, number, *_ in ls["tables"] for row in data["tables"][number]]
    assert [1, "write end of pipe A", "A", "w"] in held
    assert ls["states"] == [["there", 2, 7], ["zombie", 7, 8]]
    # Every step has an explanation.
    page = page_of(pipeline())
    assert len(re.findall(r"</b><p>[^<]+</p></li>", page)) == len(sentences(page)) == 14
    # A page with fifty events is small.
    run = one_after_another(9)
    assert 50 <= len(run.events) <= 60
    assert len(page_of(run).encode()) <= 150_000


def test_a_program_without_room_for_its_name_is_hidden_in_a_page_and_unnamed_in_a_slide():
    run = evil()
    named = {
        text: [
            'display="none"' in name for name in re.findall(r'<text [^>]*class="inside.*?>', text)
        ]
        for text in (page_of(run), TimelinePicture(run, rows_of(run)).slide(EVIL))
    }
    assert [sorted(hidden) for hidden in named.values()] == [[False, True, True], [False]]


def test_the_policy_permits_this_style_and_these_scripts_and_nothing_else():
    page = page_of(pipeline())
    policy = re.search(r'Security-Policy" content="([^"]*)"', page).group(1)
    inline = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL)
    assert len(inline) == 3
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; "
        f"script-src 'sha256-{hashes[1]}' 'sha256-{hashes[2]}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"<[^>]* (?:style|on\w+)=", re.sub(r"(?s)<script>.*?</script>", "", page))


def test_the_head_of_a_page_counts_processes_and_steps():
    assert re.search(r">3 processes · 14 steps · [\d.]+ ms<", page_of(pipeline()))
    story = Story()
    assert re.search(r">1 process · 1 step · 0\.0 ms<", page_of(story.chronicle()))


def test_text_of_a_program_is_escaped():
    page = page_of(evil(), EVIL, [EVIL])
    assert "<img" not in page
    assert "<script>document.title" not in page
    assert page.count("</script>") == 3
    assert page.count("</pre>") == 1
    assert any(EVIL in row for table in data_of(page)["tables"] for row in table)
    page.encode("utf-8")


def test_the_legend_names_what_occurs_and_nothing_else():
    def legend(run):
        legend = re.search(r'<ul class="legend".*?</ul>', page_of(run), re.DOTALL).group()
        return re.findall(r"</svg>([^<]+)</li>", legend)

    assert legend(pipeline()) == [
        "runs or sleeps (not watched)",
        "in wait(2) (seen)",
        "zombie until collected (inferred)",
        "fork: a new process",
        "exec: a new program",
        "exit",
        "collected: its status",
        "makes a pipe",
    ]
    assert "asleep at rest, until woken (inferred)" in legend(hang())
    assert {"stopped (seen)", "signal", "orphan adopted", "exec fails"} <= set(legend(varied()))


def test_a_sent_signal_has_an_arrow_from_its_sender():
    story = Story()
    story.fork(ROOT, 101)
    story.tell(101, SignalSend(ROOT, 10))
    arrow = re.search(
        r'<path class="edge signal"[^>]* data-a="(\d)" data-b="(\d)"', page_of(story.finish())
    )
    assert arrow.groups() == ("1", "0")


def test_a_long_run_is_folded_and_says_so(monkeypatch):
    most = 400
    monkeypatch.setattr(html_page, "MOST_STEPS", most)
    run = one_after_another(170)
    rows, omission = folded(rows_of(run), most)
    assert len(rows) <= most
    assert re.match(r"\d+ of \d+ steps, in the middle of the run, are not drawn", omission)
    page = page_of(run)
    assert omission in page
    assert page.count('class="step ') == len(rows)
    few = rows_of(pipeline())
    assert folded(few) == (few, "")


def luminance(colour):
    """Return the relative luminance as defined by WCAG 2.1: 0 for black, 1 for white."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WORDS = [
    *((word, back) for word in ("text", "muted") for back in ("card", "page", "sunken", "now")),
    *((word, "card") for word in ("accent", "signal", "adoption", "good", "bad")),
    *((word, back) for word in ("text", "muted") for back in ("good-soft", "bad-soft")),
    *((word, "accent-soft") for word in ("text", "muted", "accent")),
    *((f"code-{word}", "sunken") for word in ("keyword", "string", "number", "name")),
    ("accent-text", "accent"),
    ("there-text", "there"),
    ("text", "found"),
]
SHAPES = ("there", "waiting", "asleep", "zombie-stripe", "fork", "exec", "reap", "adoption")


@pytest.mark.parametrize("is_dark", [False, True])
def test_words_and_shapes_have_enough_contrast(is_dark):
    """WCAG 2.2 requires 4.5 for words and 3 for meaningful shapes."""
    known = colours(is_dark=is_dark)
    faint = [(w, b) for w, b in WORDS if contrast(known[w], known[b]) < 4.5]
    faint += [(shape, "card") for shape in SHAPES if contrast(known[shape], known["card"]) < 3]
    assert not faint


def test_colours_are_in_the_tokens_alone():
    page = page_of(pipeline())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1).replace(TOKENS, "")
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[,;)])", style) == []
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) - {"hue"} <= set(
        re.findall(r"--([\w-]+):", TOKENS + style)
    )


def test_a_table_names_its_step_and_the_descriptors_that_were_shown_later():
    chronicle = pipeline()
    rows = rows_of(chronicle)
    picture, first, third = TimelinePicture(chronicle, rows), rows[0].index, rows[2].index
    targets = dict.fromkeys((0, 1, 5))

    def as_of(shown_at, *, is_followed=False):
        return picture.as_of(DescriptorTable(third, targets, shown_at, is_followed))

    assert as_of({0: first, 1: first, 5: third}) == (0, {5: 2})
    assert as_of({0: third, 1: third}) == (2, {})
    # Anything older than the first step belongs to it.
    assert as_of({0: first - 1, 1: first, 5: third}) == (0, {5: 2})
    assert as_of({0: first, 5: third}, is_followed=True) == as_of({}) == (-1, {})


FOLDER = pathlib.Path(html_page.__file__).parents[1]
WITHOUT_RULE = {"delivery", "exec-error", "exit", "stop", "wait", "without-source"}
"""Kinds of steps, and of pages, that look like the others."""


def test_each_class_in_a_page_has_a_rule_and_each_mark_a_definition():
    pages = [page_of(made()) for made in (pipeline, hang, varied, with_source)]
    text = re.sub(r"<(style|script).*?</\1>", "", "".join(pages), flags=re.DOTALL)
    classes = {name for names in re.findall(r'class="?([^">]*)', text) for name in names.split()}
    files = [path.read_text() for path in sorted(FOLDER.rglob("*.[cj]s*"))]
    ruled = {name for file in files for name in re.findall(r"[\w-]+", file)}
    assert classes - ruled == WITHOUT_RULE
    for page in pages:
        assert {*re.findall(r"url\(#([\w-]+)\)", page)} <= {*re.findall(r'id="([\w-]+)"', page)}


def test_the_script_reads_all_that_the_page_gives_it():
    data = data_of(page_of(with_source()))
    script = "".join(path.read_text() for path in sorted((FOLDER / "page").glob("*.js")))
    assert data.keys() == {*re.findall(r"\brun\.(\w+)", script)}
    read = {*re.findall(r"\.(\w+)", script)}
    assert {key for process in data["processes"] for key in process} <= read
    assert data["size"].keys() <= {*re.findall(r"\w+", script)}


PICTURES = pathlib.Path(__file__).parent / "pictures"


@pytest.mark.parametrize("name", ["hang", "pipeline", "varied"])
def test_a_picture_is_drawn_as_it_was(name):
    # After a change on purpose, look at the picture in a browser, and write it again.
    run = RUNS[name]()
    drawn = TimelinePicture(run, rows_of(run)).slide(name).replace("><", ">\n<").splitlines()
    before = (PICTURES / f"{name}.svg").read_text().splitlines()
    marks = [text.index("</style>") for text in (drawn[2], before[2])]
    assert [drawn[2][marks[0] :], *drawn[3:]] == [before[2][marks[1] :], *before[3:]]
