"""Why a process cannot go now: what it waits for, and who could bring that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import operation as ops
from simpsh.explore.caged import DEAD
from simpsh.explore.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.explore.cage import Cage
    from simpsh.explore.caged import Caged


def reason(cage: Cage, process: Caged, letters: Mapping[str, str]) -> str:
    """Say what a held process that cannot go waits for; empty if that is not known.

    Args:
        cage: the run.
        process: one of its processes, which is not ready.
        letters: the pipes' letters.
    """
    match process.operation:
        case ops.Wait(target, _):
            return _children(cage, process, target)
        case ops.Read(name, _) if ops.is_pipe(name):
            return _empty_pipe(cage, process, name, letters)
        case ops.Write(name, _) if ops.is_pipe(name):
            readers = _holders(cage, name, "r")
            return f"{ops.shown(name, letters)} is full until {listed(readers, 'or')} reads from it"
        case ops.VforkWait(child):
            return f"{child} runs in its memory until it has executed a program, or ended"
        case ops.Pause() | ops.Suspend():
            return "no signal has come"
        case ops.Flock(name, _, _):
            return f"somebody else has {ops.shown(name, letters)} locked"
        case ops.Unwatched():
            return "it cannot be held there"
        case _:
            return dict(cage.waiting()).get(process.name, "")


def _children(cage: Cage, process: Caged, target: str) -> str:
    if target == ops.ANY:
        alive = [name for name in process.children if cage.processes[name].state != DEAD]
        is_one = len(alive) == 1
        return f"its child{'' if is_one else 'ren'} {listed(alive)} {_are(alive)} still alive"
    return f"its child {target} is still alive"


def _empty_pipe(cage: Cage, process: Caged, name: str, letters: Mapping[str, str]) -> str:
    pipe = ops.shown(name, letters)
    writers = _holders(cage, name, "w")
    if writers == [process.name]:
        return (
            f"{pipe} is empty, and nobody but {process.name} itself holds a write end: "
            "it waits for itself"
        )
    others = [writer for writer in writers if writer != process.name]
    own = f", and so does {process.name} itself" if process.name in writers else ""
    holds = "holds a write end" if len(others) == 1 else "hold write ends"
    return f"{pipe} is empty, and {listed(others)} still {holds}{own}"


def _holders(cage: Cage, name: str, end: str) -> list[str]:
    return [one.name for one in cage.living if (name, end) in one.ends]


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
