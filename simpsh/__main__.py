"""`simpsh` and `python -m simpsh`: hand the command line on, quietly even when ^C comes early."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import NoReturn
else:
    import _signal

# Until the shell has taken SIGINT over, it ends the process as any other: 130, no traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    import gc
    import sys

    # Nearly all objects of a start live to its end: looking for unreachable ones would be in vain.
    gc.set_threshold(10_000)
    from simpsh.cli.command_line import run
    from simpsh.kernel.processes import exit_now

    # At once: the interpreter's own exit could complain about closed standard streams.
    exit_now(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
