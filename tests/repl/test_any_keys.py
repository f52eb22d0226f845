"""Any keys at the prompt: the prompt survives, and no traceback appears.

SIMPSH_ROUNDS is the number of bursts of keys (default 6); with it, the long line has
a megabyte.
"""

import os
import random

import pytest

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "6"))
WORDS = 200_000 if "SIMPSH_ROUNDS" in os.environ else 5_000

# ^D on an empty line leaves, so it is pressed only within a line, like other harmless keys.
KEYS = [bytes([number]) for number in range(256) if number != 4]
KEYS += [b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C", b"\x1bOP", b"\x1b[200~a\nb\x1b[201~", b"\x1b"]
KEYS += [b"\t\x12", b"\x13\r", b"\x1b\r", b"for i in a", b"; do", b"done", b"f() {"]


@pytest.mark.parametrize("mode", ["emacs", "vi"])
def test_no_key_ends_the_prompt(start, mode):
    # Only builtins can run, and none of these words does any harm.
    terminal = start(PATH="/proc/no/programs")
    terminal.run(f"set -o {mode}")
    chance = random.Random(mode)
    for number in range(ROUNDS):
        terminal.send(b"".join(chance.choices(KEYS, k=chance.randrange(1, 80))))
        # Leave a search, a menu, an unfinished command or key; then type a separate line.
        terminal.send(b"\x1b[201~\x03\x03\x1bi\x03" if mode == "vi" else b"\x1b[201~\x03\x03")
        offset = terminal.wait_raw(rb"\^C", after=max(0, len(terminal.raw) - 10))
        terminal.send(f"umask; type r{number}\r")
        terminal.wait_raw(rb"simpsh: type: r%d: not found" % number, after=offset)
    text = bytes(terminal.raw)
    assert b"Traceback" not in text
    assert b"had a problem" not in text
    terminal.wait_prompt()


@pytest.mark.timeout(120)
def test_a_very_long_line_is_run(start):
    terminal = start()
    terminal.send("\x1b[200~: " + "word " * WORDS + "\x1b[201~")
    terminal.send("\r")
    terminal.send("umask\r")
    terminal.wait(r"^0022\n>>$", seconds=100)
