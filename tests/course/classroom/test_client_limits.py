"""The pace of the clients of a class."""

import asyncio

import pytest

from simpsh.course.classroom import client_limits
from simpsh.course.classroom.client_limits import ClientLimits

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
    limits, tried = ClientLimits(), 0

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
    # Neither another address nor a student who has joined is slowed down.
    before = clock[0]
    asyncio.run(limits.pace(THERE, 0))
    asyncio.run(limits.pace(HERE, 7))
    assert clock[0] == before


def test_a_class_joins_at_once_and_a_student_who_asks_too_often_waits(clock):
    limits, before = ClientLimits(), clock[0]
    for _ in range(600):
        asyncio.run(limits.pace(HERE, 0))
    for _ in range(20):
        asyncio.run(limits.pace(HERE, 7))
    assert clock[0] == before
    asyncio.run(limits.pace(HERE, 7))
    assert clock[0] > before
