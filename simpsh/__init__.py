"""An educational mini-shell, and the small process library it is made of.

The names below are loaded when they are first used: `import simpsh` costs next to nothing.
"""

from __future__ import annotations

__version__ = "1.0.dev0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.errors import NotSupported, SimpshError
    from simpsh.explore.apart import all_outcomes
    from simpsh.explore.exploration import Exploration, Outcome
    from simpsh.process.async_pidfd import AsyncPidFd
    from simpsh.process.daemon import Daemon, daemonize
    from simpsh.process.diagnose import Diagnosis, diagnose
    from simpsh.process.double_fork import double_fork
    from simpsh.process.holders import Holder, PipeHolders, pipe_holders
    from simpsh.process.kinship import Relative, family
    from simpsh.process.looking import ProcessSnapshot, SystemCall, snapshot
    from simpsh.process.open_files import Descriptor, descriptors
    from simpsh.process.pid_file import AlreadyRunning, BadPidFile, PidFile
    from simpsh.process.pidfd import ExitInfo, PidFd
    from simpsh.process.process_stat import ProcessStat
    from simpsh.process.reaping import (
        ChildSignalSetting,
        ReapingHandler,
        ignore_children,
        no_stop_notices,
        no_zombies,
        reap_all,
    )
    from simpsh.process.subreaper import Subreaper
    from simpsh.process.until_state import until_state
    from simpsh.signals import Signal
    from simpsh.wait_status import Continued, Exited, Killed, Stopped, WaitStatus

# Which module has which name. The same as above, for the interpreter.
_HOMES = {
    "simpsh.errors": ("NotSupported", "SimpshError"),
    "simpsh.explore.apart": ("all_outcomes",),
    "simpsh.explore.exploration": ("Exploration", "Outcome"),
    "simpsh.process.async_pidfd": ("AsyncPidFd",),
    "simpsh.process.daemon": ("Daemon", "daemonize"),
    "simpsh.process.diagnose": ("Diagnosis", "diagnose"),
    "simpsh.process.double_fork": ("double_fork",),
    "simpsh.process.holders": ("Holder", "PipeHolders", "pipe_holders"),
    "simpsh.process.kinship": ("Relative", "family"),
    "simpsh.process.looking": ("ProcessSnapshot", "SystemCall", "snapshot"),
    "simpsh.process.open_files": ("Descriptor", "descriptors"),
    "simpsh.process.pid_file": ("AlreadyRunning", "BadPidFile", "PidFile"),
    "simpsh.process.pidfd": ("ExitInfo", "PidFd"),
    "simpsh.process.process_stat": ("ProcessStat",),
    "simpsh.process.reaping": (
        "ChildSignalSetting",
        "ReapingHandler",
        "ignore_children",
        "no_stop_notices",
        "no_zombies",
        "reap_all",
    ),
    "simpsh.process.subreaper": ("Subreaper",),
    "simpsh.process.until_state": ("until_state",),
    "simpsh.signals": ("Signal",),
    "simpsh.wait_status": ("Continued", "Exited", "Killed", "Stopped", "WaitStatus"),
}

__all__ = [
    "PidFd",
    "AsyncPidFd",
    "ExitInfo",
    "WaitStatus",
    "Exited",
    "Killed",
    "Stopped",
    "Continued",
    "Signal",
    "daemonize",
    "Daemon",
    "PidFile",
    "AlreadyRunning",
    "BadPidFile",
    "reap_all",
    "ReapingHandler",
    "ignore_children",
    "no_stop_notices",
    "no_zombies",
    "ChildSignalSetting",
    "double_fork",
    "Subreaper",
    "snapshot",
    "ProcessSnapshot",
    "ProcessStat",
    "SystemCall",
    "family",
    "Relative",
    "descriptors",
    "Descriptor",
    "pipe_holders",
    "PipeHolders",
    "Holder",
    "until_state",
    "diagnose",
    "Diagnosis",
    "all_outcomes",
    "Exploration",
    "Outcome",
    "SimpshError",
    "NotSupported",
]


def teach(path: str) -> int:
    """Teach the lesson of a file, and return the exit status: `python lessons/pipe_hang.py`.

    Args:
        path: the lesson's own file; `raise SystemExit(teach(__file__))` ends it.
    """
    import importlib

    # Everything below imports this file, so it names the rooms above only now.
    status: int = importlib.import_module("simpsh.cli").teach(path)
    return status


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names:
            import importlib

            found: object = getattr(importlib.import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
