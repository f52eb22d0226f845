"""The measuring itself works; no time is judged here."""

from __future__ import annotations

import pytest

from tests.bench.tables import CASES
from tests.bench.timing import Candidate, interleave, table


def test_rounds_are_interleaved_and_medians_taken():
    order = []

    def measured(name, values):
        remaining = iter(values)
        return Candidate(name, lambda: order.append(name) or next(remaining))

    results = interleave([measured("A", [3, 1, 2]), measured("B", [5, 9, 7])], 3)
    assert order == ["A", "B", "A", "B", "A", "B"]
    assert [result.median for result in results] == [2, 7]
    assert table("title", results, "A").splitlines() == [
        "title",
        "  A    2000.00 ms  ±  50%    1.00 × A",
        "  B    7000.00 ms  ±  29%    3.50 × A",
    ]


@pytest.mark.slow
def test_every_case_has_its_candidates(tmp_path):
    for name, case in CASES.items():
        folder = tmp_path / name
        folder.mkdir()
        assert case.against in [one.name for one in case.candidates(str(folder))]
