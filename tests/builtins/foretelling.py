"""Compare what `explain` foretells of a line with a recording of it being run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter

from tests.support.shells import PROJECT, environment, simpsh_command

CALLS = ("fork", "exec", "pipe", "open", "dup2", "close", "wait")
_TOLD = re.compile(r"(\d+)(?: to (\d+))? (fork|exec|pipe|open|dup2|close|wait)(?:s)?( or more)? ·")

Bounds = tuple[int, float]


def foretold(line: str, base: str, *options: str) -> dict[str, Bounds]:
    """What explain says of each call: at least and at most so often."""
    ended = _simpsh(base, *options, "-c", 'explain "$1"', "x", line)
    assert ended.returncode == 0, ended
    text = ended.stdout[ended.stdout.rindex("  in all ") :].replace("\n", " · ")
    found = {}
    for low, high, call, is_open in _TOLD.findall(" ".join(text.split()[2:])):
        most = float("inf") if is_open else float(high or low)
        found[call] = int(low), most
    assert tuple(found) == CALLS, text
    return found


def recorded(line: str, base: str) -> dict[str, int]:
    """How often each call was made, by the shell, its copies, and their children up to exec."""
    file = f"{base}/recording"
    _simpsh(base, "--engine", "fork", "--trace", file, "-c", line)
    with open(file, encoding="utf-8") as lines:
        events = [json.loads(one) for one in lines][1:]
    counts: Counter[str] = Counter()
    for event in events:
        if event["event"] in ("fork", "pipe", "close"):
            counts[event["event"]] += 1
        elif event["event"] == "exec_error":
            counts["exec"] -= 1
        elif event["event"] == "call" and event["name"] == "execve" and event["begins"]:
            # One that succeeds never comes back.
            counts["exec"] += 1
        elif event["event"] == "open" and not event["errno"]:
            counts["open"] += 1
        elif event["event"] == "wait_return" and event["child_pid"] > 0:
            counts["wait"] += 1
        elif event["event"] == "call" and event["name"] == "dup2" and not event["errno"]:
            counts["dup2"] += 1
    return {call: counts[call] for call in CALLS}


def _simpsh(base: str, *words: str) -> subprocess.CompletedProcess[str]:
    work = f"{base}/work"
    for folder in (work, f"{base}/home", f"{base}/tmp"):
        os.makedirs(folder, exist_ok=True)
    return subprocess.run(
        [*simpsh_command(), *words],
        cwd=work,
        env=environment(base) | {"PYTHONPATH": PROJECT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
