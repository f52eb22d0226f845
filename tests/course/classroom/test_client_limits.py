"""Wrong words of the class are counted, and delay the next word of their address more and more."""

import pytest

from simpsh.course.classroom import client_limits

web = pytest.importorskip("aiohttp").web


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [1000.0]
    monkeypatch.setattr(client_limits.time, "monotonic", lambda: now[0])
    return now


def tried(limits, clock, seconds):
    """Send wrong words as often as possible, with some more addresses; return how many."""
    end, count = clock[0] + seconds, 0
    while clock[0] < end:
        try:
            limits.require_patience("10.0.0.1")
        except web.HTTPTooManyRequests:
            clock[0] += 0.5
        else:
            limits.count_wrong_word("10.0.0.1")
            count += 1
            clock[0] += 0.01
    return count


def test_a_word_cannot_be_guessed_in_a_lecture_and_mistakes_cost_nothing(clock):
    limits = client_limits.ClientLimits(8192, set())
    for _ in range(10):
        limits.require_patience("10.0.0.1")
        limits.count_wrong_word("10.0.0.1")
    # Another address is not delayed.
    assert 10 < tried(limits, clock, 90 * 60) < 300
    limits.require_patience("10.0.0.2")
    with pytest.raises(web.HTTPTooManyRequests, match="Too Many"):
        limits.require_patience("10.0.0.1")
    assert limits.flood() == ("10.0.0.1", 0)
    # After a while all is forgotten.
    clock[0] += 7200
    limits.require_patience("10.0.0.1")


def test_refusals_are_a_flood_until_their_count_is_halved(clock):
    limits = client_limits.ClientLimits(8192, set())
    for _ in range(40):
        limits.count_refusal("10.0.0.1", 7)
    for seconds in (1, 9):
        clock[0] += seconds
        limits.tick()
        assert limits.flood() == ("10.0.0.1", 7)
    clock[0] += 1
    limits.tick()
    assert limits.flood() is None


def test_thirty_refusals_are_a_flood_of_the_student_who_has_more_than_half_of_them():
    limits = client_limits.ClientLimits(8192, set())
    for number in range(29):
        limits.count_refusal("10.0.0.1", 7 if number < 15 else 8)
        limits.count_refusal("10.0.0.2")
        assert limits.flood() is None
    limits.count_refusal("10.0.0.1", 8)
    assert limits.flood() == ("10.0.0.1", 0)
    limits.count_refusal("10.0.0.1", 7)
    assert limits.flood() == ("10.0.0.1", 7)
    # Of other students nothing is forgotten.
    limits.forget(7)
    assert limits.flood() is None
    for _ in range(15):
        limits.count_refusal("10.0.0.1", 8)
    assert limits.flood() == ("10.0.0.1", 8)
