"""The pace of the clients of a class, its pages, and floods."""

import asyncio

import pytest

from simpsh.course.classroom import client_limits
from simpsh.course.classroom.client_limits import ClientLimits, Page

web = pytest.importorskip("aiohttp").web
HERE, THERE = "10.0.0.1", "10.0.0.2"


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets; a delay moves it, too."""
    now = [1000.0]

    async def sleep(seconds):
        now[0] += seconds

    monkeypatch.setattr(client_limits.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(client_limits.asyncio, "sleep", sleep)
    return now


def test_a_word_cannot_be_guessed_in_a_lecture(clock):
    limits, tried = ClientLimits(8192, set()), 0

    async def guess():
        nonlocal tried
        try:
            await limits.pace(HERE, 0)
        except web.HTTPTooManyRequests:
            clock[0] += 0.5
            return
        limits.charge_for_wrong_word(HERE)
        tried += 1

    async def guess_for(seconds):
        end = clock[0] + seconds
        while clock[0] < end:
            await guess()

    asyncio.run(guess_for(90 * 60))
    # Of 144,000 words.
    assert 1000 < tried < 6000
    limits.tick()
    # Neither another address nor a student who has joined is slowed down.
    before = clock[0]
    asyncio.run(limits.pace(THERE, 0))
    asyncio.run(limits.pace(HERE, 7))
    assert clock[0] == before


def test_a_class_joins_at_once_and_a_student_who_asks_too_often_waits(clock):
    limits, before = ClientLimits(8192, set()), clock[0]
    for _ in range(600):
        asyncio.run(limits.pace(HERE, 0))
    for _ in range(20):
        asyncio.run(limits.pace(HERE, 7))
    assert clock[0] == before
    asyncio.run(limits.pace(HERE, 7))
    assert clock[0] > before


def test_thirty_refusals_are_a_flood_for_some_seconds(clock):
    limits = ClientLimits(8192, set())
    for number in range(30):
        assert limits.flood() is None
        limits.count_refusal(HERE, 7)
        limits.count_refusal(HERE, 100 + number)
    assert limits.flood() == (HERE, 7)
    limits.forget(7)
    assert limits.flood() is None
    for _ in range(30):
        limits.count_refusal(HERE)
    clock[0] += 9
    limits.tick()
    assert limits.flood() == (HERE, 0)
    clock[0] += 2
    limits.tick()
    assert limits.flood() is None


def test_in_a_full_class_a_page_of_a_student_without_answers_ends():
    async def fill():
        limits = ClientLimits(99, speakers := set())
        pages = [Page(student, HERE, None) for student in (1, 2, 3)]
        limits._most_pages = 2
        for page in pages[:2]:
            limits.open(page, None)
        with pytest.raises(web.HTTPServiceUnavailable):
            limits.open(pages[2], None)
        speakers.add(3)
        limits.open(pages[2], None)
        assert sorted(limits.pages) == [1, 3]

    asyncio.run(fill())
