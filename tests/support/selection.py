"""Which tests a run takes: some cases of each (`make test`), all, or a sample (`make test-fast`).

All cases of all tests take a quarter of an hour. So `make test` takes one case of each test, or
SIMPSH_CASES cases; and a third of the tests at a terminal, and of those that are marked slow. Cases
have an order that is shuffled once, and the number of commits says how far it has come. So a run of
the same commit takes the same tests, and some commits later each case has had its turn.
SIMPSH_CASES=all takes all. So does a run of named files or tests. SIMPSH_TURN=N is another turn.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import pytest

from tests.support.shells import PROJECT

USUAL = 1
ALL = "all"
_CASES, _TURN = "SIMPSH_CASES", "SIMPSH_TURN"
_drawn = pytest.StashKey[tuple[int, int] | None]()

FUNCTIONS_OF_A_FILE = 3
TERMINALS_OF_A_FILE = 1
"""A test at a terminal costs about as much as ten others."""

TURNS = 3
"""Of these tests each turn takes a third: those marked slow, and those at a terminal."""
WHOLE = tuple(
    f"tests/{room}/"
    for room in (
        *("base", "kernel", "chronicle", "highlight", "process", "course/lesson", "course/screen"),
        *("explore/model", "shell/language", "shell/interpret", "house"),
    )
)
"""Rooms and wings whose tests start few processes, so that all of their cases take no time."""


def settle(config: pytest.Config) -> None:
    """Decide how many cases this run takes of each test; its workers are told.

    Raises:
        pytest.UsageError: SIMPSH_CASES or SIMPSH_TURN is no number.
    """
    if hasattr(config, "workerinput"):
        config.stash[_drawn] = config.workerinput[_CASES]
        return
    option = config.option
    is_whole = config.args_source in (
        pytest.Config.ArgsSource.TESTPATHS,
        pytest.Config.ArgsSource.INVOCATION_DIR,
    )
    is_drawn = is_whole and not (option.keyword or option.markexpr or option.fast)
    config.stash[_drawn] = _wanted() if is_drawn else None


def tell_worker(config: pytest.Config, workerinput: dict[str, object]) -> None:
    """Give a worker what this run decided."""
    workerinput[_CASES] = config.stash[_drawn]


def head(config: pytest.Config) -> str:
    """Return a line about what this run takes."""
    if (drawn := config.stash[_drawn]) is None:
        return "cases: all"
    count, turn = drawn
    return f"cases: at most {count} of each test, turn {turn} ({_CASES}={ALL}: every case)"


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that this run takes, in their order."""
    if config.option.fast:
        return [*_sample(items)]
    if (drawn := config.stash[_drawn]) is None:
        return [*items]
    count, turn = drawn
    cases = defaultdict[tuple[str, int], list[str]](list)
    for item in items:
        if (own := _turn_of(item, turn)) is not None:
            cases[item.nodeid.partition("[")[0], own].append(item.nodeid)
    taken: set[str] = set()
    for (function, own), ids in cases.items():
        taken |= {*(ids if function.startswith(WHOLE) else draw(ids, count, own, function))}
    return [item for item in items if item.nodeid in taken]


def _turn_of(item: pytest.Item, turn: int) -> int | None:
    """Return the turn of a test's cases; None if the test waits for another turn.

    Those of a file that are slow have the same one: they may share what takes the time.
    """
    if item.get_closest_marker("slow"):
        return third(item.location[0], turn)
    if item.get_closest_marker("pty"):
        return third(item.nodeid.partition("[")[0], turn)
    return turn


def third(name: str, turn: int) -> int | None:
    """Return the number of a turn among those that a name has, every third one; None for another.

    >>> [third("tests/test_it.py", turn) for turn in range(3, 6)].count(None)
    2
    """
    number, rest = divmod(turn + zlib.crc32(name.encode()), TURNS)
    return None if rest else number


def draw(names: Iterable[str], count: int, turn: int, function: str) -> list[str]:
    """Return the cases of one turn.

    >>> [len(draw("abcde", 2, turn, "test_letters")) for turn in range(3)]
    [2, 2, 2]
    >>> sorted({name for turn in range(3) for name in draw("abcde", 2, turn, "test_letters")})
    ['a', 'b', 'c', 'd', 'e']
    """
    order = list(names)
    if len(order) <= count:
        return order
    random.Random(function).shuffle(order)
    return [order[(turn * count + place) % len(order)] for place in range(count)]


def _wanted() -> tuple[int, int] | None:
    """Return how many cases are taken and the turn; None for every case."""
    count = os.environ.get(_CASES, str(USUAL))
    if count == ALL:
        return None
    try:
        drawn = int(count), int(os.environ.get(_TURN) or _commits())
    except ValueError:
        drawn = 0, 0
    if drawn[0] < 1:
        raise pytest.UsageError(f"{_CASES} is a number from 1, or {ALL}; {_TURN} is a number")
    return drawn


def _commits() -> int:
    """Return the number of commits; without a repository, the day."""
    done = subprocess.run(
        ["git", "-C", PROJECT, "rev-list", "--count", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout) if done.returncode == 0 else int(time.time() // 86400)


def _sample(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield of each file the first test functions, of each function the first case."""
    seen: set[tuple[object, str]] = set()
    functions: Counter[object] = Counter()
    terminals: Counter[object] = Counter()
    for item in items:
        function = (item.path, getattr(item, "originalname", item.name))
        if item.get_closest_marker("slow") or function in seen:
            continue
        seen.add(function)
        at_a_terminal = item.get_closest_marker("pty") is not None
        if functions[item.path] < FUNCTIONS_OF_A_FILE:
            if at_a_terminal and terminals[item.path] >= TERMINALS_OF_A_FILE:
                continue
            functions[item.path] += 1
            terminals[item.path] += at_a_terminal
            yield item
