"""Leading a class: a terminal is the projector, and Chromium simulates the students' phones."""

import re

import pytest

from simpsh.course.classroom.class_store import rows_of_classes
from tests.course.classroom.phones import lead
from tests.course.site.driven_page import AXE, CONTRAST, grave_findings
from tests.course.teach.taking_lessons import SECONDS
from tests.spec.documents import shown_in
from tests.support.browser import Tab

pytestmark = pytest.mark.long("each test leads a class on terminals and phones")

REASON = "<img src=x> they are threads"
WIDTH = 360
SHOWS = """text => new Promise(done => {
    const look = () => document.body.innerText.includes(text) && (eyes.disconnect(), done());
    const eyes = new MutationObserver(look);
    const all = {attributes: true, characterData: true, childList: true, subtree: true};
    eyes.observe(document, all);
    look();
})"""
TOLD = ("heading", "group", "radio", "textbox", "button", "status")


def led(start_shell, folder, *options):
    """Lead rule-4; return the terminal, and a function to press Enter and wait for a pattern."""
    terminal = lead(start_shell, folder, "rule-4-copied", *options)
    return terminal, lambda pattern: (terminal.send("\r"), terminal.wait(pattern, SECONDS))


def leave(terminal):
    """End the lesson with `q`; the next lesson continues this class."""
    terminal.send("q")
    assert terminal.wait_exit() == 0


def shows(tab, text):
    tab.run(f"({SHOWS})({text!r})")
    return tab


def fits(tab, page):
    """Check accessibility and width of a page, light and dark; only the contrast differs."""
    tab.call("Page.bringToFront")
    widest = "Math.max(...[...document.querySelectorAll(':root, pre')].map(e => e.scrollWidth))"
    for scheme, rules in (("light", ()), ("dark", CONTRAST)):
        tab.prefer(prefers_color_scheme=scheme)
        tab.settle()
        assert tab.run(widest) <= WIDTH, (page, scheme)
        assert not AXE.exists() or grave_findings(tab, rules) == [], (page, scheme)


def projected(terminal):
    """Return the rows that the class reads on the projector, without empty ones."""
    rows = filter(None, (" ".join(row.split()) for row in terminal.screen().splitlines()))
    return "\n".join(rows)


def read_aloud(tab):
    """Return the text for a screen reader: role, name and liveness of the parts."""
    parts = []
    for node in tab.call("Accessibility.getFullAXTree")["nodes"]:
        role, name = (node.get(key, {}).get("value", "") for key in ("role", "name"))
        live = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        if not node["ignored"] and role in TOLD:
            parts.append((role, name, live.get("live", "")))
    return parts


SLOWEST_WITH_THE_FIRST = """let number = 0; const send = fetch;
const late = () => new Promise(done => setTimeout(done, 900 / ++number));
window.fetch = (...what) => late().then(() => send(...what));"""


@pytest.mark.usual
def test_three_phones_answer_talk_and_see_the_run_that_the_projector_shows(
    start_shell, one_tab, tmp_path, monkeypatch
):
    teacher, enter = led(start_shell, tmp_path)
    address = re.search(r"http://\S+", teacher.screen())[0]
    assert address in projected(teacher)
    phones = [Tab(one_tab.browser, is_alone=True) for _ in range(3)]
    for phone in phones:
        phone.resize(WIDTH, 740, is_phone=True)
        phone.open(address)
        shows(phone, "You have joined")
    ada, bob, eve = phones
    teacher.wait(r"^3 students here", SECONDS)
    # Two quick presses of a key count once.
    teacher.send("\r\r")
    teacher.wait(r"^0 of 3 have answered · Enter closes", SECONDS)
    for number, phone in ((1, ada), (3, eve)):
        shows(phone, "No other student sees your answer").click(f".choice:nth-of-type({number})")
    # With the keyboard only: the question has the focus, then the first choice.
    shows(bob, "No other student sees your answer").call("Page.bringToFront")
    assert bob.run("document.activeElement.textContent") == "What do you think?"
    bob.press("Tab", " ")
    shows(bob, "Your answer: a.").press("ArrowDown")
    shows(bob, "Your answer: b.")
    teacher.wait(r"^3 of 3 have answered", SECONDS)
    heard = read_aloud(bob)
    assert ("group", "Which value of x does the parent print?", "") in heard
    assert ("radio", "b 2, as in the child", "") in heard
    assert {live for role, _, live in heard if role == "status"} == {"polite"}
    fits(shows(eve, "Your answer: c."), "vote")
    # Before the vote is closed, the projector shows no answers.
    alone = projected(teacher)
    assert alone.endswith("d nothing, as x is gone\n3 of 3 have answered · Enter closes")
    # A student who loses the network returns to the same question, and so does the teacher.
    leave(teacher)
    shows(ada, "No connection")
    teacher, enter = led(start_shell, tmp_path)
    assert address in teacher.screen()
    teacher.wait(r"^3 students here", SECONDS)
    enter(r"^3 of 3 have answered")
    shows(ada, "Your answer: a.")
    enter(r"r: run it\Z")
    before = "\nchoice votes\na 1\nb 1\nc 1\nd 0\nEnter: talk, then vote again · r: run it"
    assert projected(teacher).endswith(before)
    shows(bob, "You said b.").call("Page.bringToFront")
    bob.press("Tab")
    bob.write(REASON)
    bob.press("Tab", "Enter")
    shows(bob, "Sent.")
    enter(r"^talk · Enter: vote again · r: run it")
    fits(shows(bob, "Talk to your neighbours"), "talk")
    enter(r"^0 of 3 have answered")
    for phone in (ada, eve):
        shows(phone, "Answer again").click(".choice:nth-of-type(3)")
    bob.run(SLOWEST_WITH_THE_FIRST)  # the last answer counts
    shows(bob, "Before the talk you said b.").press("Tab", " ", "ArrowDown", "ArrowDown")
    teacher.wait(r"^3 of 3 have answered", SECONDS)
    shows(bob, "Your answer: c.")
    enter(r"who can say why\?  Enter: one answer\Z")
    after = projected(teacher)
    assert "\nchoice votes after the talk\na 1 0\nb 1 0\nc 1 3 so it was\n" in after
    assert "parent forks child" in after
    for phone in phones:
        shows(phone, "parent forks child")
    fits(ada, "run")
    enter(r"Enter: go on\Z")
    fits(shows(bob, "There are two variables with the name x"), "why")
    projected(teacher)
    leave(teacher)
    lost = "ERR_|Failed to load resource"
    assert [w for p in phones for w in p.complaints() if not re.search(lost, w)] == []
    news = [event["params"] for event in one_tab.browser.events]
    asked = [one["request"]["url"] for one in news if "request" in one]
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    rows = rows_of_classes(pytest.fail)
    assert [row.why for row in rows if row.why] == [REASON]
    assert {row.student.rpartition("/")[2] for row in rows} == {"1", "2", "3"}


def test_a_phone_shows_a_tasks_command_and_the_last_page_the_next_step(
    start_shell, one_tab, tmp_path, monkeypatch
):
    teacher, enter = led(start_shell, tmp_path, "--from", "10")
    address = re.search(r"http://\S+", teacher.screen())[0]
    phones = [Tab(one_tab.browser, is_alone=True) for _ in range(2)]
    for phone in phones:
        phone.resize(WIDTH, 740, is_phone=True)
        phone.open(address)
        shows(phone, "You have joined")
    ada, bob = phones
    teacher.wait(r"^2 students here", SECONDS)
    enter(r"^0 of 2 have done it · Enter closes")
    shows(bob, "Your turn")
    shows(ada.click("#done") or ada, "Done. Take it back")
    teacher.wait(r"^1 of 2 have done it", SECONDS)
    fits(ada, "task")
    enter(r">>\Z")
    teacher.send(":skip\r")
    teacher.wait(r"Enter: go on\Z", SECONDS)
    enter(r"^2 students here · Enter ends it")
    shows(ada, "You have done it.")
    fits(shows(bob, "simpsh lesson run rule-5-order"), "end")
    leave(teacher)
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    [row] = rows_of_classes(pytest.fail)
    assert (row.answer, row.is_right) == ("done, as the student says", True)


def test_options_continue_and_restart_a_class(start_shell, tmp_path):
    origin = "https://class.example"
    teacher, _ = led(start_shell, tmp_path, "--url", f"{origin}/a/")
    word = re.search(rf"{origin}/a/(\w+)", teacher.screen())[1]
    leave(teacher)
    teacher, _ = led(start_shell, tmp_path)
    port = re.search(rf"127.0.0.1:(\d+)/{word}", teacher.screen())[1]
    # If leading fails, one line says why.
    other = start_shell("lesson", "class", "rule-4", "--bind", "127.0.0.1", "--port", port)
    assert other.wait_exit() == 1
    assert other.screen().startswith(f"simpsh: 127.0.0.1 port {port}: Address already in use; see")
    leave(teacher)
    teacher, _ = led(start_shell, tmp_path, "--new", "--port", "0")
    assert word not in teacher.screen()
    leave(teacher)


def test_each_command_of_the_guide_for_classes_works(start_shell, tmp_path):
    for line in "".join(shown_in("how-to/class.md")).splitlines():
        words = line.split()[1:]
        if words[1:2] == ["run"]:
            teacher = lead(start_shell, tmp_path, *words[2:])
            teacher.send("q")
        else:
            teacher = start_shell(*words, environment={"XDG_STATE_HOME": f"{tmp_path}"})
        assert teacher.wait_exit() == 0, (line, teacher.screen())
    assert {"report.html", "answers.csv"} <= {path.name for path in tmp_path.iterdir()}
