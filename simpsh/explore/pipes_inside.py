"""What is inside each pipe, by what was written to it and read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.operation import Read, Write, is_pipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simpsh.explore.cage import Step


def contents(steps: Iterable[Step]) -> dict[str, bytes]:
    """Return the bytes in each pipe that was used, by the pipe's name, after these steps."""
    inside: dict[str, bytes] = {}
    for step in steps:
        match step.operation, step.result:
            case Write(name, data), int(count) if count > 0 and is_pipe(name):
                inside[name] = inside.get(name, b"") + data[:count]
            case Read(name, _), bytes(taken) if is_pipe(name):
                inside[name] = inside.get(name, b"")[len(taken) :]
            case _:
                pass
    return inside
