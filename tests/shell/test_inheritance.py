"""The inheritance of programs from the shell: descriptors, dispositions, signal mask, environment.

Everything is as at the start of the shell: none of the shell's own descriptors, no handler or
ignored signal of the shell, no blocked signal.
"""

import re
import subprocess
import sys

import pytest

from simpsh.kernel.descriptors import OWN_LOWEST
from tests.harness.sh import FORK, SPAWN, both_engines, prefixed, run, run_cases, simpsh, through_sh

pytestmark = pytest.mark.long("each fact in each engine and form")

SHOW = "/bin/ls /proc/self/fd"
# ls itself has the directory open at the lowest free number.
STANDARD = "0\n1\n2\n3\n"

PLACES = {
    "a command": SHOW,
    "first in a pipeline": f"{SHOW} | cat",
    "last in a pipeline": f"/bin/true | {SHOW}",
    "a subshell": f"(:; {SHOW})",
    "a group": f"{{ :; {SHOW}; }}",
    "a group in a pipeline": f"{{ :; {SHOW}; }} | cat",
    "a substitution": f"printf '%s\\n' \"$({SHOW})\"",
    "a substitution's pipeline": f"printf '%s\\n' \"$(:; /bin/true | {SHOW} | cat)\"",
    "a here-document": f"{SHOW} <<E\ntext\nE",
    "a large here-document": f"{SHOW} <<E\n{'text ' * 20000}\nE",
    "the background": f"{SHOW} & wait",
    "a file that is read": f"printf '{SHOW}\\n' >f; . ./f",
    "a trap's action": f"trap '{SHOW}' USR1; kill -USR1 $$; trap - USR1",
    "after exec": f"(exec {SHOW})",
    "while a builtin's output is redirected": ". ./f >g; cat g",
}
OPTIONS = {
    "fork": (FORK, {}),
    "spawn": (SPAWN, {}),
    "-v": (simpsh("-v"), {}),
    "a file": (SPAWN, {"form": "file"}),
    "standard input": (SPAWN, {"form": "stdin"}),
    "job control": (simpsh("-m"), {}),
}


@pytest.mark.usual("fork", "spawn")
@pytest.mark.parametrize("option", OPTIONS)
def test_a_program_gets_none_of_the_shells_descriptors(option):
    shell, how = OPTIONS[option]
    answers = run_cases(shell, PLACES, **how)
    got = {name: answer.text for name, answer in answers.items()}
    assert got == dict.fromkeys(PLACES, STANDARD)


@both_engines
def test_a_script_may_use_all_descriptors_but_the_shells_own(shell):
    # The shell has the script at `own`, and saved descriptors above.
    own, high = OWN_LOWEST, OWN_LOWEST + 2
    script = f"/bin/true >&{own}; echo $?; exec 200>f; flock -n 200; echo $?"
    script += f"\n{{ echo a >&{high}; /bin/echo b; }} >>g {high}>>g; cat g"
    script += f"\nexec {high}>h 3>&1; (/bin/echo c >&{high}) >&3; cat h; command : {own}>f; echo $?"
    assert run(shell, script, form="file").text == "1\n0\na\nb\nc\n1\n"


@both_engines
def test_a_here_document_is_not_replaced_by_a_redirection_of_a_high_descriptor(shell):
    numbers = range(OWN_LOWEST, OWN_LOWEST + 8)
    cases = {f"{number} file": f"cat {number}>f <<E\ntext\nE" for number in numbers}
    cases |= {f"{number} text": f"cat {number}<<F <<E\nno\nF\ntext\nE" for number in numbers}
    answers = run_cases(shell, cases)
    # The shell itself uses some of them.
    found = {name: answer.text for name, answer in answers.items() if not answer.error}
    assert len(found) > len(numbers)
    assert set(found.values()) == {"text\n"}


@both_engines
def test_descriptors_that_the_user_opened_or_gave_are_passed_on(shell):
    script = (
        f"exec 5</dev/null 7>f; {SHOW}; ({SHOW}); x=$({SHOW}); printf '%s\\n' \"$x\"; exec 5<&-"
    )
    outcome = run(through_sh(shell, "exec 9>/dev/null"), f"{script}\n{SHOW}\n")
    all_of_them = "0\n1\n2\n3\n5\n7\n9\n"
    assert outcome.text == all_of_them * 3 + all_of_them.replace("5\n", "")
    given_250 = prefixed(shell, "bash", "-c", 'exec 250</dev/null; exec "$@"', "bash")
    assert run(given_250, f"{SHOW}; ({SHOW})").text == "0\n1\n2\n250\n3\n" * 2


# -- signals ---------------------------------------------------------------------------------

WORDS = "grep -E '^Sig(Ign|Blk)' /proc/self/status"
# posix_spawn(3) of glibc ignores its two internal signals, 32 and 33, in every child.
INTERNAL = 1 << 31 | 1 << 32
WHERE = {
    "a command": WORDS,
    "a pipeline": f"/bin/true | {WORDS} | cat",
    "a subshell": f"(:; {WORDS})",
    "a group in a pipeline": f"{{ :; {WORDS}; }} | cat",
    "a substitution": f"printf '%s\\n' \"$({WORDS})\"",
    "after exec": f"(exec {WORDS})",
}


def masks(text):
    """Return SigBlk and SigIgn in the output of `WORDS`, as numbers of signals."""
    words = dict(re.findall(r"(Sig\w+):\s*(\w+)", text))
    found = [int(words[name], 16) & ~INTERNAL for name in ("SigBlk", "SigIgn")]
    return tuple({number for number in range(1, 65) if word >> (number - 1) & 1} for word in found)


@both_engines
def test_a_program_has_the_dispositions_and_the_mask_that_the_shell_was_started_with(shell):
    for options, blocked, ignored in (
        ((), set(), set()),
        (
            ("env", "--ignore-signal=HUP,INT,TERM,USR1,TSTP,TTOU,RTMIN"),
            set(),
            {1, 2, 10, 15, 20, 22, 34},
        ),
        (("env", "--block-signal=HUP,USR2,TERM,WINCH"), {1, 12, 15, 28}, set()),
        # SIGPIPE and SIGXFSZ have the default action even if they were ignored at the start.
        (("env", "--ignore-signal=PIPE,XFSZ"), set(), set()),
    ):
        for name, answer in run_cases(prefixed(shell, *options), WHERE).items():
            assert (options, name, *masks(answer.text)) == (options, name, blocked, ignored)


@both_engines
def test_under_job_control_stop_signals_have_the_default_action(shell):
    ignoring = prefixed(shell, "env", "--ignore-signal=HUP,TSTP,TTIN,TTOU")
    outcome = run(ignoring, f"set -m; {WORDS}; {WORDS} | cat; {WORDS} & wait; (:; {WORDS}; :)")
    lines = outcome.text.splitlines()
    assert len(lines) == 8
    assert [masks("\n".join(lines[at : at + 2])) for at in range(0, 8, 2)] == [(set(), {1})] * 4


@pytest.mark.usual("at the start-spawn")
@both_engines
@pytest.mark.parametrize("ignoring", ["at the start", "by a trap"])
def test_a_shell_gets_the_statuses_of_its_children_even_if_sigchld_is_ignored(shell, ignoring):
    is_given = ignoring == "at the start"
    script = "" if is_given else "trap '' CHLD\n"
    script += "false; echo $?; (false; echo $?); { false; echo $?; } | cat; x=$(false); echo $?\n"
    script += "false & wait $!; echo $?\n"
    words = prefixed(shell, "env", "--ignore-signal=CHLD") if is_given else shell
    assert run(words, script).text == "1\n" * 5
    for name, line in WHERE.items():
        answer = run(words, ("" if is_given else "trap '' CHLD\n") + line)
        assert (name, *masks(answer.text)) == (name, set(), {17})


# POSIX XCU 2.11: this holds for the commands in the list, not only for the copy of the shell.
BACKGROUND = {
    "a subshell": f"(:; {WORDS})",
    "a nested subshell": f"( (:; {WORDS}); : )",
    "a group": f"{{ :; {WORDS}; }}",
    "a list": f": && {WORDS}",
    "a pipeline": f"{{ :; {WORDS}; }} | cat",
    "a substitution": f'printf "%s\n" "$(:; {WORDS})"',
}


@pytest.mark.usual("fork")
@both_engines
def test_a_background_list_ignores_int_and_quit_until_it_sets_them_otherwise(shell):
    for before in ("", "trap 'echo no' INT QUIT; "):
        cases = {name: f"{before}{script} & wait" for name, script in BACKGROUND.items()}
        for name, answer in run_cases(shell, cases).items():
            assert (name, *masks(answer.text)) == (name, set(), {2, 3})
    own = 'me=$(sh -c "echo \\$PPID")'
    script = f"""\
trap 'echo no' INT QUIT
{{ {own}; kill -INT $me; kill -QUIT $me; echo survived; }} & wait $!
(trap 'echo caught' INT; {own}; kill -INT $me; {WORDS}) & wait $!
(trap - INT; {WORDS}; {own}; kill -INT $me; echo no) & wait $!; echo $?
(trap) & wait $!
"""
    lines = run(shell, script).text.splitlines()
    assert lines[:2] == ["survived", "caught"]
    assert masks("\n".join(lines[2:4])) == (set(), {3})
    assert masks("\n".join(lines[4:6])) == (set(), {3})
    assert lines[6:] == ["130", "trap -- '' INT", "trap -- '' QUIT"]


@both_engines
def test_bytes_that_are_not_text_pass_through_unchanged(shell):
    script = (
        b"printf '%s|' \"$1\" '\xff\xfe' \"$V\" | od -An -tx1; printf x >'\xe9'; ls | od -An -tx1"
    )
    outcome = run(shell, script, arguments=[b"\x80a"], extra={"V": "\udcc3"})
    assert outcome.text.split() == ["80", "61", "7c", "ff", "fe", "7c", "c3", "7c", "e9", "0a"]


@pytest.mark.usual("spawn")
@both_engines
def test_the_environment_is_sorted_by_name(shell):
    inherited = ("Z=1", "A=2", "B.x=3", "M=4", "1x=5", "PATH=/usr/bin:/bin")
    script = """unset A; export N=1; A=7; export A
    f() { local M; unset M; }; f; g() { Z=2; }; Z=3 g
    L=1 M=9 env; env | tail -1"""
    answer = run(prefixed(shell, "env", "-i", *inherited), script)
    names = ["1x=5", "A=7", "B.x=3", "M=9", "N=1", "PATH=/usr/bin:/bin", "Z=1", "L=1", "Z=1"]
    assert [line for line in answer.text.split() if not line.startswith("PWD=")] == names


def test_an_entry_without_a_name_is_dropped_and_the_first_of_two_is_kept():
    words = [*FORK.argv, "-c", "env | sed /PWD/d"]
    code = """import ctypes, sys
    words = [word.encode() for word in sys.argv[1:]]
    entries = [b"=weird", b"A=1", b"noequals", b"PATH=/usr/bin:/bin", b"A=2", b"B=1"]
    array = lambda texts: (ctypes.c_char_p * (len(texts) + 1))(*texts, None)
    ctypes.CDLL(None).execve(words[0], array(words), array(entries))"""
    code = code.replace("\n    ", "\n")
    argv = (sys.executable, "-c", code, *words)
    output = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
    assert output.split() == [b"A=1", b"PATH=/usr/bin:/bin", b"B=1"]
