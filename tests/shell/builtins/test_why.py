"""`why` names the failed call with its errno, or the wait status, and suggests what to try."""

from __future__ import annotations

import re
import sys

import pytest

from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT
from tests.harness.sh import (
    FORK,
    PROJECT,
    Shell,
    both_engines,
    run_cases,
    run_command,
    simpsh_command,
)
from tests.shell import other_user

LONG = "x" * 300

SETUP = r"""
mkdir dir; : >empty; printf '\177ELF\0rubbish' >binary; printf 'echo never\n' >plain
printf '#!/proc/absent/interpreter -x\n' >orphan; printf '#!/bin/sh\r\n' >windows
printf '#!%s/dir\n' "$PWD" >odd; printf 'exit 0\n' >here; ln -s loop loop; ln -s nowhere dangling
echo "#!/bin/sh" >chain0
for n in 1 2 3 4 5 6 7 8 9; do echo "#!$PWD/chain$((n - 1))" >chain$n; done
printf '#!%s/orphan\n' "$PWD" >unloaded; chmod 755 chain? unloaded
cp /bin/sleep busy; chmod 755 binary orphan windows odd empty; : >there
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
"""

EXECVE = {
    "nosuch": (127, 'execve("nosuch") = -1 ENOENT', "directories in PATH has a program nosuch"),
    "here": (127, 'execve("here") = -1 ENOENT', "This directory has a file here", "chmod +x here,"),
    "''": (127, 'execve("") = -1 ENOENT', "the empty string"),
    "./nosuch": (127, 'execve("./nosuch") = -1 ENOENT', "There is no file of this name", "ls ."),
    "./dangling": (127, "ENOENT", "a symbolic link to nowhere", "ls -l ./dangling"),
    "nodir/x": (127, "ENOENT", "There is no directory nodir"),
    "./orphan": (127, "ENOENT", "but not /proc/absent/interpreter"),
    "./windows": (127, "ENOENT", r"called '/bin/sh\\r'", r"sed -i 's/\\r$//' ./windows"),
    "./empty/x": (127, "ENOTDIR", "./empty is a file", "ls -ld ./empty"),
    "./loop": (127, "ELOOP", "more than 40 symbolic links", "namei ./loop"),
    "./chain9": (127, "ELOOP", "Its interpreter is a script"),
    "./unloaded": (127, "ENOENT", "so does", "a file that this one needs does not"),
    f"./{LONG}": (127, "ENAMETOOLONG", "255 bytes"),
    "./plain": (126, 'execve("./plain") = -1 EACCES', "no x for you", "chmod +x ./plain"),
    "./dir": (126, "EACCES", "It is a directory", "cd ./dir"),
    "./sock": (126, "EACCES", "a socket"),
    "./odd": (126, "EACCES", "which its first line names, may not"),
    "./binary": (126, "ENOEXEC", "not a format that this kernel executes", "file ./binary"),
    "./busy 3<>busy": (126, "ETXTBSY", "open for writing", "fuser -v ./busy"),
    f"/bin/true $(head -c {ONE_ARGUMENT_LIMIT} /dev/zero | tr '\\0' x)": (
        126,
        "E2BIG",
        "KiB or more",
    ),
    "(cd dir; nosuch)": (127, 'execve("nosuch") = -1 ENOENT'),
    "command nosuch": (127, 'execve("nosuch") = -1 ENOENT'),
    "true | nosuch": (127, 'execve("nosuch") = -1 ENOENT'),
}

OPEN = {
    "cat <absent": (1, 'openat("absent", O_RDONLY) = -1 ENOENT', "no file of this name"),
    ": <absent": (1, 'openat("absent", O_RDONLY) = -1 ENOENT', "the command was not run: $? is 1"),
    "cat <dangling": (1, "ENOENT", "a symbolic link to nowhere"),
    "echo >nodir/x": (
        1,
        'openat("nodir/x", O_WRONLY|O_CREAT|O_TRUNC) = -1 ENOENT',
        "There is no directory nodir: open creates a file, but never a directory",
        "mkdir -p nodir",
    ),
    "cat <''": (
        *(1, "ENOENT", "the empty string: the variable that it came from is empty."),
        "look at the variable in the redirection",
    ),
    "echo >dir": (1, "EISDIR", "It is a directory", "dir/NAME"),
    "echo >>empty/x": (1, "O_WRONLY|O_CREAT|O_APPEND) = -1 ENOTDIR", "empty is a file"),
    "cat <loop": (1, "ELOOP", "more than 40 symbolic links"),
    "cat </dev/tty": (1, "ENXIO", "no controlling terminal"),
    f"cat <{LONG}": (1, "ENAMETOOLONG", "255 bytes"),
    "cat <sock": (1, "ENXIO", "a socket"),
    "set -C; echo >there": (1, "O_CREAT|O_EXCL) = -1 EEXIST", "set -C is on", ">| there"),
    "echo <&7": (1, "dup2(7, 0) = -1 EBADF", "not open here", "exec N<FILE"),
    "(ulimit -S -n 64; echo 2000<&0)": (1, "must be below the limit of open files", "ulimit -n"),
    "(cat <absent)": (1, 'openat("absent"'),
    "nosuch & wait $!": (127, 'execve("nosuch") = -1 ENOENT'),
    "cat <absent & wait $!": (1, 'openat("absent"'),
    "cat <absent || cat <dangling": (1, 'openat("dangling"'),
}

OTHERS = {
    "true": (0, "$? is 0", "By convention, 0 means success", "nothing to explain"),
    "nosuch | true": (0, 'execve("nosuch") = -1 ENOENT', "yet $? is 0", "pipefail"),
    "if nosuch; then :; fi": (0, "yet $? is 0", "as with a condition", "in a pipeline, set -o"),
    ": $(nosuch)": (0, "yet $? is 0", "Its status is not $?, as with", "in $( ) or before a |"),
    "nosuch; true": (0, "$? is 0: the last command succeeded"),
    "nosuch; false": (1, "stored 0x0100: WEXITSTATUS is 1", "program defines"),
    "cat <absent; false": (1, "stored 0x0100: WEXITSTATUS is 1"),
    "sh -c 'exit 3'": (3, "stored 0x0300: WEXITSTATUS is 3"),
    "sh -c nosuch": (
        *(127, "stored 0x7f00: WEXITSTATUS is 127", "The program itself exited with 127"),
        "each program defines",
    ),
    "sh -c 'exit 126'": (126, "each program defines", "could not execute"),
    "sh -c 'exit 139'": (139, "WEXITSTATUS is 139", "each program defines", "SIGSEGV killed"),
    "sh -c 'exit 148'": (148, "each program defines what its numbers mean. try"),
    "sh -c 'exit 145'": (145, "each program defines what its numbers mean. try"),
    # The number is that of an earlier wait, and this command waited for nothing.
    "f() { return $1; }; sh -c 'exit 3'; f 3": (3, "3 comes from no wait of this command"),
    "sh -c 'kill -SEGV $$'; f 139": (139, "139 comes from no wait of this command"),
    "f 130": (130, "130 comes from no wait of this command", "A builtin"),
    "sh -c 'exit 4'; sh -c 'exit 4'": (4, "stored 0x0400"),
    "{ sh -c 'exit 4'; }": (4, "stored 0x0400"),
    "f() { sh -c 'exit 4'; }; f": (4, "stored 0x0400"),
    "sh -c 'kill -9 $$'": (137, "0x0009: WTERMSIG is 9 (SIGKILL); $? is 128 + 9 = 137", "OOM"),
    "sh -c 'kill -HUP $$'": (129, "WTERMSIG is 1 (SIGHUP)", "nohup"),
    "sh -c 'kill -USR1 $$'": (138, "WTERMSIG is 10 (SIGUSR1)", "among its causes"),
    "sh -c 'kill -INT $$'": (130, "WTERMSIG is 2 (SIGINT)", "^C", "a process that sent it"),
    "sh -c 'kill -SEGV $$'": (139, "(SIGSEGV)", "a process that sent it"),
    "sh -c 'kill -ABRT $$'": (134, "(SIGABRT)", "a process that sent it"),
    "sh -c 'kill -PROF $$'": (155, "WTERMSIG is 27 (SIGPROF)", "a timer of its CPU time"),
    "sh -c 'ulimit -f 0; echo x >big'": (153, "(SIGXFSZ)", "RLIMIT_FSIZE", "ulimit -f"),
    "sh -c 'kill -34 $$'": (162, "(SIGRTMIN)", "among its causes"),
    "cd /no/such": (1, "cd is a builtin, and the shell itself set $? to 1", "help cd"),
    "false; cd /no/such": (1, "cd is a builtin", "help cd"),
    "umask 999": (2, "umask is a builtin", "help umask"),
    "ls )": (2, "the shell could not parse the line", "')' without '('", "caret"),
    "(exit 3)": (3, "stored 0x0300", "A subshell ended with 3", "its last command, or of 'exit'"),
    "(grep -q x /dev/null)": (1, "stored 0x0100", "A subshell ended with 1"),
    "v=$(exit 3)": (3, "stored 0x0300", "A subshell ended with 3"),
    "g() { return $1; }; g 3 | g 4": (4, "stored 0x0400", "A subshell ended with 4"),
    "(exit 3) & wait $!": (3, "stored 0x0300", "A subshell ended with 3"),
    "(exit 127)": (127, "A subshell ended with 127", "did not find a command"),
    "grep -q x /dev/null": (1, "stored 0x0100", "grep exits with 1 if no line matched"),
    "grep -Q x": (2, "grep exits with 2 if it could not read a file, or a pattern or an option is"),
    "ls --nosuch": (2, "ls exits with 2 if an operand was not found, or an option is wrong"),
    # The number may be that of the command, which these run.
    "env sh -c 'exit 127'": (127, "env exits with 127 if it did not", "passes on the status of"),
    "timeout 9 sh -c 'exit 124'": (124, "if the time was over", "Else it passes on the status"),
    # The status of a loop is that of its body, not of its condition.
    "while read l; do false; done </etc/group": (1, "stored 0x0100: WEXITSTATUS is 1"),
    "while read l; do nosuch; done </etc/group": (127, 'execve("nosuch") = -1 ENOENT'),
    "until [ $n ]; do n=1; sh -c 'exit 5'; done; unset n": (0, "the last command succeeded"),
    "n=; until [ $n ]; do n=1; sh -c 'exit 5'; done": (
        *(5, "5 does not come from the last wait of this command"),
        "A builtin",
    ),
    "! true": (1, "1 comes from no wait of this command", "'!'"),
}


@both_engines
def test_a_failure_is_explained_by_its_call_and_errno(shell):
    cases = EXECVE | OPEN | OTHERS
    if shell is FORK:
        # The status is that of the last process, even if an earlier process failed.
        cases["cat <absent | grep -q x"] = (1, "stored 0x0100: WEXITSTATUS is 1", "no line matched")
    scripts = {"setup": SETUP, **{case: f"set +C\n{case}\nwhy\nwhy" for case in cases}}
    interactive = Shell(shell.name, (*shell.argv, "-i", "--no-rc"))
    answers = run_cases(interactive, scripts, form="stdin")
    for case, expected in cases.items():
        assert "Traceback" not in answers[case].error
        check(case, answers[case], *expected)


def test_in_a_script_a_missing_command_is_among_the_possible_causes():
    done = run_command([*simpsh_command(), "-c", "nosuch; why"])
    assert "a command that could not be started" in " ".join(done.stdout.split())


def test_the_action_of_a_trap_changes_no_explanation():
    line = 'sh -c "kill -USR1 $$; exit 6"'
    script = f"trap 'cd /nosuch' USR1\n{line}\nwhy\n"
    done = run_command([*simpsh_command(), "-i", "--no-rc"], input=script)
    assert "the wait stored 0x0600: WEXITSTATUS is 6" in done.stdout


def test_a_script_claims_no_wait_that_it_did_not_make():
    script = (
        "f() { return $1; }; sh -c 'exit 3'; f 3; why; sh -c 'exit 3'; why; (exit 3); why; status"
    )
    done = run_command([*simpsh_command(), "--engine", "spawn", "-c", script])
    assert re.findall(r"^(?:kernel|means|The) .*", done.stdout, flags=re.MULTILINE) == [
        "kernel  3 comes from no wait of this command: the shell itself set it",
        "means   A builtin, '!', an expansion, or a command that could not be started may",
        "kernel  the wait stored 0x0300: WEXITSTATUS is 3",
        "means   The program itself exited with 3; each program defines what its numbers",
        "kernel  no wait gave this status: the subshell ran without a process of its own",
        "means   A subshell ended with 3: the status of its last command, or of 'exit'.",
        "The last subshell ran without a process. A wait for one would have stored the status "
        "word 0x0300:",
    ]


def check(case, answer, status, *expected):
    explanation, again = (
        " ".join(part.split()) for part in re.split(r"^kernel +", answer.text, flags=re.M)[1:]
    )
    # The question changes nothing: a second why gives the same answer.
    assert again == explanation, case
    assert [part for part in expected if part.replace(r"\\", "\\") not in explanation] == [], (
        case,
        explanation,
    )
    assert re.fullmatch(r".+ means .+ try .+", explanation), case
    assert answer.status == status, case


FORBIDDEN = {
    "cat <secret": (
        'openat("secret", O_RDONLY) = -1 EACCES',
        "you may not read it",
        "ls -l secret",
    ),
    "echo >public": ("EACCES", "you may not write it. The shell opens it", "sudo tee public"),
    "echo >new": ("EACCES", "A new file is written into its directory", "ls -ld ."),
    "cat <closed/file": ("EACCES", "You may not search closed: each directory in a path"),
    "closed/program": ('execve("closed/program") = -1 EACCES', "You may not search closed"),
    "./public": ('execve("./public") = -1 EACCES', "Its mode is -rw-r--r--: it has no x for you"),
    "ulimit -u 1; /bin/true": (
        "fork() = -1 EAGAIN",
        "A limit of processes is reached",
        "ulimit -u",
    ),
}


@pytest.mark.needs("root")
def test_a_denied_action_of_another_user_is_explained(tmp_path):
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "public").touch(0o644)
    (tmp_path / "closed").mkdir(0o700)
    tmp_path.chmod(0o755)
    script = "".join(f"{line}\nwhy\npwd\n" for line in FORBIDDEN)
    # Another user may lack access to the parent directories; so enter the directory first.
    argv = [sys.executable, "-P", other_user.__file__, "61077", "100", "-i", "--no-rc"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": PROJECT, "COLUMNS": "200"}
    done = run_command(argv, input=script, cwd=tmp_path, env=environment)
    assert "Traceback" not in done.stderr, done.stderr
    answers = done.stdout.split(f"{tmp_path}\n")
    assert len(answers) == len(FORBIDDEN) + 1, (done.stdout, done.stderr)
    for (line, parts), answer in zip(FORBIDDEN.items(), answers[:-1], strict=True):
        explanation = " ".join(answer.split())
        assert [part for part in parts if part not in explanation] == [], (
            line,
            explanation,
            done.stderr,
        )


def test_at_the_prompt_an_answer_leads_to_a_lesson(start_shell):
    terminal = start_shell("--no-rc", rows=60, columns=100)
    terminal.wait_prompt()
    terminal.send("sh -c 'exit 5'\rwhy\r")
    terminal.wait(r"^lesson  F1 opens it: lesson run status-word$")
    terminal.wait(r"^status 5\b[^\n]*\Z")
    terminal.run("clear")
    terminal.send("cd /no/such; why\r")
    terminal.wait("F1 opens it: lesson run why-cd-is-built-in")
    terminal.wait(r"^status 1\b[^\n]*\Z")
    terminal.key("f1")
    terminal.wait("Why is cd built in")
    terminal.send("\x03")
    terminal.wait(r"^status \d+\b[^\n]*\Z")
