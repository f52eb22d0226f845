"""Which tests a run takes: every usual case, the long ones (`--long`), or a sample (`--fast`).

`make test` runs every case of every test, the same at every commit, but for those marked
`long(reason)`: they need minutes. `make test-long` runs these. A test that is named by itself
(`FILE::TEST`) runs in any case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

FUNCTIONS_OF_A_FILE = 2
TERMINALS_OF_A_FILE = 1
"""In a sample. A test at a terminal costs about as much as ten others."""


def add_options(parser: pytest.Parser) -> None:
    """Declare the options that choose tests."""
    parser.addoption("--fast", action="store_true", help="a sample of every file: one minute")
    parser.addoption("--long", action="store_true", help="the tests marked long, and no others")


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that this run takes, in their order.

    Raises:
        pytest.UsageError: A test is marked `long` without a reason.
    """
    if config.option.fast:
        return [*_sample(items)]
    if any("::" in argument for argument in config.args):
        return [*items]
    return [item for item in items if bool(reason_of_length(item)) == config.option.long]


def reason_of_length(item: pytest.Item) -> str:
    """Return why a test runs in `make test-long` alone; empty for a usual test.

    Raises:
        pytest.UsageError: The mark gives no reason.
    """
    mark = item.get_closest_marker("long")
    if mark is None:
        return ""
    if len(mark.args) != 1 or not mark.args[0]:
        raise pytest.UsageError(f"{item.nodeid}: say why it is long: long(reason)")
    return str(mark.args[0])


def _sample(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield of each file the first test functions, of each function the first case."""
    seen: set[tuple[object, str]] = set()
    functions: Counter[object] = Counter()
    terminals: Counter[object] = Counter()
    for item in items:
        function = (item.path, getattr(item, "originalname", item.name))
        if item.get_closest_marker("slow") or reason_of_length(item) or function in seen:
            continue
        seen.add(function)
        at_a_terminal = item.get_closest_marker("pty") is not None
        if functions[item.path] < FUNCTIONS_OF_A_FILE:
            if at_a_terminal and terminals[item.path] >= TERMINALS_OF_A_FILE:
                continue
            functions[item.path] += 1
            terminals[item.path] += at_a_terminal
            yield item
