"""Which small programs notice that an access has overtaken another one; each in every order.

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
ORDERS = {"": "weak", "acq": "acquire", "rel": "release", "al": "both"}


def accesses(text, processor):
    """`Wx` stores x, `Ry.acq` loads y and acquires, `Ul.al` updates l; `call` writes to a pipe."""
    found = []
    for word in text.split():
        what, _, order = word.partition(".")
        if what == "call":
            found.append(None)
        else:
            place = "xyzl".index(what[1]) * 64
            found.append(KINDS[what[0]]("m", place, 4, ORDERS[order] * (processor == "aarch64")))
    return found


def is_named(processor, *texts):
    threads = {f"P{place}": accesses(text, processor) for place, text in enumerate(texts)}
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
    ("texts", "on_x86", "on_aarch64"),
    [
        (("Wx Wy", "Ry Rx"), False, True),  # MP
        (("Wx Wy.rel", "Ry.acq Rx"), False, False),
        (("Wx Wy.rel", "Ry Rx"), False, True),
        (("Wx Wy", "Ry.acq Rx"), False, True),
        (("Wx call Wy", "Ry call Rx"), False, True),  # what a call does by itself is not counted on
        (("Wx Wy.rel Wy", "Ry.acq Rx"), False, False),  # a release, and more to its place
        (("Wx Ry", "Wy Rx"), True, True),  # SB
        (("Wx.rel Ry.acq", "Wy.rel Rx.acq"), True, False),
        (("Wx.rel Ry", "Wy.rel Rx"), True, True),
        (("Ux.al Ry", "Uy.al Rx"), False, False),
        (("Ux.acq Ry", "Uy.acq Rx"), False, True),
        (("Rx Wy", "Ry Wx"), False, True),  # LB
        (("Rx.acq Wy", "Ry.acq Wx"), False, False),
        (("Rx Wy.rel", "Ry Wx.rel"), False, False),
        (("Wx Ry", "Wy Wx"), True, True),  # R
        (("Wx Wy", "Ry Wx"), False, True),  # S
        (("Wx Wy.rel", "Ry.acq Wx"), False, False),
        (("Wx Wy", "Wy Wx"), False, True),  # 2+2W
        (("Wx Wy.rel", "Wy Wx.rel"), False, False),
        (("Wx", "Rx Wy.rel", "Ry.acq Rx"), False, False),  # WRC
        (("Wx", "Rx Wy", "Ry.acq Rx"), False, True),
        (("Wx Ry", "Wy Rz", "Wz Rx"), True, True),  # SB in a ring
        (("Wx", "Wy", "Rx Ry", "Ry Rx"), False, True),  # IRIW
        (("Wx", "Wy", "Rx.acq Ry", "Ry.acq Rx"), False, False),
        (("Rx Wx", "Rx Wx"), False, False),  # one place alone
        (("Wx Rx Wx", "Wx Rx"), False, False),
    ],
    ids=lambda one: " | ".join(one) if isinstance(one, tuple) else str(one),
)
def test_who_could_notice(texts, on_x86, on_aarch64):
    assert is_named("x86_64", *texts) == on_x86
    assert is_named("aarch64", *texts) == on_aarch64
