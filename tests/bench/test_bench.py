"""The measuring itself works; no time is judged here."""

from __future__ import annotations

import subprocess

from tests.bench import shell_scripts, tracing_cost
from tests.bench.timing import Candidate, interleave


def test_rounds_are_interleaved_and_medians_taken():
    order = []

    def measured(name, values):
        remaining = iter(values)
        return Candidate(name, lambda: order.append(name) or next(remaining))

    results = interleave([measured("A", [3, 1, 2]), measured("B", [5, 9, 7])], 3)
    assert order == ["A", "B", "A", "B", "A", "B"]
    assert [result.median for result in results] == [2, 7]


def test_scripts_and_shells_make_one_table(tmp_path, monkeypatch):
    monkeypatch.setattr(shell_scripts, "SCRIPTS", {"start": ":", "none": "exit 3"})
    found, missing = shell_scripts.shells()
    assert next(iter(found)) == "simpsh"
    lines = shell_scripts.measure(str(tmp_path), 1).splitlines()
    assert lines[1].split() == list(found)
    assert lines[2].startswith("  start ")
    assert lines[3].split() == ["none", *"–" * (len(found) - ("xonsh" in found))]
    assert [line for line in lines if "simpsh: status 3" in line]
    assert lines[-1].strip().startswith(tuple(missing) or "xonsh")


def test_each_level_of_a_trace_is_compared_with_the_untraced_run(tmp_path):
    lines = tracing_cost.measure(str(tmp_path), 1, commands=3).splitlines()
    assert lines[1].split()[0] == "untraced"
    assert lines[1].endswith("1.00 ×")
    assert [line.split()[1] for line in lines[3:]] == list(tracing_cost.LEVELS)
    assert all(line.endswith("×") for line in lines[3:])


def test_every_shell_runs_every_script_alike(tmp_path):
    """All shells do the same work: none prints an error, and each exits with 0."""
    assert len(shell_scripts.SCRIPTS) == 12
    for name in ("loop", "for, case", "functions", "expansion", "here-documents"):
        path = tmp_path / "script"
        path.write_text(shell_scripts.SCRIPTS[name] + "echo $n $x $i $a\n")
        outputs = {
            subprocess.run([*argv, path], cwd=tmp_path, capture_output=True, check=True).stdout
            for shell, argv in shell_scripts.shells()[0].items()
            if shell != "xonsh"
        }
        assert len(outputs) == 1, name
