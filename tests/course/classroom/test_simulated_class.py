"""Simulated students with misconceptions on a faulty network: each counts once in the report."""

import asyncio
import os
import random
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from simpsh.course.classroom.class_store import rows_of_classes
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach.answer_report import SAID_DONE, summary_lines
from simpsh.process import proc
from simpsh.process.worker import Worker
from simpsh.view.styled_text import plain
from tests.course.classroom.phones import Phone, lead
from tests.harness.process import children_of, kill_and_collect, stat_fields

LESSONS = ("rule-4-copied", "rule-5-order", "pipe-hang")
RIGHT = {"rule-4-copied/2": 2, "rule-4-copied/4": 2, "rule-5-order/7": 2, "pipe-hang/4": 2}
RIGHT["pipe-hang/8"] = 3
"""The indices of the right choices; 0 if not listed."""
HELD = {
    "rule-5-order/4": (2, "one, child parent", 24, 12),
    "rule-4-copied/2": (1, "2, as in the child", 21, 9),
    "pipe-hang/2": (1, "it sleeps in waitpid", 18, 6),
    "rule-4-copied/4": (1, "the text FINAL", 15, 3),
    "pipe-hang/8": (0, "a session by setsid()", 12, 0),
}
"""One choice of each question: index, text, and votes of thirty before and after the discussion."""
STOP = (
    r"{0} students here · Enter (begins|ends it)|{0} of {0} have answered · Enter closes|"
    r"(Enter: talk, then|talk · Enter:) vote again · r: run it|"
    r"{1} of {0} have done it · Enter closes|"
    r"\[[^]]+\] .*Enter: (go on|run it|one answer)|>>"
)
LONG = pytest.mark.long("an hour, or 300 students, take minutes")


def next_answer(number, state):
    """Return the current answer of one of thirty students."""
    now, answers = state.get("now", {}), state.get("said", {})
    key, slot, text = now.get("key"), now.get("round"), ""
    if now.get("phase") == "task":
        slot, text = "done", "no" if number < 10 else "yes"
    elif now.get("phase") != "vote":
        return None
    else:
        holds = key in HELD and number < HELD[key][int(slot) + 1]
        text = str(HELD[key][0] if holds else RIGHT.get(key, 0))
    return None if slot in answers.get(key, {}) else {"key": key, "slot": slot, "text": text}


async def take_part(number, students, address, seconds):
    """Act as a student's phone; record the durations of its posts.

    One of ten phones loses the network after each answer; one of twenty also sends rubbish.
    """
    phone, of_thirty = Phone(address[0]), number * 30 // students
    while True:
        with suppress(OSError, EOFError):
            await phone.post("join", word=address[1])
            await phone.connect()
            while True:
                await phone.shows(lambda state: next_answer(of_thirty, state))
                # About fifty answers a second, because students need different times to think.
                await asyncio.sleep(random.uniform(0, students / 50))
                if number % 20 == 5:
                    assert (await phone.post("say", raw=b"{}"))[0] == 400
                if answer := next_answer(of_thirty, phone.state):
                    begun = time.monotonic()
                    status, _ = await phone.post("say", **answer)
                    seconds += [time.monotonic() - begun] if status == 200 else []
                    if number % 10 == 0:
                        raise OSError
        phone.lose_net()
        await asyncio.sleep(random.uniform(0.5, 2))


async def flood(port):
    """Send requests as fast as possible without reading answers, until the server is killed."""
    _, writer = await Phone(port).open()
    while True:
        writer.write(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" * 100)
        await writer.drain()


def slowed(pid):
    """Return the ratio of a process's elapsed time to its running time.

    See proc_pid_schedstat(5): the time that it ran, and the time that it waited for a processor.
    """
    ran, waited, _ = map(int, Path(f"/proc/{pid}/schedstat").read_text().split())
    return (ran + waited) / ran


def share_of_a_processor(pid):
    """Return which part of its life a process has run, whatever the load of the machine is."""
    ran = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    begun = int(stat_fields(pid)[19]) / os.sysconf("SC_CLK_TCK")
    return ran / 1e9 / (time.clock_gettime(time.CLOCK_BOOTTIME) - begun)


def attend(students, address):
    """Return a process with the phones of all students, which reports their records."""

    async def everyone(channel):
        enough, seconds = asyncio.Event(), []
        asyncio.get_running_loop().add_reader(channel.descriptor, enough.set)
        tasks = [take_part(number, students, address, seconds) for number in range(students)]
        working = asyncio.gather(flood(address[0]), *tasks, return_exceptions=True)
        await enough.wait()
        channel.send((sorted(seconds), slowed("self")))
        working.cancel()

    return Worker(lambda channel: asyncio.run(everyone(channel)))


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    ("students", "lessons"),
    [(30, 1), pytest.param(30, 3, marks=LONG), pytest.param(300, 1, marks=LONG)],
)
def test_each_student_counts_once_and_the_report_names_the_misconceptions(
    students, lessons, start_shell, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}")
    stop = re.compile(STOP.format(students, students * 2 // 3))
    phones, is_killed, slow, shares = None, False, [], []
    try:
        for lesson in LESSONS[:lessons]:
            teacher, prompt = lead(start_shell, tmp_path, lesson), ""
            address = re.search(r":(\d+)/(\w+)$", teacher.screen(), re.M).groups()
            phones = phones or attend(students, address)
            while "ends it" not in (prompt := next_stop(teacher, stop, prompt)):
                if "vote again" in prompt and not is_killed:
                    # The server dies with the teacher's process.
                    is_killed, before = True, set(children_of(os.getpid()))
                    os.kill(teacher.pid, signal.SIGKILL)
                    teacher.close()
                    kill_and_collect(lambda before=before: set(children_of(os.getpid())) - before)
                    teacher = lead(start_shell, tmp_path, lesson)
                else:
                    teacher.send(":skip\r" if prompt == ">>" else "\r")
            [server] = children_of(teacher.pid)
            slow.append(slowed(server))
            resident = proc.resident_bytes(teacher.pid) + proc.resident_bytes(server)
            shares.append(share_of_a_processor(server))
            teacher.send("\r")
            assert teacher.wait_exit() == 0
        phones.channel.send("enough")
        seconds, own_slow = phones.channel.receive()
    finally:
        if phones is not None:
            phones.end(at_once=True)
    late, slow = seconds[-1 - len(seconds) // 100], max(*slow, own_slow)
    print(f"{students}: 99 % in {late:.3f} s, slowed {slow:.1f} times; {resident >> 20} MB in all")
    print(f"the server runs {max(shares):.1%} of the time")
    assert late < slow
    assert max(shares) < 0.5
    assert resident < 150 << 20
    rows = rows_of_classes(pytest.fail)
    shown = "\n".join(plain(row) for row in summary_lines(rows, Library(()), 200))
    for key, (_, text, before, _) in HELD.items():
        if key.startswith(LESSONS[:lessons]):
            assert f"{text} ({before * students // 30})" in shown
    done = [row for row in rows if row.kind == "task" and row.answer == SAID_DONE]
    assert len({row.student for row in done}) == students * 2 // 3


def next_stop(teacher, stop, before):
    """Return the next line at which the lesson waits for the teacher."""

    def current_row():
        rows, (row, _) = teacher.screen().split("\n"), teacher.cursor()
        return rows[row].rstrip() if row < len(rows) else ""

    teacher.wait_until(
        lambda: current_row() != before and stop.fullmatch(current_row()), "the next stop", 60
    )
    return current_row()
