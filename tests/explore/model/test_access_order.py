"""Which small programs notice that a load has overtaken a store; each in every order.

The names are those of the literature on memory models: MP passes a message, SB has two store
buffers, LB loads ahead of its stores, WRC and IRIW are about who sees a store first, R, S and 2+2W
about which store comes last.
"""

from __future__ import annotations

from itertools import permutations
from types import SimpleNamespace

import pytest

from simpsh.explore.model.kernel_state import MemoryUsers
from simpsh.explore.model.memory_operations import Load, Store, Update, fences, note_access

KINDS = {"W": Store, "R": Load, "U": Update}


def accesses(text):
    """`Wx` stores x, `Ry` loads y, `Uz` updates z; `call` writes to a pipe."""
    return [
        None if word == "call" else KINDS[word[0]]("m", "xyz".index(word[1]) * 64, 4)
        for word in text.split()
    ]


def is_named(*texts):
    threads = {f"P{place}": accesses(text) for place, text in enumerate(texts)}
    users = MemoryUsers()
    for name, made in threads.items():
        for one in filter(None, made):
            users.note(name, one.places, loads=one.loads, stores=one.stores)
    turns = [name for name, made in threads.items() for _ in made]
    doubts = set()
    for order in set(permutations(turns)):
        learned = SimpleNamespace(memory=users, doubts=doubts)
        kernel = SimpleNamespace(kept={}, procs=set(threads), learned=learned)
        rest = {name: iter(made) for name, made in threads.items()}
        for name in order:
            one = next(rest[name])
            if one is None:
                fences(kernel, name)
            else:
                note_access(kernel, name, one)
    return bool(doubts)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Wx Wy", "Ry Rx"), False),  # MP
        (("Wx Ry", "Wy Rx"), True),  # SB
        (("Wx call Ry", "Wy call Rx"), False),
        (("Ux Ry", "Uy Rx"), False),
        (("Rx Wy", "Ry Wx"), False),  # LB
        (("Wx Ry", "Wy Wx"), True),  # R
        (("Wx Wy", "Ry Wx"), False),  # S
        (("Wx Wy", "Wy Wx"), False),  # 2+2W
        (("Wx", "Rx Wy", "Ry Rx"), False),  # WRC
        (("Wx Ry", "Wy Rz", "Wz Rx"), True),  # SB in a ring
        (("Wx", "Wy", "Rx Ry", "Ry Rx"), False),  # IRIW
        (("Rx Wx", "Rx Wx"), False),  # one place alone
        (("Wx Rx Wx", "Wx Rx"), False),
    ],
    ids=lambda one: " | ".join(one) if isinstance(one, tuple) else str(one),
)
def test_who_could_notice(texts, expected):
    assert is_named(*texts) == expected
