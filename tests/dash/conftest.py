"""Fixtures of the comparisons with dash."""

from __future__ import annotations

import pytest

from tests.support.shells import Place


@pytest.fixture(scope="module")
def place():
    with Place() as shared:
        yield shared
