"""Reading without a line editor: dumb terminals, other input, and defects."""

import signal
import sys

from tests.harness.process import send
from tests.harness.sh import PROJECT


def test_on_a_dumb_terminal_lines_are_read_plainly(start, tmp_path):
    terminal = start(TERM="dumb")
    terminal.send("echo one\r")
    terminal.wait(r"^>> echo one\none\n>>\Z")
    assert b"\x1b" not in terminal.raw
    # A job is reported immediately.
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>\Z").group(1))
    send(pid, signal.SIGTERM)
    terminal.wait(r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>>\Z")
    # A trap runs immediately and keeps typed input; unfinished input continues.
    terminal.send("trap 'echo got it' USR1\r")
    terminal.wait(r"USR1\n>>\Z")
    send(terminal.pid, signal.SIGUSR1)
    terminal.wait(r"^>>\ngot it\n>>\Z")
    terminal.send("echo 'a\r")
    terminal.wait(r"^quote>\Z")
    send(terminal.pid, signal.SIGUSR1)
    terminal.wait(r"^got it\nquote>\Z")
    terminal.send("b'\r")
    terminal.wait(r"^a\nb\n>>\Z")
    # The prompt stays on the terminal when standard error is a file.
    terminal.send("exec 2>said\r")
    terminal.wait(r"^>> exec 2>said\n>>\Z")
    terminal.send("nosuch\r")
    terminal.wait(r"^>> nosuch\n>>\Z")
    assert (tmp_path / "said").read_text().startswith("simpsh: nosuch: ")
    # ^C gives a fresh prompt; the status is 130.
    terminal.send("some text")
    terminal.wait(r"^>> some text\Z")
    terminal.key("C-c")
    terminal.wait(r"^>> some text\^C\n>>\Z")
    terminal.send("exit\r")
    assert terminal.wait_exit() == 130
    terminal = start(TERM="dumb")
    terminal.wait(r"^>>\Z")
    terminal.key("C-d")
    assert terminal.wait_exit() == 0


def test_commands_come_from_a_file_that_replaced_the_keyboard(start, tmp_path):
    (tmp_path / "commands").write_text("echo from file\n")
    terminal = start()
    terminal.send("exec <commands\r")
    assert terminal.wait_exit() == 0
    assert "\n>> from file\n>>" in terminal.screen()


WITH_A_DEFECT = """
import sys; from simpsh.repl import line_editor as editor
def fail(*_): raise ValueError('defect')
editor.PromptLexer.lex_document = fail
from simpsh.__main__ import main; sys.argv = ['simpsh']; sys.exit(main())
"""


def test_plain_lines_are_read_when_the_prompt_cannot_be_drawn(start_shell):
    terminal = start_shell(
        program=(sys.executable, "-c", WITH_A_DEFECT), environment={"PYTHONPATH": PROJECT}
    )
    terminal.wait(r"^simpsh: the prompt had a problem: ValueError\('defect'\)\n>>\Z")
    assert terminal.is_canonical()
    terminal.send("echo on\r")
    terminal.wait(r"^>> echo on\non\n>>\Z")
    assert b"Traceback" not in terminal.raw
