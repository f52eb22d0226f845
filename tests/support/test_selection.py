"""The tests that `make test`, `make test-long` and `make test-fast` select."""

from __future__ import annotations

import pytest

from tests.support.inner_pytest import run_inner_pytest

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(5))
def test_usual(number): pass

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.long("the search takes minutes")
def test_long(): pass
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "passed"),
    [
        (("-p", "xdist", "-n", "2"), 6),
        (("--long",), 1),
        (("--fast",), 1),
        (("-k", "test_usual"), 5),
    ],
    ids=["workers", "long", "fast", "words"],
)
def test_a_run_takes_the_tests_of_its_kind(options, passed, tmp_path):
    status, output = run_inner_pytest(tmp_path, TESTS, *options)
    assert (status, f"{passed} passed" in output) == (0, True), output


def test_a_long_test_needs_a_reason(tmp_path):
    status, output = run_inner_pytest(
        tmp_path, "import pytest\n@pytest.mark.long\ndef test_it(): pass\n"
    )
    assert status != 0
    assert "say why it is long: long(reason)" in output


NEEDING = """
import tests.conftest

tests.conftest.missing = lambda name: f"there is no {name} here"

@pytest.mark.needs("root")
def test_that_cannot_run():
    assert False

def test_after():
    pass
"""


def test_a_test_whose_need_is_missing_is_skipped_without_an_error(tmp_path):
    status, text = run_inner_pytest(tmp_path, NEEDING, "-rs")
    assert status == 0, text
    assert "1 passed, 1 skipped" in text
    assert "there is no root here" in text
