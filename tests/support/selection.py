"""Which tests a run takes: the usual ones, the long ones (`--long`), or a sample (`--fast`).

`make test` runs every test except those marked `long(reason)`, which need minutes. Of a sweep,
which is marked `drawn(count)`, it runs that number of cases. If a file has the mark, its tests are
the cases of one sweep, except those with a mark of their own. A test that costs seconds is marked
`turn(count)`: one run in COUNT takes it. Cases and turns are drawn by a seed that a run prints at
its end: SIMPSH_SEED, or the date. `make test-long` runs the long tests, all cases of the sweeps,
and those that take turns; `--every` adds these cases and turns to the usual tests. A test that is
named explicitly (`FILE::TEST`) runs in any case.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

_seed = pytest.StashKey[str]()
_has_quick = pytest.StashKey[bool]()


def add_options(parser: pytest.Parser) -> None:
    """Declare the options that choose tests."""
    parser.addoption("--fast", action="store_true", help="a quick test of each file: half a minute")
    parser.addoption("--every", action="store_true", help="all usual tests, with sweeps whole")
    parser.addoption("--long", action="store_true", help="the tests marked long, and no others")


def set_seed(config: pytest.Config) -> str:
    """Return the seed of a run; the workers of one run have the same."""
    given = getattr(config, "workerinput", {}).get("seed")
    config.stash[_seed] = seed = given or seed_of_day()
    return seed


def seed_of_day() -> str:
    """Return SIMPSH_SEED, or the date: what a run draws by."""
    return os.environ.get("SIMPSH_SEED") or time.strftime("%Y%m%d")


def seed_of(config: pytest.Config) -> str:
    """Return the seed by which this run drew the cases of its sweeps."""
    return config.stash[_seed]


def choose(config: pytest.Config, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that this run takes, in their order.

    Raises:
        pytest.UsageError: A test is marked `long` without a reason, or `drawn` without a number.
    """
    if config.option.fast:
        return _sample(items)
    if any("::" in argument for argument in config.args):
        return [*items]
    if config.option.long:
        return [item for item in items if reason_of_length(item) or _is_left_to_lot(item)]
    left_out = set() if config.option.every else _not_drawn(items, seed_of(config))
    return [item for item in items if not reason_of_length(item) and item not in left_out]


def _is_left_to_lot(item: pytest.Item) -> bool:
    return bool(_number_of(item, "drawn") or _number_of(item, "turn"))


def _number_of(item: pytest.Item, name: str) -> int:
    """Return the number of a test's mark `drawn` or `turn`; 0 if the test has no such mark.

    Raises:
        pytest.UsageError: The mark has no number.
    """
    mark = item.get_closest_marker(name)
    if mark is None:
        return 0
    if len(mark.args) != 1 or not isinstance(mark.args[0], int) or mark.args[0] < 1:
        raise pytest.UsageError(f"{item.nodeid}: say a number: {name}(count)")
    return mark.args[0]


def _not_drawn(items: Sequence[pytest.Item], seed: str) -> set[pytest.Item]:
    """Return the cases of sweeps, and the tests that take turns, that the seed leaves out."""
    sweeps: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if _number_of(item, "drawn") and not reason_of_length(item):
            is_marked = any(mark.name == "drawn" for mark in item.own_markers)
            sweeps[item.nodeid.partition("[" if is_marked else "::")[0]].append(item)
    left_out = {
        item
        for name, cases in sweeps.items()
        for item in random.Random(f"{seed} {name}").sample(
            cases, max(0, len(cases) - _number_of(cases[0], "drawn"))
        )
    }
    for item in items:
        turns = _number_of(item, "turn")
        if turns and random.Random(f"{seed} {item.nodeid}").randrange(turns):
            left_out.add(item)
    return left_out


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


def has_sample(config: pytest.Config, file: pytest.Module) -> bool:
    """Return whether a sample needs no test of the further functions of a file."""
    return _is_sampled(config) and file.stash.get(_has_quick, False)


def note_for_sample(
    config: pytest.Config, file: pytest.Module, made: list[pytest.Item | pytest.Collector] | None
) -> list[pytest.Item | pytest.Collector] | None:
    """Keep of a function's tests only the one that a sample may take."""
    if not _is_sampled(config) or not made:
        return made
    items = [each for each in made if isinstance(each, pytest.Item)]
    if quick := [item for item in items if _is_quick(item)]:
        file.stash[_has_quick] = not any(map(_needs_terminal, quick[:1]))
        return [*quick[:1]]
    return [each for each in made if not isinstance(each, pytest.Item)]


def _is_sampled(config: pytest.Config) -> bool:
    return config.option.fast and not any("::" in argument for argument in config.args)


def _is_quick(item: pytest.Item) -> bool:
    # Starting a browser takes longer than ten tests.
    is_in_browser = "one_tab" in getattr(item, "fixturenames", ())
    return not (is_in_browser or item.get_closest_marker("slow") or reason_of_length(item))


def _needs_terminal(item: pytest.Item) -> bool:
    return bool({"terminal", "start_shell"} & set(getattr(item, "fixturenames", ())))


def _sample(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return one test of each file: the first that is quick, without a terminal if there is one.

    A test at a terminal costs about as much as ten others: a folder has at most one.
    """
    chosen: dict[Path, pytest.Item] = {}
    for item in filter(_is_quick, items):
        held = chosen.setdefault(item.path, item)
        if held.get_closest_marker("pty") and not item.get_closest_marker("pty"):
            chosen[item.path] = item
    sample, folders = list[pytest.Item](), set[Path]()
    for path, item in chosen.items():
        if not item.get_closest_marker("pty"):
            sample.append(item)
        elif path.parent not in folders:
            folders.add(path.parent)
            sample.append(item)
    return sample
