"""A class as it is led: the terminal is the projector, and Chromium the phones of the students."""

from __future__ import annotations

import re

import pytest

from simpsh.course.classroom.class_journal import kept_classes
from tests.course.classroom.phones import lead
from tests.course.site.driven_page import AXE, grave_findings
from tests.course.teach.taking_lessons import SECONDS
from tests.support.browser import Tab

WRONG = "x=1; { x=2; echo $x; }; echo $x"
REASON = "<img src=x> they are threads"


def led(start_shell, folder, *options):
    """Lead rule-4; return the terminal, and what presses Enter and waits for a pattern."""
    terminal = lead(start_shell, folder, "rule-4-copied", *options)
    return terminal, lambda pattern: (terminal.send("\r"), terminal.wait(pattern, SECONDS))


def shows(tab, text):
    """Wait until a page shows a text."""
    look = f"document.body.innerText.includes({text!r}) ? done() : setTimeout(look, 20)"
    tab.run(f"new Promise(done => {{ const look = () => {look}; look(); }})")
    return tab


def seen(tab, file):
    """Look at a page as it is, light and dark: no barrier, no row that is too wide."""
    for scheme in ("light", "dark"):
        tab.prefer(prefers_color_scheme=scheme)
        tab.settle()
        assert tab.run("document.documentElement.scrollWidth") == 360
        assert not AXE.exists() or grave_findings(tab) == [], (file, scheme)
        tab.screenshot(f"{file}-{scheme}.png")


@pytest.mark.slow
def test_three_phones_answer_talk_and_see_the_run(start_shell, one_tab, tmp_path, monkeypatch):
    teacher, enter = led(start_shell, tmp_path)
    address = re.search(r"http://\S+", teacher.screen())[0]
    phones = [Tab(one_tab.browser, is_alone=True) for _ in range(3)]
    for phone in phones:
        phone.resize(360, 740, is_phone=True)
        phone.open(address)
        shows(phone, "You are in")
    teacher.wait(r"^3 students here", SECONDS)
    enter(r"^0 of 3 have answered · Enter closes")
    for place, phone in enumerate(phones, 1):
        shows(phone, "Nobody sees who answers what").click(f".choice:nth-of-type({place})")
    ada, bob, eve = phones
    teacher.wait(r"^3 of 3 have answered", SECONDS)
    seen(shows(eve, "Your answer: c."), tmp_path / "vote")
    # Before it is closed nothing is seen of what was answered.
    assert "█" not in teacher.screen().split("Which value of x")[1]
    # Who loses the net comes back to the same place, and so does the teacher.
    teacher.send("q")
    assert teacher.wait_exit() == 0
    shows(ada, "No connection")
    teacher, enter = led(start_shell, tmp_path)
    assert address in teacher.screen()
    teacher.wait(r"^3 students here", SECONDS)
    enter(r"^3 of 3 have answered")
    shows(ada, "Your answer: a.")
    enter(r"  a █ 1\n  b █ 1\n  c █ 1\n  d 0\n\nEnter: talk, then vote again · r: run it")
    shows(bob, "You said b.").click("#why")
    bob.write(REASON)
    enter(r"^talk 0:0\d · Enter: vote again · r: run it")
    shows(bob, "Talk to your neighbours")
    enter(r"^0 of 3 have answered")
    for phone in phones:
        shows(phone, "Answer again").click(".choice:nth-of-type(3)")
    teacher.wait(r"^3 of 3 have answered", SECONDS)
    enter(r"  c ▒ 1\n    ███ 3   ← so it was(.|\n)*who can say why\?  Enter: one answer\Z")
    for phone in phones:
        shows(phone, "parent forks child")
    enter(r"Enter: go on\Z")
    seen(shows(bob, "There are two variables with the name x"), tmp_path / "why")
    teacher.send("q")
    assert teacher.wait_exit() == 0
    lost = "ERR_|Failed to load resource"
    assert [w for p in phones for w in p.complaints() if not re.search(lost, w)] == []
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    rows = [row for state in kept_classes().values() for row in state.rows("c")]
    assert [row.why for row in rows if row.why] == [REASON]


@pytest.mark.slow
def test_a_task_is_tried_elsewhere_and_the_last_page_says_what_to_do_next(
    start_shell, one_tab, tmp_path, monkeypatch
):
    options = ("--from", "10", "--ids", "--url", "https://class.example/a/")
    teacher, enter = led(start_shell, tmp_path, *options)
    word = re.search(r"https://class\.example/a/(\S+)", teacher.screen())[1]
    (journal,) = tmp_path.glob("simpsh/classes/*.jsonl")
    port = re.search(r'"port": (\d+)', journal.read_text())[1]
    phones = [Tab(one_tab.browser, is_alone=True) for _ in range(3)]
    for phone, student in zip(phones, ("ada", "ada", "bob"), strict=True):
        phone.resize(360, 740, is_phone=True)
        phone.open(f"http://127.0.0.1:{port}/{word}")
        shows(phone, "Your id").write(student)
        phone.press("Enter")
    ada, twice, bob = phones
    # Nobody takes another's id; a second device is let in by a code, and is the same student.
    shows(twice, "this id is here already")
    shows(ada, "You are in").click("#second")
    shows(ada, "within 5 minutes")
    twice.open(f"http://127.0.0.1:{port}/{ada.text('#code').split()[5].rpartition('/')[2]}")
    shows(twice, "You are in")
    teacher.wait(r"^2 students here", SECONDS)
    enter(r"^0 of 2 have done it, 0 wrong lines sent · Enter closes")
    for phone, line in ((ada, f"  {WRONG}"), (bob, WRONG), (twice, "")):
        shows(phone, "Your turn")
        if line:
            phone.click("#wrong")
            phone.write(line)
            phone.press("Enter")
        shows(phone, f"Your first wrong line: {WRONG}")
    shows(twice.click("#done") or ada, "Done. Take it back")
    teacher.wait(r"^1 of 2 have done it, 2 wrong lines sent", SECONDS)
    seen(ada, tmp_path / "task")
    assert not re.search("ada|bob", teacher.screen())
    enter(r"^2 +x=1; \{ x=2; echo \$x; \}; echo \$x +Braces group commands(.|\n)*>>")
    teacher.send(":skip\r")
    teacher.wait(r"Enter: go on\Z", SECONDS)
    enter(r"^2 students here · Enter ends it")
    shows(ada, "You have done it.")
    seen(shows(bob, "simpsh lesson run rule-5-order"), tmp_path / "end")
    teacher.send("q")
    assert teacher.wait_exit() == 0
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    rows = [row for state in kept_classes().values() for row in state.rows("c")]
    assert [(row.student, row.answer, row.is_right) for row in rows] == [
        ("ada", WRONG, False),
        ("bob", WRONG, False),
        ("ada", "done, as the student says", True),
    ]
