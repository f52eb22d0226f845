"""The path in a blocked call is looked up as its process would, and may lead nowhere."""

from __future__ import annotations

import pytest

from simpsh.diagnosis.blocked_process import BlockedProcess

AT_FDCWD = -100
MISSING = "missing"


class Directory:
    """The /proc folder of a process: gives each file's own name, or fails."""

    def status_of(self, path):
        if path.endswith(MISSING):
            raise OSError(path)
        return path


@pytest.mark.parametrize(
    ("arguments", "places", "found"),
    [
        (("a",), (0, None), ("a", "cwd/a")),
        (("/a",), (0, None), ("/a", "root//a")),
        ((5, "a"), (1, 0), ("a", "fd/5/a")),
        ((AT_FDCWD, "a"), (1, 0), ("a", "cwd/a")),
        ((MISSING,), (0, None), (MISSING, None)),
        (("",), (0, None), ("", None)),
    ],
)
def test_a_path_begins_at_the_root_the_working_directory_or_a_descriptor(
    arguments, places, found, monkeypatch
):
    case = object.__new__(BlockedProcess)
    case.directory = Directory()
    monkeypatch.setattr(case, "argument", lambda index: arguments[index], raising=False)
    monkeypatch.setattr(case, "memory", lambda text, _: text.encode() + b"\0rest", raising=False)
    monkeypatch.setattr(case, "integer", lambda index: arguments[index], raising=False)
    assert case.named_file(*places) == found
