"""The page in a real browser: clicks, keys, touch, search, zoom, paper, phone, dark."""

import io
import itertools
import json
import time

import pypdf
import pytest

from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.page.html_page import page_of
from simpsh.view.page.page_frame import frame_page, header
from tests.harness.sh import run_command, simpsh_command
from tests.support.browser import SECONDS
from tests.view.made_runs import (
    EVIL,
    crowd,
    evil,
    hang,
    one_after_another,
    pipeline,
    varied,
    with_source,
)
from tests.view.test_page import RUNS

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def opened(one_tab, tmp_path):
    """Return a function that opens a run's page: `opened(run, "#3")`.

    With `in_full`, a short run has the controls of a long one.
    """
    numbers = itertools.count()

    def open_page(run, step="", *, title="", scripts=True, in_full=False):
        file = tmp_path / f"page{next(numbers)}.html"
        text = run if isinstance(run, str) else page_of(run, title)
        if in_full:
            text = text.replace('-source short">', '-source">')
        file.write_text(text, encoding="utf-8")
        one_tab.reset(scripts=scripts)
        one_tab.open(f"file://{file}{step}")
        return one_tab

    return open_page


def sentence(tab):
    return tab.text("#say")


def shown_steps(tab):
    return tab.run(
        "[...document.querySelectorAll('#steps li:not([hidden])')].map(one => one.value)"
    )


def shown_names(tab):
    return tab.run("[...document.querySelectorAll('.labels .name')].map(one => one.textContent)")


def in_view(tab):
    """Return the first and the last step that can be seen."""
    width = "view.clientWidth - NAMES"
    ends = ("0", f"{width} - LEFT / 2")
    return [int(tab.run(f"layout.stepNear(view.scrollLeft + {end}) + 1")) for end in ends]


# -- the way through the run -------------------------------------------------------------------


def test_addresses_keys_buttons_and_clicks_move_through_the_run(opened):
    # The page opens at the first step and shows the whole run.
    tab = opened(pipeline())
    assert sentence(tab).startswith("1. P0 starts: ")
    assert in_view(tab) == [1, 14]
    # A short run has no controls to find or choose steps.
    for part in ("#search", ".zoom", "#slider", "#first", "#last"):
        assert tab.box(part)[2] == 0, part
    assert tab.run("document.querySelectorAll('#timeline .step.reap').length") == 3
    assert tab.complaints() == []
    # The address, keys, slider and buttons move through the run.
    tab = opened(pipeline(), "#3", in_full=True)
    sentences = [sentence(tab)]
    for keys in (["ArrowRight"], ["Home"], ["End", "ArrowLeft"], ["PageUp"], ["PageDown"]):
        tab.press(*keys)
        sentences.append(sentence(tab))
    tab.click("#slider", 0.5 / 13)
    sentences.append(sentence(tab))
    for button in ("#next", "#next", "#last", "#back", "#first"):
        tab.click(button)
        sentences.append(sentence(tab))
    assert [int(one.split(".")[0]) for one in sentences] == [3, 4, 1, 13, 3, 13, 1, 2, 3, 14, 13, 1]
    assert sentences[3] == "13. P0 exits with status 0"
    assert tab.run("location.hash") == "#1"
    assert tab.run("document.getElementById('first').disabled")
    # A click on a column, a step or a cause selects its step.
    tab = opened(pipeline())
    left, top, _, _ = tab.box("#timeline .step.exec circle, #timeline .step.exec path")
    tab.click_at(left + 5, top + 60)
    assert sentence(tab) == "6. P1 execs ls / (stdin ← /dev/tty, stdout → pipe A)"
    tab.click("#s9 b")
    assert sentence(tab) == "9. P0 collects P1: status 0"
    scrolled = tab.run("scrollY")
    tab.run("document.querySelector('#because a').click()")
    assert sentence(tab) == "8. P1 exits with status 0"
    assert tab.run("document.querySelector('#steps [aria-current]').id") == "s8"
    assert tab.run("scrollY") == scrolled
    tab.run("location.hash = '#now'")
    tab.settle()
    assert sentence(tab) == "8. P1 exits with status 0"
    tab.run("location.hash = '#4'")
    tab.settle()
    assert sentence(tab) == "4. P0 forks P2"


def test_panels_show_states_reasons_pipe_ends_and_source_lines(opened):
    # The panels show states, reasons and joined pipe ends.
    tab = opened(pipeline(), "#7")
    assert tab.text("#states tr.now .who") == "P2"
    assert tab.run("document.querySelectorAll('#joins circle').length") == 1
    assert tab.run("document.querySelectorAll('#joins path').length") >= 3
    tab = opened(hang(), "#7")
    rows = tab.run(
        "[...document.getElementById('states').rows].map(r => [...r.cells].map(c => c.textContent))"
    )
    assert [(row[0], row[3]) for row in rows] == [("P0", "waiting"), ("P1", "asleep")]
    assert "all are asleep" in tab.text("#why")
    assert tab.text("#because") == ""
    # Each process is shown with its source line.
    tab = opened(with_source(), "#4")
    lit = "[...document.querySelectorAll('#lines .now code')].map(one => one.textContent)"
    chips = "[...document.querySelectorAll('#lines .chip')].map(one => [one.textContent, "
    chips += "one.closest('.line').firstChild.textContent])"
    assert tab.run(lit) == ["    wait(NULL);"]
    assert tab.text("#site") == "main.c:6"
    assert tab.run(chips) == [["P0", "6"]]
    assert tab.run("[...document.getElementById('file').options].map(o => o.text)") == [
        "main.c",
        "work.c",
    ]
    tab.press("ArrowRight")
    assert tab.run(lit) == ["    read(ends[0], text, 9);"]
    assert tab.run(chips) == [["P1", "2"]]
    assert tab.run("document.getElementById('file').value") == "1"
    source, picture = tab.box("#source"), tab.box("#view")
    assert source[0] >= picture[0] + picture[2]
    assert tab.run("document.getElementById('file').hidden") is False
    tab = opened(pipeline())
    assert tab.run("document.getElementById('source').hidden")


# -- search, one process, zoom -------------------------------------------------------------------


def test_search_and_help_answer_to_keys(opened):
    # The search finds steps and moves from one to the next.
    tab = opened(pipeline(), in_full=True)
    tab.press("/")
    assert tab.run("document.activeElement.id") == "search"
    tab.write("COLLECTS P")
    assert tab.text("#found") == "3 found"
    found = []
    for _ in range(4):
        tab.press("Enter")
        found.append((sentence(tab).split(".")[0], tab.text("#found")))
    assert found == [("9", "1 of 3"), ("12", "2 of 3"), ("14", "3 of 3"), ("9", "1 of 3")]
    tab.press("Escape")
    assert tab.text("#found") == ""
    assert tab.run("document.querySelectorAll('#steps .found').length") == 0
    # Keys open and close the help.
    tab = opened(pipeline())
    tab.press("?")
    assert tab.run("document.getElementById('help').open")
    tab.press("ArrowRight")
    assert sentence(tab).startswith("1. ")
    tab.run("document.querySelector('#help button').click()")
    assert not tab.run("document.getElementById('help').open")


def test_a_name_shows_the_steps_of_its_process_and_of_its_descendants(opened):
    tab = opened(varied(), in_full=True)
    everything = shown_steps(tab)
    tab.click(".labels [data-l='2']")
    assert shown_names(tab) == ["P1", "P2"]
    assert sentence(tab).split(".")[0] in map(str, shown_steps(tab))
    alone = shown_steps(tab)
    assert set(alone) < set(everything)
    tab.press("End")
    assert sentence(tab).startswith(f"{alone[-1]}. ")
    tab.press("Escape")
    assert shown_steps(tab) == everything
    tab.click(".labels [data-l='2']")
    tab.click("#reset")
    assert shown_steps(tab) == everything
    assert tab.box("#reset")[2] == 0


def test_the_picture_zooms_and_holds_many_processes(opened):
    # Keys and buttons zoom.
    tab = opened(one_after_another(30))
    assert in_view(tab)[0] == 1
    tab.press("+", "+")
    tab.settle()
    first, last = in_view(tab)
    assert last - first < 90
    tab.press("0")
    tab.settle()
    assert in_view(tab) == [1, 153]
    tab.click("#zoom-in")
    tab.settle()
    assert in_view(tab)[1] < 153
    # Thirty-one processes fit into the window.
    tab = opened(crowd(30))
    assert in_view(tab) == [1, 124]
    assert len(shown_names(tab)) == 31
    assert tab.run("layout.isDense")
    tab.press("End")
    assert sentence(tab).startswith("124. ")
    tab.settle()
    assert tab.run("view.scrollTop") == 0


def test_every_control_has_a_name_and_every_id_is_unique(opened):
    tab = opened(with_source(), in_full=True)
    tree = tab.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "slider", "combobox", "checkbox", "searchbox", "link", "region", "img"}
    found = [node for node in tree if node.get("role", {}).get("value") in controls]
    assert len(found) > 15
    assert [one for one in found if not one.get("name", {}).get("value")] == []
    ids = tab.run("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


# -- colours, phones, paper, no script ---------------------------------------------------------


def test_dark_and_light_follow_the_system_and_the_button(opened):
    tab = opened(pipeline())
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.run(ground)
    tab.prefer(prefers_color_scheme="dark")
    dark = tab.run(ground)
    assert light == "rgb(245, 246, 248)"
    assert dark == "rgb(15, 18, 22)"
    tab.press("t")
    assert tab.run(ground) == light
    tab.click(".theme-switch")
    assert tab.run(ground) == dark
    assert tab.text(".theme-switch") == "Light"
    moving = "getComputedStyle(document.getElementById('cursor')).transitionDuration"
    assert tab.run(moving) == "0.12s, 0.12s"
    tab.prefer(prefers_reduced_motion="reduce")
    assert tab.run(moving) == "0s"


def test_the_chosen_theme_is_kept_for_every_page_of_the_browser(opened, tmp_path):
    ground = "getComputedStyle(document.body).backgroundColor"
    tab = opened(pipeline())
    first = tab.run("location.href")
    tab.click(".theme-switch")
    assert tab.run(ground) == "rgb(15, 18, 22)"
    other = tmp_path / "other.html"
    other.write_text(frame_page("Another <page>", header("Another", "of <few> words")), "utf-8")
    deadline = time.monotonic() + SECONDS
    tab.open(f"file://{other}")
    # Another browser process passes stored data on to the next page with a delay, or not at all if
    # the browser leaves the page first.
    while tab.run(ground) != "rgb(15, 18, 22)":
        assert time.monotonic() < deadline, "the theme is not kept"
        tab.open(first)
        if tab.run(ground) != "rgb(15, 18, 22)":
            tab.click(".theme-switch")
        tab.open(f"file://{other}")
    assert tab.run("document.title") == "Another <page>"
    assert tab.text(".facts") == "of <few> words"
    assert tab.text(".theme-switch") == "Light"
    # A second click follows the system's preference again.
    tab.click(".theme-switch")
    assert tab.run(ground) == "rgb(245, 246, 248)"
    tab.prefer(prefers_color_scheme="dark")
    tab.settle()  # The change takes effect with the next frame.
    assert tab.run(ground) == "rgb(15, 18, 22)"
    assert tab.text(".theme-switch") == "Light"
    assert tab.complaints() == []


def test_a_phone_shows_all_without_scrolling_sideways_and_takes_swipes(opened):
    tab = opened(crowd(30), title="x" * 300)
    tab.resize(360, 740, is_phone=True)
    tab.settle()
    assert tab.run("document.documentElement.scrollWidth") == 360
    for button in ("#first", "#back", "#next", "#last", "#zoom-in"):
        assert min(tab.box(button)[2:]) >= 44, button
    tab.run("document.getElementById('say').scrollIntoView({block: 'center'})")
    before = int(sentence(tab).split(".")[0])
    left, top, _, height = tab.box("#say")
    row = top + height / 2
    tab.swipe((left + 250, row), (left + 60, row))
    assert int(sentence(tab).split(".")[0]) == before + 1
    tab.swipe((left + 60, row), (left + 250, row))
    assert int(sentence(tab).split(".")[0]) == before


def printed(tab):
    """Print a page; return its sheets and the words on them."""
    pages = pypdf.PdfReader(io.BytesIO(tab.pdf())).pages
    return pages, " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_paper_has_the_picture_and_every_step(opened):
    tab = opened(one_after_another(12), title="one after another")
    pages, words = printed(tab)
    for step in range(1, 64):
        assert f"{step}. " in words
    assert "63. simpsh collects P0: status 0" in words
    assert "Search" not in words
    assert "Back" not in words
    box = pages[0].mediabox
    assert (round(box.width), round(box.height)) == (842, 595)
    assert len(pages) <= 6
    # The names and the lanes of the picture are equally high.
    tab.call("Emulation.setEmulatedMedia", media="print")
    tab.resize(1030, 700)
    tab.settle()
    tab.run("dispatchEvent(new Event('beforeprint'))")
    heights = [tab.box(part)[3] for part in (".labels", "#timeline")]
    assert abs(heights[0] - heights[1]) < 2


def test_without_a_script_the_picture_and_the_steps_remain(opened):
    tab = opened(with_source(), scripts=False)
    pages, words = printed(tab)
    assert "P0 makes pipe A" in words
    assert "pipe(2) makes a buffer" in words or "P0 collects P1: status 0" in words
    assert "int main(void) {" in words
    assert "Next" not in words
    assert len(pages) <= 3


# -- safety ------------------------------------------------------------------------------------


def test_a_hostile_program_changes_nothing(opened):
    tab = opened(page_of(evil(), EVIL, [EVIL]))
    steps = tab.run("steps.length")
    for _ in range(steps):
        tab.press("ArrowRight")
    assert tab.run("document.title") == EVIL
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.scripts.length") == 3
    assert EVIL.split("\n")[0] in tab.text("#lines")
    assert EVIL in tab.text("#file option") or EVIL.endswith(tab.text("#file option"))
    assert tab.complaints() == []


@pytest.mark.parametrize("events", [0, 1, 2])
def test_a_nearly_empty_run_has_a_page_without_errors(opened, events):
    tab = opened(chronicle_of(hang().events[:events], "io"))
    tab.press("ArrowRight", "End", "Home", "+", "0", "t", "PageDown")
    tab.resize(700, 500)
    tab.settle()
    assert tab.run("document.querySelectorAll('#timeline .step').length") == events
    assert (tab.box("#next")[2] > 0) is (events > 0)
    assert tab.complaints() == []


# -- nothing is printed over anything ----------------------------------------------------------

OVERLAPS = """(() => {
  const boxes = (selector, kind, stroke = 0) =>
    [...timeline.querySelectorAll(selector)].map(node => {
    const {left, top, right, bottom} = node.getBoundingClientRect();
    const name = node.textContent || node.getAttribute('class');
    return {kind, name, left: left - stroke, top, right: right + stroke, bottom};
  }).filter(box => box.right > box.left && box.bottom > box.top);
  const edges = boxes('.edge', 'arrow', 1);
  const words = boxes('.words text', 'word');
  const marks = boxes('.marks circle:not(.ring), .marks path', 'mark');
  const found = [];
  const slack = 1.5;
  words.forEach((word, place) => {
    for (const other of [...words.slice(place + 1), ...edges, ...marks]) {
      const width = Math.min(word.right, other.right) - Math.max(word.left, other.left);
      const height = Math.min(word.bottom, other.bottom) - Math.max(word.top, other.top);
      if (width > slack && height > slack) found.push(`${word.name} | ${other.kind} ${other.name}`);
    }
  });
  const outside = boxes('.words .inside', 'word').filter(word => ![
    ...timeline.querySelectorAll('.bar.there')].some(bar => {
      const box = bar.getBoundingClientRect();
      return box.left <= word.left + slack && box.right >= word.right - slack
        && box.top <= word.top + 4 && box.bottom >= word.bottom - 4;
    }));
  const beside = [...document.querySelectorAll('.axis text, .labels text')]
    .filter(node => getComputedStyle(node).visibility === 'visible')
    .map(node => [node.closest('svg'), node.textContent, node.getBoundingClientRect()]);
  beside.forEach(([part, name, box], place) => {
    for (const [other, word, rest] of beside.slice(place + 1)) {
      const width = Math.min(box.right, rest.right) - Math.max(box.left, rest.left);
      const height = Math.min(box.bottom, rest.bottom) - Math.max(box.top, rest.top);
      if (part === other && width > slack && height > slack) found.push(`${name} | ${word}`);
    }
  });
  const names = outside.map(one => one.name);
  return {found, words: words.length, arrows: edges.length, outside: names};
})()"""


@pytest.mark.usual("pipeline", "hang", "traced")
@pytest.mark.long("each page at each width")
@pytest.mark.parametrize("name", ["pipeline", "hang", "varied", "crowd", "loop", "traced"])
def test_no_words_overlap_other_words_or_marks(opened, tmp_path, name):
    """Measured in the browser at three window sizes and three zoom levels."""
    if name == "traced":
        page = tmp_path / "run.html"
        script = "ls | cat | wc -l; (sleep 0.01; exit 3) & wait; sh -c 'kill $$'; true >/dev/null"
        command = [*simpsh_command(), "trace", "--level", "io", "-o", str(page), script]
        assert run_command(command, cwd=tmp_path).returncode == 0
        run = page.read_text(encoding="utf-8")
    else:
        run = one_after_another(9) if name == "loop" else RUNS[name]()
    tab = opened(run)
    words = arrows = 0
    for width, height in ((1280, 800), (1280, 1800), (360, 740)):
        tab.resize(width, height)
        tab.settle()
        for factor in (0, 1.5, 1.6):
            tab.run(f"zoom({factor})")
            overlaps = tab.run(OVERLAPS)
            assert overlaps["found"] == [], json.dumps(overlaps["found"][:5], ensure_ascii=False)
            assert overlaps["outside"] == []
            words, arrows = words + overlaps["words"], arrows + overlaps["arrows"]
    assert words > 15
    assert arrows > 5


# -- many processes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "count",
    [500, pytest.param(2000, marks=pytest.mark.long("the browser needs 7 s more than for 500"))],
)
def test_many_processes_open_and_stay_usable(opened, count):
    tab = opened(one_after_another(count, with_exec=False))
    assert tab.run("run.processes.length") == count + 1
    assert tab.run("document.querySelectorAll('#timeline *').length") < 6000
    tab.press("End", "ArrowLeft")
    assert sentence(tab) == f"{3 * count + 2}. P0 exits with status 0"
    # A step changes a few elements, not thousands.
    touched = (
        f"let middle = {3 * count // 2};"
        + """(() => {
      let count = 0;
      const watch = new MutationObserver(list => { count += list.length; });
      watch.observe(document.body, {subtree: true, childList: true, attributes: true});
      show(middle);
      count = watch.takeRecords().length;
      show(middle + 1);
      count = watch.takeRecords().length;
      watch.disconnect();
      return count;
    })()"""
    )
    assert tab.run(touched) < 400
    tab.press("0")
    tab.settle()
    assert tab.run("document.querySelectorAll('#timeline *').length") < 6000
    tab.run("choose(77)")
    assert shown_names(tab) == ["P0", "P77"]
