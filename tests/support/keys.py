"""The keys of a keyboard, and the bytes that a terminal sends for them."""

from __future__ import annotations

NAMED = {
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "f1": b"\x1bOP",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "delete": b"\x1b[3~",
    "back-tab": b"\x1b[Z",
}


def bytes_of(name: str) -> bytes:
    """The bytes of a key: 'C-c', 'C-z', 'enter', 'tab', 'escape', 'up', 'left', 'delete' …"""
    if name in NAMED:
        return NAMED[name]
    letter = name.removeprefix("C-")
    assert name.startswith("C-"), f"no such key: {name}"
    assert len(letter) == 1, f"no such key: {name}"
    return bytes([ord(letter.upper()) & 0x1F])
