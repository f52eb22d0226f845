"""The name of simpsh in the commands that it recommends."""

import sys

import pytest

from simpsh.base.own_program import typed_name


@pytest.mark.parametrize(
    ("typed", "has_path", "name"),
    [
        ("bin/simpsh", False, "bin/simpsh"),
        ("my bin/simpsh", False, "'my bin/simpsh'"),
        ("bin/simpsh", True, "simpsh"),
        ("/somewhere/simpsh/__main__.py", False, "simpsh"),
    ],
)
def test_a_recommended_command_works_where_it_is_read(tmp_path, monkeypatch, typed, has_path, name):
    program = tmp_path / "simpsh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) if has_path else "/nowhere")
    monkeypatch.setattr(sys, "argv", [typed, "lesson"])
    assert typed_name() == name
