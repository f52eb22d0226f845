"""With few descriptors every subcommand works, or says in one line which limit it met."""

from __future__ import annotations

import pytest

from tests.support.shells import run_command, simpsh_command

LINES = (
    *("trace true", "trace -o run.html true", "diagnose 1", "step true", "explore /bin/true"),
    *("lesson list", "lesson show zombie", "compare 'echo a'", "grade shell /bin/sh", "jupyter"),
    *("completions bash", "--version", "--help", "help cd", "-c 'echo a'", "script", "-v -c true"),
)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_a_lack_of_descriptors_is_one_line(line, tmp_path):
    (tmp_path / "script").write_text("echo a\n")
    for limit in (4, 5, 8, 10, 12):
        command = f'ulimit -n {limit}; exec "$@" {line}'
        done = run_command(["sh", "-c", command, "sh", *simpsh_command()], cwd=tmp_path)
        text = f"{limit}: {done.stderr}"
        for word in ("Traceback", "defect", "broke", "Error"):
            assert word not in text
        if done.returncode == 0 or line == "jupyter":
            continue
        complaint = done.stderr.splitlines()
        assert len(complaint) == 1, text
        assert complaint[0].startswith("simpsh: "), text
        assert "ulimit -n" in complaint[0], text
