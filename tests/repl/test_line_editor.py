"""Prompts, commands, leaving, and unfinished input on a real terminal."""

import re
import subprocess
import sys
import termios

import pytest

from tests.harness.process import state_of
from tests.harness.sh import simpsh_words


def test_commands_at_the_prompt_until_it_is_left(start):
    terminal = start()
    # The first line is the banner; the toolbar shows how the last command ended.
    terminal.wait(r"\Asimpsh 1\.0 – type a command, 'help', or 'lesson'\n>>\nstatus 0 · \S+\Z")
    terminal.send("echo one\r")
    terminal.wait(r"^>> echo one\none\n>>\nstatus 0 · \S+\Z")
    assert "⏎" not in terminal.screen()
    # Output without a newline is marked, and the prompt begins at column 0.
    terminal.send("printf abc\r")
    terminal.wait(r"^abc⏎\n>>\nstatus 0 · \S+\Z")
    terminal.send("printf %079d 7\r")
    terminal.wait(r"^0{78}7⏎\n>>\nstatus")
    terminal.send("printf %080d 7\r")
    terminal.wait(r"^0{79}7\n>>\nstatus")
    # ^C clears the line, with status 130, whatever the previous line was.
    terminal.send("(\r\x04")
    terminal.wait(r"^>>\nstatus 2: syntax error")
    terminal.send("some text")
    terminal.wait(r"^>> some text$")
    terminal.key("C-c")
    terminal.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted \(F1: why\?\) · \S+\Z")
    # ^Z at the prompt does nothing.
    terminal.send("echo \x1atwo")
    terminal.wait(r"^>> echo two$")
    terminal.wait_until(lambda: state_of(terminal.pid) == "S", "it is not asleep")
    terminal.send("\r")
    terminal.wait(r"^two\n>>$")
    # The editor's own descriptors have high numbers.
    terminal.run("exec 3</dev/null 4<&3 5<&3 6<&3 7<&3 8<&3 9<&3 251<&3 252<&3")
    # Unfinished input continues at the second prompt.
    terminal.send("echo 'a\rb'\r")
    terminal.wait(r"^>> echo 'a\nquote> b'\na\nb\n>>$")
    # Keys typed while a command runs appear at the next prompt.
    terminal.send("cat\r")
    terminal.foreground_is("cat")
    terminal.send("three\r")
    terminal.wait(r"^three\nthree$")
    # The first end of file is for cat, the following keys are for the shell.
    terminal.send("\x04echo four\recho fi")
    terminal.wait(r"^>> echo four\nfour\n[^>]*>> echo fi$")
    # ^D on an empty line leaves with the last status.
    terminal.send("\x15sh -c 'exit 3'\r")
    terminal.wait(r"^status 3 \(F1: why\?\) · \S+\Z")
    terminal.key("C-d")
    assert terminal.wait_exit() == 3


def test_both_prompts_come_from_variables_and_parameters_in_them_are_expanded(start_shell):
    terminal = start_shell(environment={"PS1": "${TERM}[$?]% ", "PS2": "more> "})
    terminal.wait(r"^xterm-256color\[0\]%$")
    terminal.send("sh -c 'exit\r4'\r")
    terminal.wait(r"^xterm-256color\[0\]% sh -c 'exit\nmore> 4'\n[^>]*xterm-256color\[\d+\]%$")


def test_the_terminals_modes_are_restored_when_the_shell_exits(start):
    terminal = start(program=("sh", "-c", f"{simpsh_words()}; exec cat"))
    terminal.send("exit\r")
    terminal.foreground_is("cat")
    assert terminal.is_canonical()
    assert terminal.modes()[3] & termios.ECHO
    assert terminal.modes()[3] & termios.ISIG


UNFINISHED = {
    "cat <<E\rhi": r"^heredoc E> hi\nheredoc E>\nsimpsh: the here-document is [^\n]*\nhi\n>>$",
    "echo 'a": r"^simpsh: the single quote ' is never closed\n",
    "if true": r"^simpsh: [^\n]*'if'",
    "(": r"^simpsh: [^\n]*'\('",
}


@pytest.mark.parametrize("typed", UNFINISHED)
def test_end_of_file_ends_unfinished_input_with_a_message(start, typed):
    terminal = start()
    terminal.send(f"{typed}\r")
    terminal.wait(r"^(heredoc E|quote|if|subsh)>$")
    terminal.key("C-d")
    terminal.wait(UNFINISHED[typed])
    terminal.wait(r"\n>>\nstatus")


def test_the_first_prompt_is_painted_early_and_takes_keys_at_once(start_shell):
    code = (
        "import sys, simpsh.cli.session, simpsh.repl.read_eval_loop, simpsh.repl.terminal_io\n"
        "print([name for name in sys.modules if name in ('prompt_toolkit', 'asyncio')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    terminal = start_shell(environment={"PS1": "$(echo run >>times)first> "})
    terminal.wait_raw(rb"first> ")
    assert not terminal.is_canonical()
    # ^C discards a line, Enter runs one, and ^D leaves: each is a key for the editor.
    terminal.send("lost\x03echo one\rwc -l <times\r\x04")
    assert terminal.wait_exit() == 0
    shown = terminal.screen()
    assert "first> lost^C\n" in shown
    assert "first> echo one\none\n" in shown
    assert "^[" not in shown
    # The first, and one after ^C and after the first line.
    assert re.search(r"^3$", shown, re.MULTILINE)


@pytest.mark.parametrize("prompt", ["two\nrows> ", "x" * 100 + "> "])
def test_a_prompt_of_several_rows_appears_once(start_shell, prompt):
    terminal = start_shell(environment={"PS1": prompt})
    terminal.wait(r"status 0")
    assert terminal.screen().count("> ") + terminal.screen().count(">\n") == 1


def test_the_prompt_of_a_further_line_and_the_toolbar_name_what_is_open(start):
    terminal = start(columns=100)
    terminal.send("if true then\r")
    terminal.wait(r"^if>$\n+line 1: 'then' is missing after 'if'; write ';' before it$")
    terminal.send("echo 'a\r")
    terminal.wait(r"^if> echo 'a\nif quote>$")
    terminal.key("C-c")
    terminal.wait(r"\^C\n>>$")
    # Several lines come back.
    terminal.key("up")
    terminal.wait(r"^>> if true then\nif> echo 'a\nline 2: ")
    terminal.key("C-c")
    # PS2 of the user stays.
    terminal.send("PS2='more> '\r")
    terminal.send("ls |\r")
    terminal.wait(r"^more>$")


def test_nothing_of_a_text_that_is_ended_within_a_quote_is_run_or_lost(start):
    terminal = start()
    terminal.send("\x1b[200~echo ran\recho it's\recho late\x1b[201~\r")
    terminal.wait(r"^quote>$")
    terminal.key("C-d")
    terminal.wait(r"^simpsh: the single quote ' is never closed\n")
    assert "\nran" not in terminal.screen()
    terminal.key("up")
    terminal.wait(r"(?m)^>> echo ran\n\.\. echo it's\nquote> echo late$")


def test_an_open_parameter_is_refused_at_once_because_no_further_line_completes_it(start):
    terminal = start()
    terminal.send("echo ${x\r")
    terminal.wait(r"^simpsh: [^\n]*\n(  [^\n]*\n){2}>>\n")
    assert ".." not in terminal.screen().replace("...", "")


def test_an_exit_because_of_errexit_is_explained(start):
    terminal = start()
    terminal.run("set -e; true")
    terminal.send("sh -c 'exit 7'\r")
    assert terminal.wait_exit() == 7
    assert "simpsh: this shell leaves: set -e is on, and a command ended with status 7" in (
        terminal.screen()
    )


def test_a_command_costs_two_drawings_the_ended_line_and_the_next_prompt(start):
    terminal = start()
    terminal.run("true")
    terminal.send("echo one")
    terminal.wait(r"^>> echo one$")
    before = len(terminal.raw)
    terminal.send("\r")
    terminal.wait(r"^one\n>>\nstatus 0")
    # The prompt draws nothing more until a key arrives.
    terminal.wait_until(lambda: state_of(terminal.pid) == "S", "it is not asleep")
    terminal.send("x")
    terminal.wait(r"^>> x$")
    hide_cursor = b"\x1b[?25l"
    # A drawing of the typed keys may come late; the one that ends the line counts first.
    ended = terminal.raw.rindex(hide_cursor, 0, terminal.raw.index(b"\n", before))
    assert terminal.raw[ended:].count(hide_cursor) == 3
