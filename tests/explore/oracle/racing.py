"""Random programs for racing.c: each family of letters tests one rule, in two processes."""

from random import Random

FAMILIES = {
    "groups": ("", "gGSab", "gSGxab"),
    "stops": ("ck", "TTCCuUaK", "Tab"),
    "told": ("csw", "TCuU", "Tab"),
    "terminal": ("t", "ZCuUT", "gab"),
    "once": ("oOnmh2", "1122a", "ab()"),
    "sets": ("bhm2", "12ab", "w?)(a"),
    "asleep": ("hm2b", "12a", "PsW(a"),
    "undone_by_signals": ("h2", "pPPKe1", "ppa1P"),
    "ends": ("h2b", "qie1K(ab", "abP()T"),
    "own": ("hHH", "1112ab", "ffyyuudr"),
    "group_signals": ("hnoc", "0NgTCa", "ga1()"),
    "origins": ("IIJb", "1vV1a!(", "vR!ab)("),
    "orphans": ("c", "CTKua", "ggoOabS"),
}
"""The letters of the setting, of the parent and of the child."""


def racing(seed: int, family: str) -> tuple[str, str, str]:
    """Return the arguments of the family's program number `seed`."""
    random = Random(f"{family}{seed}")
    setting, parent, child = FAMILIES[family]
    set_up = "".join(one for one in setting if random.random() < 0.6)
    return (
        set_up,
        "".join(random.choices(parent, k=random.randint(1, 4))),
        "".join(random.choices(child, k=random.randint(1, 3))),
    )
