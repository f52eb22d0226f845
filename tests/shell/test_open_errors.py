"""A failed redirection prints one line and gives status 1; only its own command is skipped."""

from __future__ import annotations

import re

from simpsh.kernel.descriptors import OWN_LOWEST
from tests.shell.program_cases import both_engines, run_cases, through_sh
from tests.support.shells import needs_a_full_device, run

RAN = "/usr/bin/touch ran"
LONG = "x" * 300

SETUP = """
mkdir dir; printf 'x\\n' >file; ln -s loop loop; ln -s nowhere/at/all dangling; set -C
"""
SOCKET = "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")' || exit 99"

TOO_HIGH = "Bad file descriptor; the number must be below ulimit -n"
EXISTS = "cannot overwrite existing file (set -C is on; >| does)"

FAILING = {
    "ENOENT": (f"{RAN} <absent", "absent: No such file or directory"),
    "ENOENT of a folder": (f"{RAN} >no/file", "no/file: No such file or directory"),
    "ENOENT behind a link": (f"{RAN} >|dangling", "dangling: No such file or directory"),
    "EISDIR": (f"{RAN} >|dir", "dir: Is a directory"),
    "EISDIR to append": (f"{RAN} >>dir", "dir: Is a directory"),
    "ENOTDIR": (f"{RAN} <file/x", "file/x: Not a directory"),
    "ELOOP": (f"{RAN} <loop", "loop: Too many levels of symbolic links"),
    "ENAMETOOLONG": (f"{RAN} <{LONG}", f"{LONG[:199]}…: File name too long"),
    "an empty name": (f"{RAN} <''", "'': No such file or directory"),
    "EEXIST": (f"{RAN} >file", f"file: {EXISTS}"),
    "ENXIO": (f"{RAN} >|sock", "sock: No such device or address"),
    "EBADF": (f"{RAN} >&7", "7: Bad file descriptor"),
    "EBADF after closing": (f"{RAN} 3>&- 2>&3", "3: Bad file descriptor"),
    "EBADF above the limit": (f"{RAN} 99999999>above", f"99999999: {TOO_HIGH}"),
    "of a group": (f"{{ {RAN}; }} <absent", "absent: No such file or directory"),
    "of a subshell": (f"({RAN}) <absent", "absent: No such file or directory"),
    "in a substitution": (f"x=$({RAN} <absent)", "absent: No such file or directory"),
    "in a pipeline": (f"true | {RAN} <absent", "absent: No such file or directory"),
    "of a builtin": ("pwd <absent", "absent: No such file or directory"),
    "after command": ("command : <absent", "absent: No such file or directory"),
    "in the background": (f"{RAN} <absent & wait $!", "absent: No such file or directory"),
}


@both_engines
def test_a_failed_redirection_gives_one_line_and_status_1_and_nothing_is_run(shell):
    scripts = {name: case[0] for name, case in FAILING.items()}
    answers = run_cases(shell, {"setup": f"{SETUP}{SOCKET}", **scripts, "look": "ls"})
    for name, (_, reason) in FAILING.items():
        answer = answers[name]
        assert (name, answer.status, answer.text) == (name, 1, "")
        assert (name, answer.reason) == (name, reason)
    names = answers["look"].text.split()
    assert "ran" not in names
    assert "sock" in names
    # The shell has the script at `own`, and saved descriptors above; all other numbers are the
    # script's.
    own, high = OWN_LOWEST, OWN_LOWEST + 2
    script = f"{RAN} >&{own}; echo $?; exec 200>f; flock -n 200; echo $?"
    script += f"\n{{ echo a >&{high}; /bin/echo b; }} >>g {high}>>g; cat g"
    script += f"\nexec {high}>h 3>&1; (/bin/echo c >&{high}) >&3; cat h\n: {own}>f"
    outcome = run(shell, script, form="file")
    assert outcome.text == "1\n0\na\nb\nc\n"
    refusals = rf"{own}: Bad file descriptor\n.*{own}: simpsh itself uses this descriptor; .*\n"
    assert re.search(refusals, outcome.error)


@both_engines
def test_a_program_that_is_running_cannot_be_written_to(shell):
    script = """
    cp /bin/cat cat; mkfifo fifo
    ./cat <fifo & exec 3>fifo
    sh -c 'until [ "$(readlink /proc/$1/exe)" = "$PWD/cat" ]; do :; done' sh $!
    echo x >|./cat; echo $?
    exec 3>&-; wait
    """
    outcome = run(shell, script)
    assert outcome.text == "1\n"
    assert outcome.error == "simpsh: line 5: ./cat: Text file busy\n"


@needs_a_full_device
@both_engines
def test_a_full_device_is_reported_by_the_program_or_the_builtin(shell):
    answers = run_cases(
        shell,
        {
            "program": "printf x >/dev/full",
            "builtin": "pwd >/dev/full",
            "help": "help >/dev/full",
            "trap": "trap 'x' INT; command trap >/dev/full; trap - INT",
        },
    )
    assert answers["program"].status == 1
    assert "No space left on device" in answers["program"].error
    assert answers["builtin"].status == 1
    assert answers["builtin"].reason == "pwd: write error: No space left on device"
    assert answers["help"].reason == "help: write error: No space left on device"
    assert answers["trap"].reason == "trap: write error: No space left on device"


@both_engines
def test_a_builtin_reports_its_own_error_and_not_a_write_error(shell):
    outcome = run(shell, "help cd >/dev/null; ulimit -n 3\nhelp umask\n")
    limit = "no descriptor is left: this process may have 3 open"
    assert outcome.status == 1
    assert f"help: {limit}" in outcome.error
    assert "write error" not in outcome.error


@both_engines
def test_a_lack_of_descriptors_is_reported_in_one_line(shell):
    # 3 to 9 are in use and one is free: enough to load a program, too few for a pipe.
    taken = " ".join(f"{number}</dev/null" for number in range(3, 10))
    cases = ["/bin/true 10>&1 </dev/null", "/bin/true | /bin/true", "pwd 10>&1 </dev/null"]
    cases += ["/bin/true 10>&1 <<E\ntext\nE"]
    script = f"exec {taken}\npwd >/dev/null\nulimit -n 11\n" + "".join(
        f"{one}\necho $?\n" for one in cases
    )
    outcome = run(shell, f"{script}x=$(/bin/true)\nexit $?")
    assert [line.split(": ", 2)[2] for line in outcome.error.splitlines()] == [
        "/dev/null: Too many open files",
        "pipe: Too many open files",
        "/dev/null: Too many open files",
        "here-document: Too many open files",
        "pipe: Too many open files",
    ]
    assert (outcome.text.split(), outcome.status) == (["1", "126", "1", "1"], 126)


@both_engines
def test_a_failed_redirection_leaves_no_descriptor_open(shell):
    count = "set -- /proc/$$/fd/*; echo $#"
    # Descriptor 100 exceeds the limit: open succeeds, dup2 fails.
    failing = "{ :; } 100</dev/null\npwd 100</dev/null\n/bin/true 100</dev/null\npwd <f >no/f\n"
    outcome = run(shell, f"ulimit -n 100; : >f; {count}\n{failing * 3}{count}\n")
    before, after = outcome.text.split()
    assert before == after
    assert outcome.error.count("\n") == 12


@both_engines
def test_the_shell_works_with_a_low_limit_of_descriptors(shell):
    script = "{ pwd; } >f; x=$(pwd); (pwd) >|f; echo line | { read y; echo $y; }; exit 3"
    outcome = run(through_sh(shell, "ulimit -n 40"), script, form="file")
    assert (outcome.status, outcome.text, outcome.error) == (3, "line\n", "")


@both_engines
def test_a_limit_on_the_size_of_files_kills_the_program_and_not_the_shell(shell):
    outcome = run(through_sh(shell, "ulimit -f 8"), "head -c 100000 /dev/zero >f; echo $?")
    assert outcome.text == "153\n"
    assert outcome.files["f"].content == bytes(8 * 512)
    assert outcome.error.count("\n") == 1
    assert "SIGXFSZ" in outcome.error
