"""tools.mutants changes one line, and what it changes is code that runs."""

import random
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import simpsh
from tools.mutants import drawn, files_of, mutants_of, mutated, probed, room_of

SOURCE = '''"""A docstring is no code."""

def f(a: int = 3) -> int:
    if a == 4 and not a:
        raise ValueError("two words")
    a += 1
    print(f"{a} 5")
    return a
'''


def changes(source):
    return {(each.line, each.old, each.new) for each in mutants_of("simpsh/shell/x.py", source)}


def test_conditions_statements_numbers_and_texts_are_changed():
    assert changes(SOURCE) == {
        (3, "3", "(4)"),
        (4, "a == 4 and not a", "((a == 4) or (not a))"),
        (4, "a == 4", "(a != 4)"),
        (4, "4", "(5)"),
        (4, "not a", "bool(a)"),
        (5, 'raise ValueError("two words")', "pass"),
        (5, '"two words"', "'two word'"),
        (6, "a += 1", "pass"),
        (6, "1", "(2)"),
        (7, 'print(f"{a} 5")', "pass"),
        (8, "a", "None"),
    }


def test_each_room_is_drawn_and_a_seed_draws_the_same_mutants_again():
    modules = {f"simpsh/{room}/x.py": SOURCE for room in ("base", "shell", "view")}
    first, second = (drawn(modules, 6, random.Random(7)) for _ in range(2))
    assert first == second
    assert {room_of(each.path) for each in first} == {"base", "shell", "view"}
    lines = {(each.path, each.line) for each in first}
    assert len(lines) == 6
    for each in first:
        changed = mutated(each, SOURCE.encode()).decode()
        assert changed != SOURCE
        compile(changed, each.path, "exec")


def test_probes_note_what_runs_and_change_nothing_else(monkeypatch):
    probe = SimpleNamespace(note=lambda number: noted.append(number))
    monkeypatch.setitem(sys.modules, "simpsh.mutant_probe", probe)
    monkeypatch.setattr(simpsh, "mutant_probe", probe, raising=False)
    source = """
def f(a, *, is_deep=False):
    for part in a.split():
        match part:
            case "b" if not is_deep and len(part) == 1: continue
        if part: yield part + f"{part}" + "é" "ü"
        raise ValueError(part)
"""
    mutants = [*enumerate(mutants_of("simpsh/shell/x.py", source))]
    noted: list[int] = []
    module: dict[str, Any] = {}
    exec(probed(source, mutants), module)
    # The default is at import; of a pattern there is no note.
    olds = {number: mutant.old for number, mutant in mutants}
    assert [olds[number] for number in noted] == ["False"]
    del noted[:]
    assert [*module["f"]("b")] == []
    assert {olds[number] for number in noted} == {
        *("not is_deep and len(part) == 1", "not is_deep", "len(part) == 1", "1", "continue")
    }
    del noted[:]
    values = module["f"]("cd")
    assert next(values) == "cdcdéü"
    assert {olds[number] for number in noted} == {
        "part",
        '"é" "ü"',
        'yield part + f"{part}" + "é" "ü"',
    }
    with pytest.raises(ValueError, match=r"^cd$"):
        next(values)


def test_the_files_near_to_the_module_run_first_and_then_those_of_its_room():
    [mutant, *_] = mutants_of("simpsh/process/pidfd.py", "x = 1")
    near, others = files_of(mutant)
    assert near[0] == "tests/process/test_pidfd.py"
    # simpsh/process/subreaper.py imports it.
    assert "tests/process/test_subreaper.py" in near
    assert {path.split("/")[1] for path in others} == {"process"}
    assert not {*near} & {*others}


def test_the_files_are_those_of_the_tree_in_which_they_run(tmp_path):
    for path in ("simpsh/process/pidfd", "tests/process/test_pidfd", "tests/process/test_x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{path}.py").write_text("x = 1\n")
    [mutant, *_] = mutants_of("simpsh/process/pidfd.py", "x = 1")
    near, others = files_of(mutant, tmp_path)
    assert (near, others) == (["tests/process/test_pidfd.py"], ["tests/process/test_x.py"])
