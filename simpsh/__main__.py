"""`simpsh` and `python -m simpsh`: run the command line; an early ^C prints no traceback."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from typing import NoReturn
else:
    import _signal

# Until the shell installs its own handler, SIGINT ends the process without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    import gc
    import resource
    import sys

    # Few objects become unreachable during the start, or while a long script is read: frequent
    # garbage collection is useless.
    gc.set_threshold(10_000, 50)
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        # Python keeps a compiled module of which only the beginning could be written, and every
        # later start would fail.
        sys.dont_write_bytecode = True
    from simpsh.cli.command_line import run
    from simpsh.kernel.processes import exit_now

    # Skip the interpreter's own exit, which could print errors about closed standard streams.
    exit_now(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
