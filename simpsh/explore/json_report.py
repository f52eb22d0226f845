r"""What was found as one JSON object, for other programs.

Bytes that are no UTF-8 become lone surrogates, `\udc80` to `\udcff`, as Python's
`surrogateescape` has it: so that nothing is lost and ordinary text is ordinary.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simpsh.wait_status import Exited, Killed

if TYPE_CHECKING:
    from simpsh.explore.exploration import Exploration, Outcome
    from simpsh.wait_status import WaitStatus

SCHEMA = "simpsh.exploration/1"


def json_of(found: Exploration) -> str:
    """Return an exploration as JSON, in one line for each outcome."""
    head: dict[str, object] = {
        "schema": SCHEMA,
        "command": list(found.argv),
        "complete": found.is_complete,
        "reasons": list(found.reasons),
        "flags": dict(found.flags),
        "notes": list(found.notes),
        "runs": found.runs,
        "replays": found.replays,
        "free_runs": found.natives,
        "seconds": round(found.seconds, 3),
        "states": found.states,
        "outputs": found.count,
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    outcomes = ",\n  ".join(json.dumps(_outcome(outcome)) for outcome in found.outcomes)
    body = f"[\n  {outcomes}\n ]" if outcomes else "[]"
    return "{" + ",\n ".join([*lines, f'"outcomes": {body}']) + "}\n"


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "output": text_of(outcome.output),
        "statuses": {name: _status(status) for name, status in outcome.statuses},
        "files": {name.removeprefix("./"): text_of(data) for name, data in outcome.files},
        "deadlock": dict(outcome.deadlock) or None,
        "witness": list(outcome.witness),
        "native": outcome.native,
        "replayed": outcome.is_replayed,
    }


def _status(status: WaitStatus) -> dict[str, object]:
    match status:
        case Exited(code):
            return {"exited": code}
        case Killed(signal, dumped_core):
            return {"killed": signal.name, **({"core": True} if dumped_core else {})}
        case _:
            return {}


def text_of(data: bytes) -> str:
    """Return bytes as text that can be turned back."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Return the bytes that text_of() made a text of."""
    return text.encode("utf-8", "surrogateescape")
