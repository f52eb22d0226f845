"""Each case of docs/differences.md is run in the shells that it names; and a line of anyone's."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from simpsh.base.errors import SimpshError
from simpsh.grade.shells.shell_comparison import Script, installed_shells, outcomes, rules
from tests.support.processes import descendants_of, name_of, wait_until
from tests.support.shells import run_command, simpsh_command

SHELLS = {shell.name: shell for shell in installed_shells()}


@pytest.fixture(scope="module")
def compare():
    try:
        outcomes([(SHELLS["simpsh"], Script(":"))])
    except SimpshError as refused:
        pytest.skip(str(refused))
    return lambda *words, **how: run_command([*simpsh_command(), "compare", *words], **how)


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        ("simpsh", "dash", "bash"),
        pytest.param(
            ("bash --posix", "mksh", "busybox", "yash"),
            marks=pytest.mark.long("70 lines in each of four more shells, which change seldom"),
        ),
    ],
)
def test_the_cases_of_the_page_are_what_the_shells_do(names, compare):
    asked = [
        (rule.key, case, name)
        for rule in rules()
        for case in rule.cases
        for name in SHELLS.keys() & {*names}
    ]
    assert len(asked) > 60 * len(SHELLS.keys() & {*names})
    seen = outcomes([(SHELLS[name], Script(case.line)) for _, case, name in asked], 30)
    assert [
        f"{key}: {case.line!r} in {name}: {case.printed[name]!r}, but it is {outcome.in_short!r}"
        for (key, case, name), outcome in zip(asked, seen, strict=True)
        if outcome.in_short != case.printed[name]
    ] == []


@pytest.mark.slow
@pytest.mark.skipif("dash" not in SHELLS or "bash" not in SHELLS, reason="dash and bash are needed")
def test_a_line_and_a_file_are_compared_and_the_rule_is_quoted(compare, tmp_path):
    both = ("--only", "simpsh,dash,bash")
    answer = compare(*both, 'echo "a\\tb"; echo x >f')
    assert answer.stdout.splitlines()[:6] == [
        "simpsh, dash:",
        "    a\tb",
        "    [file f, 2 bytes, mode 644]",
        "bash:",
        "    a\\tb",
        "    [file f, 2 bytes, mode 644]",
    ]
    assert "They differ in standard output.\necho-and-backslashes: `echo` with" in answer.stdout
    assert (answer.returncode, answer.stderr) == (1, "")
    (tmp_path / "data").write_text("here\n")
    (tmp_path / "script").write_text('cat data; echo "$1"\n')
    answer = compare(*both, "--dir", tmp_path, tmp_path / "script", "a b")
    assert answer.stdout.startswith("simpsh, dash, bash:\n    here\n    a b\n    [file data")
    assert answer.stdout.endswith("All agree: 3 shells.\n")
    assert answer.returncode == 0
    assert "changes from run to run in bash: no rule" in compare(*both, "echo $RANDOM").stdout
    for words, why in (
        ((), "the line is missing"),
        (("--only", "csh", "x"), "csh: it is not installed"),
    ):
        answer = compare(*words)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert why in answer.stderr


@pytest.mark.slow
def test_what_is_compared_is_kept_inside(compare, tmp_path):
    home = os.path.expanduser("~")
    line = f"echo x >{tmp_path}/f; echo x >{home}/f; echo x >/etc/f; ls -A {home}; sleep 100 & pwd"
    answer = compare("--only", "simpsh", "--seconds", "2", line, env=os.environ | {"HOME": home})
    assert "/tmp/submission/work\n" in answer.stdout
    assert not os.path.lexists(f"{home}/f")
    assert not os.path.lexists(f"{tmp_path}/f")
    assert not os.path.lexists("/etc/f")
    bomb = compare("--only", "simpsh", "--seconds", "2", "f() { f | f & }; f; sleep 50")
    assert "[ended: it took too long]" in bomb.stdout or "exit status" in bomb.stdout


def test_a_signal_ends_it_with_all_it_has_started():
    argv = [*simpsh_command(), "compare", "sleep 60"]
    comparing = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: "sleep" in map(name_of, descendants_of(comparing.pid)), "it runs")
    comparing.send_signal(signal.SIGINT)
    assert comparing.communicate(timeout=60) == (b"", b"")
    assert comparing.returncode == -signal.SIGINT
