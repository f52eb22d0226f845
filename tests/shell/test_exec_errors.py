"""A program that cannot be executed: one line, 127 or 126, and the next command runs."""

from __future__ import annotations

from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT
from tests.shell.program_cases import both_engines, run_cases
from tests.support.shells import run

SETUP = r"""
mkdir dir empty_path; : >empty; printf 'echo "script $1"\n' >text; printf '\177ELF\0rubbish' >binary
printf '#!/proc/absent/interpreter -x\n' >orphan; printf '#!%s/dir\n' "$PWD" >odd
printf '#!/bin/sh\necho "script $1"\n' >inner; printf '#!%s/inner\n' "$PWD" >nested
printf 'echo never\n' >plain; printf '\177ELFrubbish' >damaged; printf 'x\001\n' >data
chmod 755 inner empty text binary damaged data orphan odd nested
ln -s loop loop; ln -s nowhere dangling
mkdir first second; printf 'x\n' >first/twice; printf '#!/bin/sh\necho second\n' >second/twice
chmod 755 second/twice; printf '#!/proc/absent/interpreter\n' >first/gone; chmod 755 first/gone
"""

LONG = "x" * 300
MISSING = "its interpreter /proc/absent/interpreter is missing: No such file or directory"

FAILING = {
    "ENOENT in PATH": ("nosuch arg", 127, "nosuch: command not found"),
    "ENOENT by path": ("./nosuch", 127, "./nosuch: No such file or directory"),
    "ENOENT behind a link": ("./dangling", 127, "./dangling: No such file or directory"),
    "ENOTDIR": ("./text/x", 127, "./text/x: Not a directory"),
    "ELOOP": ("./loop", 127, "./loop: Too many levels of symbolic links"),
    "ENAMETOOLONG": (f"./{LONG}", 127, f"./{LONG[:197]}…: File name too long"),
    "ENAMETOOLONG in PATH": (LONG, 127, f"{LONG[:199]}…: command not found"),
    "an empty name": ("''", 127, "'': command not found"),
    "an empty PATH": ("PATH=$PWD/empty_path ls", 127, "ls: command not found"),
    "a missing interpreter": ("./orphan", 127, f"./orphan: {MISSING}"),
    "a missing interpreter in PATH": ("PATH=$PWD/first gone", 127, f"gone: {MISSING}"),
    "EACCES": ("./plain", 126, "./plain: Permission denied"),
    "EACCES in PATH": ("PATH=$PWD/first twice", 126, "twice: Permission denied"),
    "a directory": ("./dir", 126, "./dir: Is a directory"),
    "a directory as interpreter": ("./odd", 126, "./odd: Permission denied"),
    "a directory in PATH": ("PATH=$PWD dir", 127, "dir: command not found"),
    "ENOEXEC": ("./binary", 126, "./binary: Exec format error"),
    "ENOEXEC without a NUL byte": ("./damaged", 126, "./damaged: Exec format error"),
    "ENOEXEC of other data": ("./data", 126, "./data: Exec format error"),
    "ENOENT through /proc": (
        "/proc/self/cwd/no",
        127,
        "/proc/self/cwd/no: No such file or directory",
    ),
    "EACCES of the process's own file": (
        "/proc/self/comm",
        126,
        "/proc/self/comm: Permission denied",
    ),
    "a file that only the process has": ("/dev/fd/9 9<dir", 126, "/dev/fd/9: Is a directory"),
    "in a pipeline": ("nosuch | ./dir", 126, None),
    "in the background": ("nosuch & wait $!", 127, "nosuch: command not found"),
    "in a subshell": ("(nosuch)", 127, "nosuch: command not found"),
    "last in a subshell": ("(:; nosuch)", 127, "nosuch: command not found"),
    "in a substitution": ("x=$(nosuch)", 127, "nosuch: command not found"),
    "after command": ("command nosuch", 127, "nosuch: command not found"),
    "exec in a subshell": ("(exec nosuch; echo never)", 127, "nosuch: command not found"),
    "exec of a directory": ("(exec ./dir; echo never)", 126, "./dir: Is a directory"),
}

RUNNING = {
    "a text file is run by sh": ("./text word", "script word\n"),
    "a text file found in PATH": ("PATH=$PWD:/usr/bin:/bin text word", "script word\n"),
    "a text file after exec": ("(exec ./text word)", "script word\n"),
    "a text file through /proc": ("/proc/self/cwd/text word", "script word\n"),
    "an empty file": ("./empty", ""),
    "an interpreter that is itself a script": ("./nested", "script ./nested\n"),
    "a later directory of PATH": ("PATH=$PWD/first:$PWD/second:/bin twice", "second\n"),
}


@both_engines
def test_an_unexecutable_file_gets_one_line_and_a_status_and_an_executable_one_runs(shell):
    scripts = {name: case[0] for name, case in (FAILING | RUNNING).items()}
    answers = run_cases(shell, {"setup": SETUP, **scripts})
    for name, (_, status, reason) in FAILING.items():
        answer = answers[name]
        assert (name, answer.status, answer.text) == (name, status, "")
        assert reason is None or answer.reason == reason, name
    for name, (_, output) in RUNNING.items():
        answer = answers[name]
        assert (name, answer.status, answer.text, answer.error) == (name, 0, output, "")
    # Each failing stage of a pipeline prints its own line.
    lines = sorted(answers["in a pipeline"].lines)
    assert [line.split(": ", 2)[2] for line in lines] == [
        "./dir: Is a directory",
        "nosuch: command not found",
    ]


@both_engines
def test_too_many_arguments_are_e2big_and_one_too_long_is_explained(shell):
    answers = run_cases(
        shell,
        {
            "all": "set -- $(yes $(printf %1000s x | tr ' ' x) | head -n 9000); /bin/true $* $*",
            "one": f"x=$(head -c {ONE_ARGUMENT_LIMIT} /dev/zero | tr '\\0' x); /bin/true $x",
            "just": f"/bin/true $(head -c {ONE_ARGUMENT_LIMIT - 1} /dev/zero | tr '\\0' x)",
        },
    )
    reason = "/bin/true: Argument list too long"
    assert (answers["all"].status, answers["all"].reason) == (126, reason)
    assert answers["one"].status == 126
    assert answers["one"].reason == (
        f"{reason}: one argument has {ONE_ARGUMENT_LIMIT} bytes, "
        f"at most {ONE_ARGUMENT_LIMIT - 1} are allowed"
    )
    assert (answers["just"].status, answers["just"].error) == (0, "")


@both_engines
def test_the_error_line_follows_the_commands_own_redirection(shell):
    outcome = run(shell, "nosuch 2>f; ./nosuch 2>>f; nosuch 2>&-; (nosuch) 2>>f; echo $?")
    assert (outcome.stdout, outcome.stderr) == (b"127\n", b"")
    assert outcome.files["f"].content == (
        b"simpsh: line 1: nosuch: command not found\n"
        b"simpsh: line 1: ./nosuch: No such file or directory\n"
        b"simpsh: line 1: nosuch: command not found\n"
    )
