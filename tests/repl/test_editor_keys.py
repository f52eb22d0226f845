"""Completion, history, colours, drawing, and any keys on a real terminal."""

import os
import random
import re

import pytest


def test_keys_of_the_line_and_of_the_screen(start):
    terminal = start()
    # ^D within a line deletes the character under the cursor.
    terminal.send("echo abc\x01\x04")
    terminal.wait(r"^>> cho abc$")
    # Text pasted with newlines waits for Enter.
    terminal.send("\x0b\x1b[200~echo a\necho b\x1b[201~")
    terminal.wait(r"^>> echo a\n\.\. echo b\nstatus 0 · \S+\Z")
    terminal.send("\r")
    terminal.wait(r"^a\nb\n>>$")
    # A search finds a line, and Enter runs it.
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")
    terminal.send("\x12on")
    terminal.wait(r"^\(reverse-i-search\)`on': echo one$")
    terminal.send("\r")
    terminal.wait(r"^>> echo one\none\n>> echo one\none\n>>$")
    # The latest line with this beginning is suggested; the right arrow accepts it.
    terminal.send("ec")
    terminal.wait(r"^>> echo one\nstatus")
    terminal.key("right", "enter")
    terminal.wait(r"^(>> echo one\none\n){3}>>$")
    # Commands of several lines are not suggested.
    terminal.send("echo 'o\rn'\r")
    terminal.wait(r"^o\nn\n>>$")
    terminal.send("echo")
    terminal.wait(r"^>> echo one\nstatus")
    terminal.key("C-u")
    # Bytes that are not text pass unchanged.
    terminal.send(b"printf %s \xff | od -An -tx1\r")
    terminal.wait(r"^ ff\n>>$")
    # The key after ^V is inserted literally.
    terminal.send("printf 'a\x16\tb' | od -An -tx1\r")
    terminal.wait(r"^ 61 09 62\n>>$")
    # ^L clears the screen, and the line stays.
    terminal.send("half\x0c")
    terminal.wait(r"\A>> half\nstatus 0 · \S+\Z")
    # set -o vi selects the keys of vi.
    terminal.send("\x15set -o vi\r")
    terminal.wait(r"^>> set -o vi\n>>$")
    terminal.send("echo abc")
    terminal.wait(r"^>> echo abc$")
    terminal.key("escape")
    terminal.send("0wiX")
    terminal.wait(r"^>> echo Xabc$")
    terminal.send("\r")
    terminal.wait(r"^Xabc\n>>$")
    # The terminal is never queried for the cursor's position.
    assert b"\x1b[6n" not in terminal.raw


def test_the_line_is_redrawn_in_a_window_of_another_size(start):
    terminal = start(rows=3)
    # The toolbar is omitted on a screen of three rows.
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>\Z")
    terminal.resize(24, 80)
    terminal.send("echo $LINES,$COLUMNS\r")
    terminal.wait(r"^24,80\n>>")
    terminal.send("echo " + "word " * 12 + "end")
    terminal.wait(r"^>> echo (word ){12}end$")
    terminal.resize(24, 40)
    terminal.wait(r"^>> echo (word ){6}wo\nrd (word ){5}end\nstatus 0 · \S+$")


def test_a_search_through_the_lines_typed_before(start, tmp_path):
    folder = tmp_path / "state" / "simpsh"
    folder.mkdir(parents=True)
    (folder / "history").write_text("echo zero\necho one\nprintf 'a\n\tb\\n'\nls\n")
    searching = start(XDG_STATE_HOME=f"{tmp_path}/state")
    # Keys search backwards and forwards.
    searching.send("\x12echo")
    searching.wait(r"^\(reverse-i-search\)`echo': echo one$")
    searching.send("\x12")
    searching.wait(r"^\(reverse-i-search\)`echo': echo zero$")
    searching.send("\x13")
    searching.wait(r"^\(i-search\)`echo': echo one$")
    searching.key("escape")
    searching.wait(r"^>> echo one$")
    # An interrupt ends the search and the line.
    searching.send("\x15\x12zero")
    searching.wait(r"`zero': echo zero$")
    searching.key("C-c")
    searching.wait(r"^>> echo zero\^C\n>>$")
    searching.wait(r"^status 130: interrupted")
    # An entry of several lines is run as a whole.
    searching.send("\x12pri\r")
    searching.wait(r"^>> printf 'a\nquote> b\\n'\na\nb\n>>$")
    # The same holds with the keys of vi.
    searching.run("set -o vi")
    searching.send("\x1b/zer")
    searching.wait(r"`zer': echo zero$")
    searching.send("\r")
    searching.wait(r"^zero\n>>$")


def test_tab_completes_a_file_and_shows_a_menu_of_several(start, tmp_path):
    for name, text in {"a file": "inside", "only": "it", "new": "new", "news": "news"}.items():
        (tmp_path / name).write_text(f"{text}\n")
    terminal = start()
    terminal.send("cat a\t\r")
    terminal.wait(r"^>> cat a\\ file\ninside\n>>$")
    # Keys after Tab are inserted after the completion.
    terminal.send("cat on\t-\x7f\r")
    terminal.wait(r"^it\n>>$")
    # A closed menu takes no space.
    terminal.send("cat n\t")
    terminal.wait(r"^>> cat new\n +new\n +news\nstatus 0 · \S+\Z")
    terminal.send("x")
    terminal.wait(r"^>> cat newx\nstatus 0 · \S+\Z")
    # Enter accepts a choice without running the line.
    terminal.send("\x15cat n\t")
    terminal.wait(r"^>> cat new\n +new\n +news\nstatus 0 · \S+\Z")
    terminal.key("tab", "tab", "enter")
    terminal.wait(r"^>> cat news\nstatus 0 · \S+\Z")
    terminal.key("enter")
    terminal.wait(r"^news\n>>$")
    # A common prefix that needs quotes is also inserted.
    for number in "12":
        (tmp_path / f"t\t{number}").write_text(f"tab {number}\n")
    terminal.send("cat t\t2\r")
    terminal.wait(r"^tab 2\n>>$")


def test_the_history_is_stored_for_the_next_shell_without_indented_lines(start, tmp_path):
    first = start(XDG_STATE_HOME=f"{tmp_path}/state")
    first.send("echo kept\r")
    first.wait(r"^kept\n>>$")
    first.send(" echo secret\r")
    first.wait(r"^secret\n>>$")
    assert (tmp_path / "state/simpsh/history").read_text() == "echo kept\n"
    second = start(XDG_STATE_HOME=f"{tmp_path}/state")
    second.key("up", "enter")
    second.wait(r"^>> echo kept\nkept\n>>$")


def test_a_history_that_cannot_be_saved_causes_one_line(start, tmp_path):
    (tmp_path / "state").write_text("a file, no directory")
    terminal = start(columns=200, XDG_STATE_HOME=f"{tmp_path}/state")
    terminal.wait(
        r"\Asimpsh 1\.0 .*\nsimpsh: history: [^:]*/state: Not a directory: "
        r"lines are forgotten when the shell ends\n>>$"
    )
    terminal.send("echo on\r")
    terminal.wait(r"^on\n>>\nstatus 0 · \S+\Z")


def test_a_line_that_failed_is_not_suggested_until_it_succeeds(start, tmp_path):
    (tmp_path / "text").write_text("echo now\n")
    terminal = start(XDG_STATE_HOME=str(tmp_path / "state"))
    terminal.run("echo good")
    lines = ("./text", "./missing", "cd -x", "if then", "echo bad; gerp")
    for line in lines:
        terminal.run(line)
    for typed in ("./", "cd", "if", "echo b"):
        terminal.send(typed)
        terminal.wait(rf"^>> {re.escape(typed)}\nstatus")
        terminal.key("C-u")
    terminal.send("echo g")
    terminal.wait(r"^>> echo good\nstatus")
    terminal.key("C-u")
    (tmp_path / "missing").write_text("")
    (tmp_path / "missing").chmod(0o755)
    terminal.run("./missing")
    terminal.send("./")
    terminal.wait(r"^>> \./missing\nstatus")


def test_under_no_color_a_suggestion_is_dim_and_the_chosen_candidate_reversed(start, tmp_path):
    for name in ("new", "news"):
        (tmp_path / name).write_text("")
    terminal = start(NO_COLOR="1")
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")
    terminal.send("ec")
    terminal.wait_raw(rb"\x1b\[0;2mho one")
    terminal.send("\x15cat n\t\t")
    terminal.wait(r"^>> cat new\n +new\n")
    # Do not wait for the cursor, which moves while the menu is drawn.
    lines = terminal.screen().split("\n")
    row = lines.index(">> cat new") + 1
    chosen = lines[row].index("new")
    # The first Tab shows the menu, the second selects a choice.
    terminal.wait_until(lambda: terminal.cell(row, chosen).reverse, "nothing is chosen")
    terminal.wait(r"^ +news\b")
    assert b"[38;5;" not in terminal.raw
    assert not terminal.cell(row + 1, chosen).reverse


def test_f1_explains_a_failure_above_the_line_which_stays(start):
    terminal = start(rows=40)
    terminal.run("cat <absent")
    terminal.send("half")
    terminal.key("f1")
    call = r"open\(\"absent\", O_RDONLY.*ENOENT"
    terminal.wait(rf"^failed  {call}(.*\n)+means   (.*\n)+try     (.*\n)+>> half\nstatus")
    terminal.key("C-u")
    terminal.send("sleep 100\r")
    terminal.foreground_is("sleep")
    terminal.key("C-z")
    terminal.wait(r"^status 148: stopped by SIGTSTP \(F1: why\?\) · 1 stopped")
    terminal.key("f1")
    terminal.wait(r"^\$\?      148: 128 \+ 20; the wait stored 0x147f \(WSTOPSIG\)")
    terminal.run("why")
    terminal.wait(r"^>> why\nfailed  sleep 100 was stopped by SIGTSTP(.*\n)+>>\nstatus 148")


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
