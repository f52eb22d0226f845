"""The benchmark runs; its times are not judged."""

import shutil

from tests.bench import __main__ as bench
from tests.harness.sh import run_command


def test_scripts_and_levels_are_rows_of_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "SCRIPTS", {"start": ":", "none": "exit 3"})
    heads, start, none, *rest = bench.scripts_table(str(tmp_path), 1).splitlines()
    assert heads.split()[:2] == ["milliseconds", "simpsh"]
    assert start.startswith("start ")
    assert "–" in none
    assert "  none, simpsh: status 3" in rest
    lines = bench.tracing_table(str(tmp_path), 1, commands=3).splitlines()
    assert lines[1].split()[0] == "untraced"
    assert lines[1].endswith("1.00 ×")
    assert [line.split()[1] for line in lines[3:]] == [*bench.LEVELS]
    assert all(line.endswith("×") for line in lines[3:])


def test_every_shell_runs_every_script_alike(tmp_path):
    """All shells do the same work: none prints an error, and each exits with 0."""
    assert len(bench.SCRIPTS) == 12
    path = tmp_path / "script"
    for name in ("loop", "for, case", "functions", "expansion", "here-documents"):
        path.write_text(bench.SCRIPTS[name] + "echo $n $x $i $a\n")
        found = [argv for argv in bench.SHELLS.values() if shutil.which(argv[0])]
        outcomes = [run_command([*argv, path], cwd=tmp_path) for argv in found]
        assert {one.returncode for one in outcomes} == {0}, name
        assert len({one.stdout for one in outcomes}) == 1, name
