"""No submission stops the class: whatever is handed in, it is that submission's failure alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from simpsh.grade.classes.submissions import SubmissionRefused, content_of
from simpsh.process.own_directory import remove_tree
from tests.grade.sandbox.hostile_class import deep_folder


def test_the_sum_of_all_files_counts(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(bytes(400_000))
    assert content_of(str(tmp_path), 2)
    with pytest.raises(SubmissionRefused, match=r"2 has 0\.3815 MiB; all of a submission may have"):
        content_of(str(tmp_path), 1)


def test_a_tree_deeper_than_any_path_is_removed():
    place = Path(tempfile.mkdtemp())
    deep_folder(place / "x", 3000)
    (place / "x" / "closed").mkdir(mode=0)
    remove_tree(str(place))
    assert not place.exists()
