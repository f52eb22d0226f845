"""umask."""

from __future__ import annotations

import os

import pytest

from tests.shell.builtins.builtin_calls import call, kept, shell
from tests.support.shells import DASH, run


@pytest.fixture(autouse=True)
def mask_put_back():
    with kept():
        os.umask(0o022)
        yield


def now() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_mask_is_shown_in_octal_and_in_symbols():
    assert call(shell(), "umask").output == "0022\n"
    assert call(shell(), "umask", "-S").output == "u=rwx,g=rx,o=rx\n"
    assert now() == 0o022


CASES = [
    ("077", 0o077),
    ("0", 0),
    ("0777", 0o777),
    ("u=rwx,g=,o=", 0o077),
    ("g+w", 0o002),
    ("go-rx", 0o077),
    ("=", 0o777),
    ("a=rw", 0o111),
    ("+w", 0),
    ("-w", 0o222),
    ("o=g", 0o022),
    ("g=u", 0o002),
    ("u-x,g=u", 0o112),
    ("u-w+x=r", 0o322),
    ("o=X", 0o026),
]


@pytest.mark.parametrize(("text", "mask"), CASES)
def test_a_mask_is_set_by_number_or_by_what_it_permits(text, mask):
    assert call(shell(), "umask", text).status == 0
    assert now() == mask


# dash lets `g=u` copy what u was before the whole operand, POSIX wants the clauses in order.
@pytest.mark.skipif(not DASH.is_installed(), reason="dash is not installed")
@pytest.mark.parametrize(("text", "mask"), [one for one in CASES if one[0] != "u-x,g=u"])
def test_dash_sets_the_same_mask(text, mask):
    assert run(DASH, f"umask 022; umask -- {text}; umask").text == f"{mask:04o}\n"


def test_what_is_printed_can_be_read_back():
    call(shell(), "umask", "0137")
    symbols = call(shell(), "umask", "-S").output.rstrip("\n")
    call(shell(), "umask", "0")
    call(shell(), "umask", symbols)
    assert now() == 0o137


@pytest.mark.parametrize("text", ["9", "1000", "08", "u", "u+q", "q+r", "u=r,", "", "-S x y"])
def test_what_is_no_mask_is_misuse_and_changes_nothing(text):
    assert call(shell(), "umask", *(text.split() or [""])).status == 2
    assert now() == 0o022
