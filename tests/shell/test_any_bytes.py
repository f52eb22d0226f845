"""Any bytes as -c, file or standard input: no traceback, no hang, a status from 0 to 255.

SIMPSH_EXAMPLES is the number of generated inputs (150 by default), besides the special ones.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.harness.sh import FORMS, PROJECT, SIMPSH, run
from tests.shell.any_bytes import SPECIAL, case

COUNT = len(SPECIAL) + int(os.environ.get("SIMPSH_EXAMPLES", "150"))

ENGINES = ("fork", "spawn")


def cases(form, engine):
    """Return the inputs for a form and an engine: a third of the special ones, a sixth of the rest.

    So each special input is tried in two forms, one with each engine.
    """
    combination = 2 * FORMS.index(form) + ENGINES.index(engine)
    numbers = [
        *range(combination % 3, len(SPECIAL), 3),
        *range(len(SPECIAL) + combination, COUNT, 6),
    ]
    # An operand can contain no NUL, and at most 128 KiB.
    return [
        text
        for text in map(case, numbers)
        if form != "-c" or (b"\0" not in text and len(text) < 131_000)
    ]


@pytest.mark.usual("spawn-file")
@pytest.mark.long("each form of input in both engines")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_input_brings_the_shell_down(form, engine, tmp_path):
    given = cases(form, engine)
    done = subprocess.run(
        [sys.executable, "-m", "tests.shell.survivor", form, engine, f"{tmp_path}"],
        input="".join(f"{text.hex()}\n" for text in given),
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=290,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(given)
    wrong = [
        (text[:200], answer)
        for text, answer in zip(given, answers, strict=True)
        if not is_right(*answer)
    ]
    assert not wrong


def is_right(word, hangs, error):
    """Return whether a shell may end like this."""
    # The words may contain a trap '' or a limit; neither causes a crash.
    crashes = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
    return not (
        hangs
        or (os.WIFSIGNALED(word) and os.WTERMSIG(word) in crashes)
        or (os.WIFEXITED(word) and os.WEXITSTATUS(word) in (96, 97, 98))
        or "Traceback" in error
        or "internal error" in error
        or "RecursionError" in error
    )


@pytest.mark.timeout(120)
def test_explain_answers_any_bytes_without_a_traceback():
    numbers = [*range(0, len(SPECIAL), 3), *range(COUNT, COUNT + COUNT // 8)]
    texts = [case(number).replace(b"\0", b"")[:20_000] for number in numbers]
    script = 'for text in "$@"; do explain -- "$text" >/dev/null; done; pwd'
    outcome = run(SIMPSH, script, arguments=texts, seconds=100)
    assert (outcome.status, outcome.text) == (0, outcome.text.splitlines()[0] + "\n")
    assert b"Traceback" not in outcome.stderr
    assert b"internal error" not in outcome.stderr


def test_a_file_that_reads_itself_ends_in_a_clear_error():
    outcome = run(SIMPSH, ". ../script", form="file", seconds=60)
    # 1 if it runs out of descriptors first, 2 if it exceeds the depth first.
    assert outcome.status in (1, 2)
    assert outcome.error.count("\n") == 1
    assert b"Traceback" not in outcome.stderr


def test_a_trap_that_raises_its_own_signal_does_not_hang_or_crash():
    outcome = run(SIMPSH, "trap 'trap - USR1; echo once' USR1; kill -USR1 $$; echo on")
    assert (outcome.text, outcome.status) == ("once\non\n", 0)
