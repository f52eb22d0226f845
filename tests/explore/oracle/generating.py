"""Random programs in the language of letters.c."""

from random import Random

FAMILIES = {
    "waiting": "abwWnsq",
    "pipes": "a><}{cdCDp",
    "signals": "agKk9wiAmM",
    "files": "afrlox",
    "locks": "alLNuw",
    "children": "aGIwnsWh",
    "handlers": "aghKkmMZWb",
    "ends": "acdGn<{wb",
    "exec": "agXwKiM",
    "mixed": "aw><cgK9frnGq",
}
"""Letters whose operations interact."""
MOST_PROCESSES = 4
MOST_LETTERS = 8


def program(random: Random, letters: str = "") -> str:
    """Return a program with two to four processes and at most eight operations."""
    letters = letters or FAMILIES[random.choice(sorted(FAMILIES))]
    while True:
        text = _body(random, letters, 0, random.randint(3, 5))
        children = text.count("(")
        if 0 < children < MOST_PROCESSES and len(text) - 2 * children <= MOST_LETTERS:
            return text


def programs(seed: int, count: int) -> list[str]:
    """Return different programs."""
    random = Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[program(random)] = None
    return list(found)


def _body(random: Random, letters: str, depth: int, count: int) -> str:
    text = ""
    for _ in range(count):
        if depth < 2 and random.random() < 0.35:
            text += "(" + _body(random, letters, depth + 1, random.randint(1, 3)) + ")"
        else:
            text += random.choice(letters)
    return text
