"""The site: built from a checked lesson with every kind of step, and read in a browser."""

import re
import shutil
import time

import pytest

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.site.site_build import MARKER, build_site
from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.course.site.driven_page import AXE, DrivenLesson, broken_links, grave_findings
from tests.support.browser import SECONDS
from tests.support.needed_programs import lack

# The first test builds a site and starts a browser.
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.long("the site of the course is written, and read in a browser"),
]
SMALL = "zz-small"
STEPS = f"""
Say("A *process* ends with a `status`. **Read** it:\\n\\n    echo $?"),
Predict(
    "What does the parent print?",
    Choice("7", "parent.prints('it ended with 7')", "The child ends with 7."),
    Choice("0", "parent.prints('it ended with 0')", "With `os._exit(0)` the status is 0."),
    Choice("8 < 9", "parent.prints('it ended with 8')", "With `os._exit(8)` the status is 8."),
    hint="Look at `os._exit`.",
),
{run_of(GOOD_CLAIM)},
Predict(
    "How many children does the parent collect?",
    Choice("1", "len(parent.collects()) == 1", "One `waitpid` collects one child."),
    Choice("2", "len(parent.collects()) == 2", "There is one `waitpid`."),
    Choice("0", "len(parent.collects()) == 0", "There is a `waitpid`."),
    hint="Count the calls.",
),
Show("family", of="one", text="All processes at the end."),
Compare(
    Run(one_child, id="base"),
    id="ends",
    variants={{
        "nothing": Edit(),
        "status 0 instead of status 7": replace("os._exit(7)", "os._exit(0)"),
    }},
    columns={{"what the parent printed": "parent.output"}},
    claims=[
        Claim(
            "With 0 the parent prints 0.",
            "row('status 0 instead of status 7').parent.prints('it ended with 0')",
        )
    ],
),
Explore(
    one_child,
    id="orders",
    native=2,
    claims=[
        Claim(
            "One output is possible.",
            "outputs == {{'it ended with 7\\\\n'}}",
            wrong=replace("os._exit(7)", "os._exit(0)"),
        )
    ],
),
Try(
    "Print `a`.",
    {{"a process prints `a`": "anyone.writes('a\\\\n')"}},
    hint="There is a program for it.",
    solution="echo a",
    note="The shell forked once.",
    wrong={{"true": "It prints nothing.", "echo b": "It prints b."}},
),
"""
IN_C = """\
void one_child(void) {
    if (fork() == 0) {
        _exit(7);
    }
    wait(NULL);
}
"""
DARK = "rgb(15, 18, 22)"
IS_NOTED = """new Promise(tell => {
    const look = () => progressOf(lesson).seen ? tell() : requestAnimationFrame(look);
    look();
})"""
"""Resolves when the page has stored that the end was seen."""
GUESSED = "document.querySelector('.guessed').textContent"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of a small lesson with every kind of step."""
    folder = tmp_path_factory.mktemp("lessons")
    write_lesson(folder, SMALL, STEPS, more="requires=['rule-1-both-continue'],")
    (folder / "c").mkdir()
    (folder / "c" / "zz_small.c").write_text(IN_C)
    made = tmp_path_factory.mktemp("site") / "course"
    reports = []
    words = build_site(Library([str(folder)]), [SMALL], str(made), on_report=reports.append)
    assert [one.lesson for one in reports] == [SMALL]
    return made, words


@pytest.fixture
def tab(one_tab, tmp_path):
    one_tab.reset()
    # A page that is opened immediately may still see the cleared data.
    empty = tmp_path / "empty.html"
    empty.write_text("<!doctype html><title>empty</title>")
    reopen_until(one_tab, f"file://{empty}", "localStorage.length === 0")
    return one_tab


def reopen_until(tab, address, condition):
    """Reload a page until a condition holds, because another page's change arrives later."""
    deadline = time.monotonic() + SECONDS
    tab.open(address)
    while not tab.run(condition):
        assert time.monotonic() < deadline, condition
        tab.open(address)


@pytest.mark.usual
def test_each_lesson_has_a_page_and_each_page_is_small(site):
    folder, words = site
    wanted = {f"{SMALL}.html", "index.html", "glossary.html"}
    assert {file.name for file in folder.iterdir()} == wanted | {MARKER}
    assert max((folder / name).stat().st_size for name in wanted) < 500_000
    assert words.startswith("1 lesson, 3 pages; checked")


@pytest.mark.usual
def test_every_link_leads_somewhere_and_nothing_is_loaded(site):
    folder, _ = site
    assert broken_links(folder) == []
    for file in folder.glob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r'\b(?:src|action)="|@import|url\((?!#)', text), file.name
        assert "default-src 'none'" in text


@pytest.mark.parametrize("kind", ["right", "other"])
def test_questions_are_answered(site, tab, kind):
    page = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    assert page.questions
    assert page.answer_all(kind) == []
    assert page.is_seen("#end")
    number = len(page.questions)
    right = number if kind == "right" else 0
    words = f"{right} of {number} guessed right. "
    assert tab.run(GUESSED) == f"{words}Still open: 1 task."
    # The answers are restored, and the contents page knows that the end was seen.
    tab.run("document.getElementById('end').scrollIntoView()")
    tab.run(IS_NOTED)
    # Only the contents page does not write; a lesson's page would store its own data again.
    contents, entry = f"file://{site[0]}/index.html", f"[data-lesson={SMALL}]"
    reopen_until(
        tab, contents, f"document.querySelector('{entry} .where').textContent === '1 open'"
    )
    reopen_until(tab, page.address, f"{GUESSED} === '{words}Still open: 1 task.'")
    # A lesson is done when its task is done, too.
    tab.run("document.getElementById('end').scrollIntoView()")
    tab.run("document.querySelector('[data-task]').click()")
    assert tab.run(GUESSED) == words
    tab.run(IS_NOTED.replace("seen", "done"))
    reopen_until(tab, contents, f"document.querySelector('{entry} .state').textContent === '✓'")
    assert tab.complaints() == []


def test_axe_finds_no_serious_fault_and_a_phone_scrolls_in_one_direction(site, tab):
    for name in (f"{SMALL}.html", "index.html", "glossary.html"):
        tab.reset(1400, 900)
        tab.open(f"file://{site[0] / name}")
        tab.run("document.querySelector('[data-reveal]')?.click()")
        tab.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for width, scheme in ((1400, "light"), (360, "light"), (360, "dark")):
            tab.resize(width, 800, is_phone=width == 360)
            tab.prefer(prefers_color_scheme=scheme)
            tab.settle()
            assert tab.run("document.documentElement.scrollWidth") == width, name
            is_dark = tab.run("getComputedStyle(document.body).backgroundColor") == DARK
            assert is_dark is (scheme == "dark")
            if not AXE.exists():
                lack("axe-core")
            assert grave_findings(tab) == [], (name, width, scheme)


def test_the_handout_is_printed(site, tab):
    page = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    text, sheets = page.pdf()
    assert "A sentence." in text
    assert "See what happens" not in text
    assert re.findall(r"Output\s+(.*\S)", text) == ["it ended with 7"]
    assert sheets <= 14


def test_the_step_after_a_question_waits_for_a_guess(site, tab):
    page = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    assert page.is_seen("#step-2 .choice")
    assert not page.is_seen("#step-2 .result")
    assert not page.is_seen("#step-4")
    assert tab.run("document.querySelector('#q2 .primary').disabled")
    [said] = page.guesses("q2", "right")
    page.guess("q2", said)
    assert tab.run("document.activeElement.dataset.answers") == "q2"
    assert page.is_seen("#step-2 .result .picture")
    assert page.is_seen("#q4")
    assert not page.is_seen("#step-6")
    page.guess("q4", page.guesses("q4", "other")[0])
    assert page.is_seen("#end")
    other = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    other.guess("q2", None)
    assert "you said" not in other.feedback("q2")
    # A page does not overwrite unknown data, such as a late change of the previous page.
    late = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    tab.run("noteProgress(lesson, 'q4', {said: null, kind: ''})")
    late.guess("q2", None)
    tab.open(late.address)
    assert "One waitpid collects one child." in late.feedback("q4")
    assert tab.complaints() == []


def test_keys_switch_terms_and_colours(site, tab):
    page = DrivenLesson(tab, site[0] / f"{SMALL}.html")
    tab.run("document.querySelector('[data-reveal]').click()")
    tab.click("a.term")
    assert page.is_seen("#meaning dd")
    tab.press("Escape")
    assert not page.is_seen("#meaning")
    tab.open(page.address)
    before = tab.run("document.documentElement.dataset.theme")
    tab.press("t")
    assert tab.run("document.documentElement.dataset.theme") != before
    assert tab.complaints() == []


@pytest.mark.usual
def test_without_scripts_everything_is_shown(site, tab):
    tab.reset(scripts=False)
    tab.open(f"file://{site[0] / SMALL}.html")
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    seen = "[...document.querySelectorAll({!r})].every(one => one.checkVisibility())"
    assert tab.run(seen.format(".scene, .result, .feedback, .picture, section.end"))
    assert not tab.run(
        "[...document.querySelectorAll('button')].some(one => one.checkVisibility())"
    )


def test_a_lesson_that_fails_its_check_is_not_published_and_nothing_is_written(tmp_path):
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    write_lesson(lessons, "good", run_of(GOOD_CLAIM))
    write_lesson(lessons, "bad", run_of(GOOD_CLAIM.replace("ended with 7", "ended with 8")))
    folder = tmp_path / "site"
    folder.mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SimpshError) as refusal:
        build_site(Library([str(lessons)], has_course=False), [], str(folder))
    assert str(refusal.value) == (
        "nothing is written: this lesson fails the check: bad; see: simpsh lesson check bad"
    )
    assert sorted(tmp_path.iterdir()) == before
    assert list(folder.iterdir()) == []
    # A valid build may replace a site, but never other files.
    write_lesson(lessons, "bad", run_of(GOOD_CLAIM))
    for _ in range(2):
        build_site(Library([str(lessons)], has_course=False), [], str(folder))
        assert (folder / "bad.html").exists()
    shutil.rmtree(lessons / "bad")
    build_site(Library([str(lessons)], has_course=False), [], str(folder))
    # Beside these are the pages of former lessons, to which others may link.
    names = {one.name for one in folder.iterdir()}
    assert {MARKER, "glossary.html", "good.html", "index.html"} <= names
    assert "bad.html" not in names
    assert sorted(tmp_path.iterdir()) == before
    with pytest.raises(SimpshError, match="it holds other files"):
        build_site(Library([str(lessons)], has_course=False), [], str(lessons))
