"""What `make test` takes of tests with many cases, and what it does not leave out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.inner_pytest import run_inner_pytest
from tests.support.selection import draw, third
from tests.support.shells import PROJECT

NAMES = [f"case {number}" for number in range(7)]


def test_a_test_with_few_cases_keeps_them_all():
    assert draw(NAMES[:2], 2, 5, "test_few") == NAMES[:2]


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_each_case_has_its_turn_and_none_comes_twice_before(count):
    turns = -(-len(NAMES) // count)
    drawn = [draw(NAMES, count, turn, "test_many") for turn in range(turns)]
    assert all(len({*one}) == count for one in drawn)
    assert {name for one in drawn for name in one} == {*NAMES}


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 9])
def test_each_case_of_a_slow_test_has_its_turn_too(size):
    names = [f"case {number}" for number in range(size)]
    turns = [third("tests/test_slow.py", turn) for turn in range(1234, 1234 + 3 * size)]
    drawn = [draw(names, 1, turn, "test_slow") for turn in turns if turn is not None]
    assert sorted(name for one in drawn for name in one) == names


def test_a_turn_always_draws_the_same():
    assert draw(NAMES, 2, 1234, "test_many") == draw(NAMES, 2, 1234, "test_many")


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "workers"])
def test_named_files_run_every_case(workers, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMPSH_CASES", "1")
    text = '@pytest.mark.parametrize("n", range(5))\ndef test_it(n): pass\n'
    status, output = run_inner_pytest(tmp_path, text, *workers)
    assert (status, "5 passed" in output) == (0, True), output


def whole_run(folder, cases, *options):
    """Run pytest without naming files, in a folder with one test of five cases."""
    text = "import pytest\n@pytest.mark.parametrize('n', range(5))\ndef test_it(n): pass\n"
    Path(folder, "test_five.py").write_text(text)
    Path(folder, "pytest.ini").write_text(f"[pytest]\ntestpaths = .\npythonpath = {PROJECT}\n")
    plugins = ("no:cacheprovider", "pytest_timeout", "tests.conftest", "xdist")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--disable-plugin-autoload"),
            *(word for name in plugins for word in ("-p", name)),
            *options,
        ],
        cwd=folder,
        env={**os.environ, "SIMPSH_CASES": cases, "PYTHONPATH": PROJECT},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize(("cases", "taken"), [("2", 2), ("9", 5), ("all", 5)])
def test_a_whole_run_takes_as_many_cases_as_it_is_told(cases, taken, options, tmp_path):
    done = whole_run(tmp_path, cases, *options)
    assert (done.returncode, f"{taken} passed" in done.stdout) == (0, True), done.stdout
    assert "cases: " + ("all" if cases == "all" else f"at most {cases}") in done.stdout


@pytest.mark.parametrize("cases", ["0", "-1", "some"])
def test_a_number_of_cases_that_is_none_is_refused_in_one_line(cases, tmp_path):
    done = whole_run(tmp_path, cases)
    said = "ERROR: SIMPSH_CASES is a number from 1, or all; SIMPSH_TURN is a number\n\n"
    assert (done.returncode, done.stdout, done.stderr) == (4, "", said)
