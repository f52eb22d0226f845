"""The lines that hints propose; tests/spec/repl_hints.spec has the words."""

import shlex

import pytest

from simpsh.base.complaint import Failure
from simpsh.repl.hints import hint_for
from simpsh.shell.state import State
from tests.harness.sh import run_command, simpsh_command, write_program

PROPOSED = {
    "$ ls -l": "ls -l",
    "x = 'a b'": "x='a b'",
    "i+=1": 'i="${i}"1',
    "i++": "i=$((i + 1))",
    "let x=1+2": "x=$((1+2))",
    "pushd docs": "cd docs",
    "[1 = 1 ]": "[ 1 = 1 ]",
    "x == 5": '[ "$x" = 5 ]',
    "{ls}": "{ ls; }",
    "docs": "cd docs",
    "run now": "./run now",
    "./rum now": "./run now",
    "ll docs": "ls -l docs",
    "10 / 2": "echo $((10 / 2))",
    "'ls -l'": "ls -l",
    "cd~": "cd ~",
    "LS -l": "ls -l",
    "gti status": "git status",
}


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The state of a shell in a directory with a few files; PATH is its directory `bin`."""
    for path in ("bin/chmod", "bin/ls", "bin/git", "bin/python3", "run"):
        write_program(tmp_path / path, "#!/bin/sh\n")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    return State({"PATH": f"{tmp_path}/bin", "HOME": f"{tmp_path}"}, is_interactive=True)


def hint_of(argv, state, status=127):
    return hint_for(Failure(tuple(argv), status), state)


def test_a_proposed_line_does_not_fail_in_the_same_way(state):
    assert {typed: hint_of(shlex.split(typed), state).line for typed in PROPOSED} == PROPOSED
    script = "".join(f"({line}) >&2; echo $?\n" for line in PROPOSED.values())
    done = run_command([*simpsh_command(), "-c", script], env=state.variables)
    statuses = done.stdout.split()
    assert len(statuses) == len(PROPOSED)
    assert not {"126", "127"} & {*statuses}, done.stderr


def test_a_built_in_is_proposed_even_if_path_is_lost(state):
    state.assign("PATH", "/wrong")
    assert hint_of(["exprot"], state).line == "export"


def test_no_hint_proposes_a_script_that_runs_the_missing_program(state, tmp_path):
    script = write_program(tmp_path / "bin/zshower", '#!/bin/sh\nexec shower "$@"\n')
    assert hint_of(["shower", "f"], state) is None
    script.write_text("#!/bin/sh\nexec my-shower --shower-x\n")
    assert hint_of(["shower", "f"], state).line == "zshower f"
