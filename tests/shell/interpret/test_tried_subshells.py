"""Subshells that are tried without a process; tests/dash compares generated ones with dash."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from shlex import quote

import pytest

from simpsh.base.record import suppress
from simpsh.kernel import processes
from simpsh.shell.builtins import shell_variables
from simpsh.shell.jobs.launcher import SPAWN
from simpsh.shell.language.words import line_reader
from simpsh.shell.shell import Shell as SimpshShell, make_shell
from simpsh.shell.state import ShellExit
from tests.harness.process import become_subreaper, fork_child, has_no_children, started
from tests.harness.sh import FORK as FORK_ENGINE, SIMPSH, SPAWN as SPAWN_ENGINE, run_cases

pytestmark = pytest.mark.long("70 shells start")

DEFINITIONS = """\
prints() { local A; echo "$1" $A; [ $# -gt 3 ] && return 1; prints "$@" x; }
runs() { prints a; cd /; }
A=a N=3 f=/dev/stdout op=-p t='-p /dev/stdout'
"""


@pytest.mark.usual
@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        # Without a process.
        ("x=$(echo a; [ $A = a ] && prints $A)", 0),
        ('x=$(echo "$(prints b)" || return 1; printf %d "$(echo $((N + 1)))")', 0),
        ("x=$(case $A in a) echo $A;; esac; for i in 1 2; do echo $i; done; exit 3)", 0),
        ('x=$(f() { echo a; }; f; readonly A; export -p; echo "$((N += 1))")', 0),
        # In one process.
        ("x=$(echo a >/dev/stdout)", 1),
        ("x=$(echo a >$f)", 1),
        ("x=$(echo a 2>/dev/null)", 1),
        ("(:)", 1),
        ("x=$([ -f /etc/passwd ])", 1),
        ("x=$(echo *)", 1),
        ("x=$(pwd)", 1),
        ('x=$([ "$op" $f ])', 1),
        ("x=$([ $t ])", 1),
        ("x=$(echo a >&2)", 1),
        ("x=$(runs)", 1),
        ("x=$(cd /)", 1),
        ("x=$(/bin/true)", 1),
        ("(/bin/true)", 1),
        ("(/bin/true >/dev/null)", 1),
        ("x=$(echo /dev/fd/*)", 1),
        ("x=$(test -t 1)", 1),
        ("x=$(set -o typed; [[ a = b ]])", 1),
        ("x=$(i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done)", 1),
        ("ulimit -St 1000000; x=$(echo a)", 1),
        ("set -m; x=$(echo a)", 1),
        # The subshell runs in a process, which starts another one.
        ("x=$(echo $(/bin/true))", 1),
    ],
)
def test_only_an_unnoticeable_subshell_has_no_process(text, jobs):
    assert jobs_of(f"{DEFINITIONS}{text}\n") == jobs


def jobs_of(script: str) -> int:
    """Return how many jobs a script starts; it runs in a copy of this process."""
    return fork_and_wait(lambda: shell_after(script).launcher.started)


def fork_and_wait(body: Callable[[], int | None]) -> int:
    """Run `body` in a child without outputs; return its result."""

    def quiet() -> int | None:
        for descriptor in (0, 1, 2):
            os.dup2(os.open("/dev/null", os.O_RDWR), descriptor)
        return body()

    return os.waitstatus_to_exitcode(os.waitpid(fork_child(quiet), 0)[1])


def shell_after(script: str) -> SimpshShell:
    """Run a script in this process; return the shell."""
    shell = make_shell(os.environ, engine=SPAWN)
    shell.state.options.visible = False
    with suppress(ShellExit):
        shell.run_lines(line_reader(script))
    return shell


CHANGES = (
    "ulimit -S -n 100", "umask 077", "cd /", "trap : USR1", "trap '' USR2", "exec 5>/dev/null",
    "exec </dev/null", "set -f", "set -- a", "set -o pipefail", "alias ll=ls", "hash ls", "shift",
    "getopts ab o -a", "OPTIND=2", "RANDOM=9", "echo $RANDOM", "{ /bin/true & }", "x=2",
    "echo ${y:=1}", "echo $((x = 3))", "readonly x", "export x=4", "unset -f own", "own() { :; }",
    "PATH=/nosuch", "exit 3", "command umask 077", "{ sleep 100 & kill $!; }",
)  # fmt: skip
"""Commands that change the shell in which they run."""
SHOWN = """\
shown() {
    umask; pwd; ulimit -S -n; trap; readlink /proc/$$/fd/0 /proc/$$/fd/5; set +o; echo "$*"; alias
    hash; echo "$OPTIND $x $y $! $RANDOM"; export -p; readonly; command -V own; jobs
    grep SigIgn /proc/$$/status
}
own() { echo own; }
x=1; set -- p q; /bin/true & wait; hash cat cmp grep readlink
"""


@pytest.mark.usual
@pytest.mark.parametrize("shell", [FORK_ENGINE, SPAWN_ENGINE], ids=["fork", "spawn"])
def test_a_subshell_leaves_the_shell_as_it_was(shell):
    """Neither a trial nor a copy changes the shell."""
    cases = {"definitions": SHOWN}
    for change in CHANGES:
        for line in (
            f"{change} | cat",
            f"({change})",
            f"z=$({change})",
            f"{{ :; {change}; }} | cat",
            f"eval {quote(change)} | cat",
            f"f() {{ {change}; }}; f | cat",
        ):
            cases[line] = (
                f"RANDOM=5; shown >before; RANDOM=5\n{line} >out\n"
                "shown >after; cmp before after && echo same"
            )
    answers = run_cases(shell, cases)
    changed = [line for line in answers if answers[line].text != "same\n"]
    assert changed == ["definitions"]


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("echo a | cat; printf '%s' b | tr a b | cat", "sss"),
        ("for i in 1 2; do echo $i; done | cat; prints a | cat", "ss"),
        ("x=$(echo a | tr a b)", "s"),
        ("/bin/true & /bin/true | cat & wait", "sss"),
        # The first command notices, or prints too much.
        ("echo a >/dev/stdout | cat", "fs"),
        ("[ -p /dev/stdout ] | cat", "fs"),
        ("printf '%05000d' 1 | cat", "fs"),
        ("set -o pipefail; echo a | cat", "fs"),
        ("runs | cat", "fs"),
        ("read x | cat", "fs"),
        ("(echo a) | cat", "fs"),
        # The second command needs a copy.
        ("echo a | read x", "f"),
        # The last program replaces the copy, unless that could be noticed.
        ("(cd /; /bin/true)", "f"),
        ("(cd /; trap : EXIT; /bin/true)", "fs"),
        ("(cd /; /bin/true & /bin/true)", "fss"),
        ("(cd /; ! /bin/true)", "fs"),
    ],
)
def test_a_copy_of_the_shell_is_made_only_where_one_is_needed(text, starts, tmp_path):
    assert starts_of(f"{DEFINITIONS}{text}\n", tmp_path / "starts") == starts


def starts_of(script: str, log: Path) -> str:
    """Return an f for each fork of a script's shell and its copies, an s for each posix_spawn."""

    def body() -> None:
        become_subreaper()
        with log.open("ab", buffering=0) as file:
            os.set_inheritable(file.fileno(), True)  # a copy of the shell closes the others

            def logged(letter: bytes, call: Callable[..., int]) -> Callable[..., int]:
                return lambda *values, **named: (file.write(letter), call(*values, **named))[1]

            processes.fork = logged(b"f", processes.fork)
            processes.posix_spawn = logged(b"s", processes.posix_spawn)
            shell_after(script)
        # A subshell that has ended leaves its jobs to this process.
        while not has_no_children():
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

    assert fork_and_wait(body) == 0
    return log.read_text()


@pytest.mark.usual
def test_an_exception_in_a_trial_is_left_to_the_process(monkeypatch):
    def fail(*_: object) -> int:
        raise MemoryError

    monkeypatch.setattr(shell_variables, "encoded", fail)
    assert jobs_of("x=$(export -p)\n") == 1


@pytest.mark.parametrize("subshell", ["({})", "x=$({})"])
@pytest.mark.parametrize(
    ("trap", "status", "output"),
    [
        ("", -signal.SIGINT, ""),
        ("trap 'echo trapped' INT; ", 0, "trapped\n130\n"),
        ("trap 'echo trapped' TERM; ", -signal.SIGINT, ""),
    ],
)
def test_sigint_ends_an_endless_subshell(subshell, trap, status, output):
    loop = subshell.format("i=0; while :; do i=$((i + 1)); [ $i = 3000 ] && echo begun >&2; done")
    argv = [*SIMPSH.argv, "-c", f"{trap}{loop}; echo $?"]
    with started(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shell:
        assert shell.stderr.readline() == "begun\n"
        os.killpg(shell.pid, signal.SIGINT)
        assert shell.communicate(timeout=60)[0] == output
        assert shell.returncode == status
