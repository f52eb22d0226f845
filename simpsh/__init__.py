"""An educational mini-shell, and the small process library it is made of.

Packages, highest first; each imports only packages below it:

__main__ – `simpsh` as a command, and `python -m simpsh`
cli/ – parses the command line and runs the shell or a subcommand
notebook/ – a kernel for Jupyter
repl/ – the interactive prompt: keyboard and screen
grade/ – judges submissions by their behaviour
course/ – the lesson engine
explore/ – every order that processes can take
shell/ – a line of text becomes processes and a wait status
diagnosis/ – what a process waits for, in sentences
view/ – events and runs, turned into sentences, timelines, pictures and pages
trace/ – recordings of what happened
chronicle/ – the model of a run
process/ – tools for working with processes
console – messages to the user
kernel/ – one function for each system call
base/ – values and helpers that all other packages share

The names below are loaded when they are first used: `import simpsh` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.errors import NotSupported as NotSupported, SimpshError as SimpshError
    from simpsh.base.signal_names import Signal as Signal
    from simpsh.base.version import __version__ as __version__
    from simpsh.base.wait_status import (
        Continued as Continued,
        Exited as Exited,
        Killed as Killed,
        Stopped as Stopped,
        WaitStatus as WaitStatus,
        decode as decode,
    )
    from simpsh.diagnosis.answer import Diagnosis as Diagnosis, diagnose as diagnose
    from simpsh.explore.search.exploration import (
        Exploration as Exploration,
        Outcome as Outcome,
        all_outcomes as all_outcomes,
    )
    from simpsh.kernel.wait_calls import ExitInfo as ExitInfo
    from simpsh.process.async_pidfd import AsyncPidFd as AsyncPidFd
    from simpsh.process.daemon import Daemon as Daemon, daemonize as daemonize
    from simpsh.process.double_fork import double_fork as double_fork
    from simpsh.process.file_holders import (
        Holder as Holder,
        PipeHolders as PipeHolders,
        pipe_holders as pipe_holders,
    )
    from simpsh.process.open_files import Descriptor as Descriptor, descriptors as descriptors
    from simpsh.process.pid_file import (
        AlreadyRunning as AlreadyRunning,
        BadPidFile as BadPidFile,
        PidFile as PidFile,
    )
    from simpsh.process.pidfd import PidFd as PidFd
    from simpsh.process.proc import ProcessStat as ProcessStat, SystemCall as SystemCall
    from simpsh.process.process_snapshot import (
        ProcessSnapshot as ProcessSnapshot,
        snapshot as snapshot,
        until_state as until_state,
    )
    from simpsh.process.process_tree import Relative as Relative, family as family
    from simpsh.process.subreaper import Subreaper as Subreaper, reap_all as reap_all

# Maps each module to its public names for the lazy import; must match the TYPE_CHECKING imports
# above.
_HOMES = {
    "simpsh.base.version": "__version__",
    "simpsh.base.errors": "NotSupported SimpshError",
    "simpsh.base.signal_names": "Signal",
    "simpsh.base.wait_status": "Continued Exited Killed Stopped WaitStatus decode",
    "simpsh.explore.search.exploration": "Exploration Outcome all_outcomes",
    "simpsh.kernel.wait_calls": "ExitInfo",
    "simpsh.process.async_pidfd": "AsyncPidFd",
    "simpsh.process.daemon": "Daemon daemonize",
    "simpsh.diagnosis.answer": "Diagnosis diagnose",
    "simpsh.process.double_fork": "double_fork",
    "simpsh.process.file_holders": "Holder PipeHolders pipe_holders",
    "simpsh.process.open_files": "Descriptor descriptors",
    "simpsh.process.pid_file": "AlreadyRunning BadPidFile PidFile",
    "simpsh.process.pidfd": "PidFd",
    "simpsh.process.proc": "ProcessStat SystemCall",
    "simpsh.process.process_snapshot": "ProcessSnapshot snapshot until_state",
    "simpsh.process.process_tree": "Relative family",
    "simpsh.process.subreaper": "Subreaper reap_all",
}
__all__ = [name for names in _HOMES.values() for name in names.split() if name != "__version__"]


def _load(home: str, name: str) -> object:
    import importlib
    import sys

    value: object = getattr(importlib.import_module(home), name)
    # Set __module__ of all loaded public types: fields and results of `value` may have them.
    for other, public in _HOMES.items():
        types = (getattr(sys.modules.get(other), name, None) for name in public.split())
        for kind in types:
            if isinstance(kind, type):
                kind.__module__ = __name__
    return value


def names_of(home: str) -> object:
    """Return the `__getattr__` of a package whose names another module has (PEP 562)."""

    def name_there(name: str) -> object:
        import importlib

        module = importlib.import_module(home)
        # `from PACKAGE import *` reads `__all__`.
        public = [known for known in vars(module) if not known.startswith("_")]
        return public if name == "__all__" else getattr(module, name)

    return name_there


# Hidden from type checkers, which would accept every name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used (PEP 562)."""
        for home, names in _HOMES.items():
            if name in names.split():
                value = globals()[name] = _load(home, name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted([*__all__, "__version__"])
