"""The table of docs/platforms.md: a row for each machine and setting, as its last run found it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.shells import PROJECT

PAGE = Path(PROJECT, "docs", "platforms.md")
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
COLUMNS = (
    ("doctor", "doctor misses"),
    ("lessons", "lesson check"),
    ("explore", "explore"),
    ("grade", "grade"),
    ("sets", "known sets"),
    ("strace", "beside strace"),
    ("tests", "fast tests"),
)
"""Checks, and the heads of their columns."""

Found = Mapping[str, object]


def rows_of(machine: str, lines: Iterable[str], titles: Mapping[str, str]) -> list[list[str]]:
    """Return the rows of one machine, from what inside_machine reported, JSON line by line."""
    by_setting: dict[str, dict[str, Found]] = {}
    head: Found = {}
    for line in lines:
        found = json.loads(line)
        if found["setting"] and found["check"] in (*dict(COLUMNS), "setting"):
            by_setting.setdefault(found["setting"], {})[found["check"]] = found
        else:
            head = found
    about = f"{machine}, Linux {head.get('kernel', '?')}, Python {head.get('python', '?')}"
    if (page := int(str(head.get("page", 4096)))) != 4096:
        about += f", pages of {page // 1024} KiB"
    for checks in by_setting.values():
        if differs := differences(checks):
            checks["doctor"] = {**checks["doctor"], "differs": differs}
    return [
        [about, titles.get(name, name), *(cell(check, checks) for check, _ in COLUMNS)]
        for name, checks in by_setting.items()
    ]


def cell(check: str, checks: Mapping[str, Found]) -> str:
    """Return what a check found, in a few words; a dash if it was not made.

    >>> cell("lessons", {"lessons": {"verdict": "passed", "passed": 3, "failed": 0, "skipped": 1}})
    '3 passed, 1 explained only'
    """
    found = checks.get(check)
    if "setting" in checks:
        reason = f"{_IMPOSSIBLE}{checks['setting'].get('text')}"
        return reason if check == "doctor" else _NOT_MADE
    if found is None:
        return _NOT_MADE
    words = _WORDS[check](found) if found["verdict"] != "failed" or check in _COUNTED else ""
    return words or f"failed: {_brief(found.get('text'))}"


def differences(checks: Mapping[str, Found]) -> list[str]:
    """Return where `simpsh doctor` says something else of a setting than its checks found."""
    doctor = checks.get("doctor", {})
    missing = doctor.get("missing", {})
    if doctor.get("verdict") != "passed" or not isinstance(missing, Mapping):
        return []
    found = []
    lost = {(one[0], one[1]) for one in _list(doctor["lost"])}
    lessons = checks.get("lessons", {})
    told = {(one[0], one[1]) for one in _list(lessons.get("skips")) if one[2] in _OF_STEPS}
    found += [f"{name} step {step} is explained only, unsaid" for name, step in sorted(told - lost)]
    if "ptrace" not in missing:
        # Without it, what a program prints is judged all the same.
        checked = set(_list(lessons.get("names")))
        shown = {one for one in lost - told if one[0] in checked}
        found += [f"{name} step {step} is shown" for name, step in sorted(shown)]
    for check in ("explore", "grade"):
        is_refused = checks.get(check, {}).get("verdict") == "refused"
        needed = missing.keys() & _NEEDED[check]
        if check in checks and is_refused != bool(needed):
            found.append(f"{check} is {'refused' if is_refused else 'possible'}")
    return found


_DIFFERS = "; differs: "
_NOT_MADE = "–"
_IMPOSSIBLE = "not made: "
_OF_STEPS = ("run", "claim")
_NEEDED = {"explore": {"ptrace"}, "grade": {"ptrace", "namespaces"}}
"""The needs that doctor finds missing if these are refused."""


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, Sequence) else ()


def _brief(text: object) -> str:
    return textwrap.shorten(str(text or "see the log"), 60, placeholder=" …").replace("|", "/")


def _doctor(found: Found) -> str:
    missing, lost = found["missing"], found["lost"]
    assert isinstance(missing, Mapping)
    assert isinstance(lost, Sequence)
    differs = found.get("differs")
    differing = f"{_DIFFERS}{'; '.join(map(str, _list(differs)))}" if differs else ""
    if not missing:
        return f"nothing{differing}"
    steps = len({tuple(one[:2]) for one in lost})
    return f"{', '.join(missing)}: {steps} step{'s' * (steps != 1)} lost{differing}"


def _lessons(found: Found) -> str:
    words = [f"{found['passed']} passed"] if "passed" in found else []
    words += [f"{found['failed']} failed"] if found.get("failed") else []
    words += [f"{found['skipped']} explained only"] if found.get("skipped") else []
    words += [f"not run: {', '.join(_list(found['left']))}"] if found.get("left") else []
    count = len(_list(found.get("names")))
    return ", ".join(words) + ("" if found.get("is_whole") or not count else f" ({count} lessons)")


def _explore(found: Found) -> str:
    kinds = ("equal", "incomplete", "refused", "wrong")
    counts = {what: len(found.get(what, ())) for what in kinds}  # type: ignore[arg-type]
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def _grade(found: Found) -> str:
    if found["verdict"] == "refused":
        text = re.sub(r"^simpsh: grade: (nothing was run: )?", "", str(found.get("text") or ""))
        return f"refused: {_brief(re.split('[;(]', text)[0])}"
    wrong = len(found.get("wrong", ()))  # type: ignore[arg-type]
    if "judged" not in found:
        return ""
    words = f"{found['judged']} judged" + (f", {wrong} wrongly" if wrong else "")
    weak = ", ".join(map(str, _list(found.get("weak"))))
    return f"{words}; not kept apart: {weak}" if weak else words


def _pytest(found: Found) -> str:
    words = _brief(str(found.get("text", "")).partition(" in ")[0])
    words += f", not run: {', '.join(left)}" if (left := _list(found.get("left"))) else ""
    rooms = ", ".join(_list(found.get("rooms")))
    return f"{words} ({rooms})" if rooms else words


_WORDS = {
    "doctor": _doctor,
    "lessons": _lessons,
    "explore": _explore,
    "grade": _grade,
    **dict.fromkeys(("sets", "strace", "tests"), _pytest),
}
_COUNTED = ("lessons", "explore", "grade", "sets", "strace", "tests")
"""Checks whose results may also report failures."""


def with_rows(text: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a page with rows in its table, each in place of its machine's and setting's older.

    If the machine is still the same, a check that was not made again keeps its cell.
    """
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    body = {_key(cells): cells for cells in map(_cells, table.splitlines()[3:])}
    for row in rows:
        merged = _merged(row, body.get(_key(row), row))
        if set(merged[2:]) != {_NOT_MADE}:
            body[_key(row)] = merged
    head = ["machine", "setting", *(title for _, title in COLUMNS)]
    lines = map(_line, (head, ["---"] * len(head), *sorted(body.values(), key=_machine)))
    return f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}"


def _merged(row: Sequence[str], older: Sequence[str]) -> Sequence[str]:
    if row[0] != older[0] or row[2].startswith(_IMPOSSIBLE):
        return row
    return [old if new == _NOT_MADE else new for new, old in zip(row, older, strict=True)]


def _key(cells: Sequence[str]) -> tuple[str, str]:
    return _machine(cells), cells[1]


def _machine(cells: Sequence[str]) -> str:
    return cells[0].partition(",")[0]


def _cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(machine: str, lines: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """Write the rows of one machine into docs/platforms.md; return the cells that differ."""
    rows = rows_of(machine, lines, titles)
    PAGE.write_text(with_rows(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")
    return [f"{row[1]}: doctor: {row[2]}" for row in rows if _DIFFERS in row[2]]
