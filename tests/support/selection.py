"""Which tests a run takes: every usual case, the long ones (`--long`), or a sample (`--fast`).

`make test` runs every case of every test, the same at every commit, except those marked
`long(reason)`, which need minutes. `make test-long` runs these. A test that is named explicitly
(`FILE::TEST`) runs in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def add_options(parser: pytest.Parser) -> None:
    """Declare the options that choose tests."""
    parser.addoption("--fast", action="store_true", help="one test of every file: one minute")
    parser.addoption("--long", action="store_true", help="the tests marked long, and no others")


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that this run takes, in their order.

    Raises:
        pytest.UsageError: A test is marked `long` without a reason.
    """
    if config.option.fast:
        return _sample(items)
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


def _sample(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return one test of each file: the first that is quick, without a terminal if there is one."""
    chosen: dict[object, pytest.Item] = {}
    for item in items:
        if item.get_closest_marker("slow") or reason_of_length(item):
            continue
        held = chosen.setdefault(item.path, item)
        # A test at a terminal costs about as much as ten others.
        if held.get_closest_marker("pty") and not item.get_closest_marker("pty"):
            chosen[item.path] = item
    return [*chosen.values()]
