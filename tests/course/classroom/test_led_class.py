"""A class as it is led: the terminal is the projector, and Chromium the phones of the students."""

from __future__ import annotations

import os
import re
import signal

import pytest

from simpsh.course.classroom.class_journal import kept_classes
from tests.course.teach.taking_lessons import SECONDS
from tests.support.browser import Tab
from tests.support.processes import children_of, kill_and_collect

REASON = "<img src=x> they are threads"


def lead(start_shell, state):
    """Lead rule-4 on a terminal; return it, and what presses Enter and waits for a pattern."""
    options = ("lesson", "run", "rule-4-copied", "--class", "--bind", "127.0.0.1")
    terminal = start_shell(*options, rows=40, columns=80, environment={"XDG_STATE_HOME": state})
    terminal.wait(r"students? here · Enter begins", SECONDS)
    return terminal, lambda pattern: (terminal.send("\r"), terminal.wait(pattern, SECONDS))


def shows(tab, text):
    """Wait until a page shows a text."""
    look = f"document.body.innerText.includes({text!r}) ? done() : setTimeout(look, 20)"
    tab.run(f"new Promise(done => {{ const look = () => {look}; look(); }})")
    return tab


@pytest.mark.slow
def test_three_phones_answer_talk_and_see_the_run(start_shell, one_tab, tmp_path, monkeypatch):
    teacher, enter = lead(start_shell, f"{tmp_path}")
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
    # Before it is closed nothing is seen of what was answered.
    assert "█" not in teacher.screen().split("Which value of x")[1]
    shows(eve, "Your answer: c.")
    # The teacher's process is killed, and its server ends; what it wrote last is no entry.
    before = set(children_of(os.getpid()))
    os.kill(teacher.pid, signal.SIGKILL)
    shows(ada, "No connection")
    teacher.close()
    kill_and_collect(lambda: set(children_of(os.getpid())) - before)
    (journal,) = tmp_path.glob("simpsh/classes/*.jsonl")
    assert journal.stat().st_mode & 0o777 == 0o600
    with journal.open("a") as file:
        file.write('{"do": "vote", "stud')
    # Begun again, nothing is lost, and the phones come back.
    teacher, enter = lead(start_shell, f"{tmp_path}")
    assert address in teacher.screen()
    teacher.wait(r"^3 students here", SECONDS)
    enter(r"^3 of 3 have answered")
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
    shows(bob, "There are two variables with the name x").screenshot(tmp_path / "why.png")
    assert bob.run("document.documentElement.scrollWidth") == 360
    teacher.send(":quit\r")
    assert teacher.wait_exit() == 0
    lost = "ERR_|Failed to load resource"
    assert [w for p in phones for w in p.complaints() if not re.search(lost, w)] == []
    # The report has both votes of each student, and the reason as it was written.
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    rows = [row for state in kept_classes().values() for row in state.rows("c")]
    assert sorted((row.answer[0], row.is_right) for row in rows[:3]) == [
        *(("1", False), ("1", True), ("2", False))
    ]
    assert [row.is_right for row in rows[3:]] == [True, True, True]
    assert [row.why for row in rows if row.why] == [REASON]
