"""Random programs for racing.c: each family of letters tests one rule, in two processes."""

from random import Random

FAMILIES = {
    "once": ("onmh2", "1122a", "ab()"),
    "sets": ("bhm2", "12ab", ")(a"),
    "asleep": ("hm2b", "12a", "PsW(a"),
    "ends": ("h2b", "qie1K(ab", "abP()"),
    "own": ("hHH", "1112ab", "ffyyuudr"),
    "group_signals": ("hnc", "01a", "ga1()"),
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
