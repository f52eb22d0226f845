"""Prompts, commands, leaving, and unfinished input on a real terminal."""

from __future__ import annotations

import termios

from tests.repl.leaving import exit_status
from tests.support.processes import state_of
from tests.support.shells import simpsh_words


def test_the_first_line_greets_and_the_toolbar_says_how_the_last_command_ended(start):
    terminal = start()
    terminal.wait(
        r"\Asimpsh 1\.0 – type a command, 'help', or 'lesson'\n>>\nstatus 0: success · \S+\Z"
    )


def test_a_command_runs_and_the_prompt_comes_back(start):
    terminal = start()
    terminal.send("echo one\r")
    terminal.wait(r"^>> echo one\none\n>>\nstatus 0: success · \S+\Z")


def test_output_without_a_newline_is_marked_and_the_prompt_starts_at_column_zero(start):
    terminal = start()
    terminal.send("printf abc\r")
    terminal.wait(r"^abc⏎\n>>\nstatus 0: success · \S+\Z")


def test_output_that_fills_the_line_exactly_is_followed_by_the_prompt_on_the_next(start):
    terminal = start(columns=40)
    terminal.send(f"printf {'x' * 40}\r")
    terminal.wait(r"^x{40}\n>>$")


def test_output_with_a_newline_is_not_marked(start):
    terminal = start()
    terminal.send("echo abc\r")
    terminal.wait(r"^abc\n>>\nstatus 0: success · \S+\Z")
    assert "⏎" not in terminal.screen()


def test_interrupt_clears_the_line_with_status_130(start):
    terminal = start()
    terminal.send("some text")
    terminal.wait(r"^>> some text$")
    terminal.key("C-c")
    terminal.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted \(F1: why\?\) · \S+\Z")


def test_stop_at_the_prompt_does_nothing(start):
    terminal = start()
    terminal.send("echo \x1aone")
    terminal.wait(r"^>> echo one$")
    terminal.wait_until(lambda: state_of(terminal.pid) == "S", "it is not asleep")
    terminal.send("\r")
    terminal.wait(r"^one\n>>$")


def test_end_of_file_on_an_empty_line_leaves_with_the_last_status(start):
    terminal = start()
    terminal.send("sh -c 'exit 3'\r")
    terminal.wait(r"^status 3: failure \(F1: why\?\) · \S+\Z")
    terminal.key("C-d")
    assert exit_status(terminal) == 3


def test_exit_leaves_with_its_status(start):
    terminal = start()
    terminal.send("exit 7\r")
    assert exit_status(terminal) == 7


def test_unfinished_input_goes_on_at_the_second_prompt(start):
    terminal = start()
    terminal.send("echo 'a\rb'\r")
    terminal.wait(r"^>> echo 'a\n\.\. b'\na\nb\n>>$")


def test_both_prompts_come_from_variables_and_parameters_in_them_are_expanded(start_shell):
    terminal = start_shell(environment={"PS1": "${TERM}[$?]% ", "PS2": "more> "})
    terminal.wait(r"^xterm-256color\[0\]%$")
    terminal.send("sh -c 'exit\r4'\r")
    terminal.wait(r"^xterm-256color\[0\]% sh -c 'exit\nmore> 4'\n[^>]*xterm-256color\[\d+\]%$")


def test_what_is_typed_while_a_command_runs_comes_to_the_next_prompt(start):
    terminal = start()
    terminal.send("cat\r")
    terminal.foreground_is("cat")
    terminal.send("one\r")
    terminal.wait(r"^one\none$")
    # The first end of file is for cat, what follows for the shell.
    terminal.send("\x04echo two\recho thr")
    terminal.wait(r"^>> echo two\ntwo\n[^>]*>> echo thr$")


def test_the_terminal_has_its_modes_back_when_the_shell_has_left(start):
    terminal = start(program=("sh", "-c", f"{simpsh_words()}; exec cat"))
    terminal.send("exit\r")
    terminal.foreground_is("cat")
    assert terminal.is_canonical()
    assert terminal.modes()[3] & termios.ECHO
    assert terminal.modes()[3] & termios.ISIG
