"""The shell's own options on the command line: POSIX XCU sh."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.harness.sh import PROJECT, run_command, simpsh_command

GIVEN = {
    "-o errexit": "e",
    "-oerrexit": "e",
    "-eonounset": "eu",
    "-eo nounset": "eu",
    "-oe nounset": "eu",
    "-euopipefail": "eu",
    "-e -o noglob +oerrexit": "f",
    "-o errexit +o errexit": "",
}


@pytest.mark.parametrize("words", GIVEN)
def test_an_option_of_set_is_turned_on_by_its_name(words):
    answer = run_command([*simpsh_command(), *words.split(), "-c", "/bin/echo $-"])
    assert (answer.stdout, answer.returncode) == (f"{GIVEN[words]}\n", 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-o",), "-o needs the name of an option after it"),
        (("-o", "nosuch"), "-o nosuch: no such option; 'set -o' lists them"),
    ],
)
def test_a_missing_or_unknown_name_of_an_option_is_reported(words, why):
    answer = run_command([*simpsh_command(), *words])
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[0] == f"simpsh: {why}"


def test_a_minus_ends_the_options_but_after_two_it_is_an_operand():
    for words, operands in ((["-s", "-", "a"], "a"), (["-s", "--", "-", "a"], "- a")):
        answer = run_command([*simpsh_command(), *words], input='echo "$@"')
        assert answer.stdout == f"{operands}\n"


INTERACTIVE = (*simpsh_command(), "-i", "--no-rc")


@pytest.mark.parametrize("form", ["-c", "file"])
def test_i_runs_a_command_or_a_file_as_the_prompt_does_and_ends(form, tmp_path):
    script = "/bin/echo $0 $1; case $- in *i*) exit 7;; esac\n"
    file = tmp_path / "file"
    file.write_text(script)
    words = ("-c", script, "name") if form == "-c" else (file,)
    answer = run_command([*INTERACTIVE, *words, "one"], stdin=subprocess.DEVNULL)
    assert (answer.stdout, answer.stderr) == (f"{'name' if form == '-c' else file} one\n", "")
    assert answer.returncode == 7
    answer = run_command([*INTERACTIVE, "+i", *words, "one"], stdin=subprocess.DEVNULL)
    assert answer.returncode == 0


def test_an_error_that_ends_a_script_ends_them_too(tmp_path):
    answer = run_command(
        [*INTERACTIVE, "-c", ": ${x?gone}; /bin/echo no"], stdin=subprocess.DEVNULL
    )
    assert (answer.stdout, answer.stderr, answer.returncode) == ("", "simpsh: x: gone\n", 1)
    answer = run_command([*INTERACTIVE, tmp_path / "none"], stdin=subprocess.DEVNULL)
    assert answer.returncode == 127


def test_i_reads_the_settings_first_and_the_exit_trap_runs(tmp_path):
    (tmp_path / "env").write_text("x=5\n")
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "ENV": str(tmp_path / "env")}
    words = [*simpsh_command(), "-i", "-c", "trap '/bin/echo bye' EXIT; /bin/echo $x"]
    answer = run_command(words, stdin=subprocess.DEVNULL, env=variables)
    assert (answer.stdout, answer.returncode) == ("5\nbye\n", 0)


FORMER = (
    "there is one level; 'timeline --calls' prints the system calls of the last line, and "
    "'trace LINE' records those of its programs\n"
)


@pytest.mark.parametrize("words", ["-vv -c true", "-vvv", "-v -ev -c true", "-vxv file"])
def test_a_second_v_is_refused_in_one_line(words):
    done = run_command([*simpsh_command(), *words.split()], stdin=subprocess.DEVNULL)
    assert (done.stderr, done.returncode) == (f"simpsh: -vv: {FORMER}", 2)


def test_a_former_level_in_the_settings_is_one_line_and_the_rest_is_read(tmp_path):
    (tmp_path / ".config/simpsh").mkdir(parents=True)
    (tmp_path / ".config/simpsh/rc").write_text("verbose 2\nx=5\n")
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    words = [*simpsh_command(), "-i", "-c", "echo $x; verbose 3; echo $?; verbose"]
    done = run_command(words, stdin=subprocess.DEVNULL, env=variables)
    assert done.stdout.startswith("5\n2\n0: ")
    first, second = done.stderr.splitlines(keepends=True)
    assert first.endswith(f"verbose: 2: {FORMER}")
    assert second.endswith(f"verbose: 3: {FORMER}")


def test_a_login_shell_reads_the_profile_first(tmp_path):
    (tmp_path / ".profile").write_text("told=profile\n")
    program = "import sys; from simpsh.cli.command_line import run; run(sys.argv[1:])"
    for argv, expected in (
        ((*simpsh_command(), "-l"), "profile"),
        (("-simpsh", "-P", "-m", "simpsh"), "profile"),
        ((sys.executable, "-c", program), ""),
    ):
        environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": PROJECT}
        executable = sys.executable if argv[0] == "-simpsh" else None
        words = [*argv, "-c", "echo $told"]
        done = run_command(words, env=environment, executable=executable)
        assert done.stdout == f"{expected}\n", argv
