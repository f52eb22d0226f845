"""A forked child must never come back into the code that forked it.

Were it to return, two processes would run the rest of the program: files written twice,
temporary directories deleted under the parent, the test runner's report printed by both.
"""

from __future__ import annotations

import sys

from simpsh.kernel.processes import exit_now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

FAILED = 1
"""The exit code of a child whose code raised an exception, as Python's own."""


def flush_standard_streams() -> None:
    """Write out what is buffered, so that a fork does not leave it twice; see fork(2)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue  # closed, or nobody reads it: the owner meets that error at its next print


def run_and_exit(target: Callable[[], object]) -> NoReturn:
    """Run `target` as all that is left of this process, then end it with _exit(2).

    Its integer result is the exit code, as is that of sys.exit; after an exception the traceback
    goes to standard error and the code is 1. Handlers of the parent's (atexit, `finally`) do not
    run; standard output and error are flushed.
    """
    code = FAILED
    try:
        result = target()
        code = result & 0xFF if isinstance(result, int) else 0
    except SystemExit as leaving:
        code = _code_of(leaving)
    except BaseException:  # noqa: BLE001 - whatever it is, it must not climb into the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            flush_standard_streams()
        finally:
            exit_now(code)


def _code_of(leaving: SystemExit) -> int:
    match leaving.code:
        case None:
            return 0
        case int(number):
            return number & 0xFF
        case text:
            sys.stderr.write(f"{text}\n")
            return FAILED
