"""Any bytes as -c, file or standard input: no traceback, no hang, a status from 0 to 255.

SIMPSH_EXAMPLES is the number of generated inputs (150 by default), besides the special ones.
"""

import os
import re
import signal

import pytest

from tests.harness.sh import FORK, FORMS, SIMPSH, SPAWN, run
from tests.shell.any_bytes import SPECIAL, case

COUNT = len(SPECIAL) + int(os.environ.get("SIMPSH_EXAMPLES", "150"))

SHELLS = (FORK, SPAWN)
NO_PROGRAMS = {"PATH": "/proc/absent"}
"""Nothing happens outside the directory of a test, whatever the bytes mean."""


@pytest.mark.usual("spawn-file")
@pytest.mark.long("each form of input in both engines")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("engine", [0, 1], ids=["fork", "spawn"])
def test_no_input_brings_the_shell_down(form, engine):
    # A third of the special inputs, a sixth of the others: each special one is tried with each
    # engine. An operand can contain no NUL, and at most 128 KiB.
    combination = 2 * FORMS.index(form) + engine
    numbers = [
        *range(combination % 3, len(SPECIAL), 3),
        *range(len(SPECIAL) + combination, COUNT, 6),
    ]
    for text in map(case, numbers):
        if form == "-c" and (b"\0" in text or len(text) >= 131_000):
            continue
        outcome = run(SHELLS[engine], text, form=form, extra=NO_PROGRAMS)
        # The words may contain a trap '' or a limit; neither causes a crash.
        assert -outcome.status not in CRASHES, text[:200]
        assert not re.search("Traceback|internal error|RecursionError", outcome.error), text[:200]


CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)


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
