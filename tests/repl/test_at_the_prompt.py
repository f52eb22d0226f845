"""The prompt on a real terminal."""

from __future__ import annotations

import os
import signal
import stat
import sys
import termios

import pytest

from tests.support.processes import children_of, state_of, wait_for_state
from tests.support.shells import PROJECT, simpsh_command


@pytest.fixture
def start(start_shell):
    """Start simpsh: `start(rows=…, columns=…, VARIABLE=…)`; it shows its first prompt."""

    def start_at_prompt(*, program=None, rows=24, columns=80, **variables):
        terminal = start_shell(program=program, environment=variables, rows=rows, columns=columns)
        terminal.wait(r"^>>$")
        return terminal

    return start_at_prompt


def exit_status(terminal):
    """Wait until simpsh has ended; return its exit status."""
    wait_for_state(terminal.pid, "Z", 15)
    return terminal.wait_exit()


def test_the_first_line_greets_and_the_toolbar_says_how_the_last_command_ended(start):
    terminal = start()
    terminal.wait(r"\Asimpsh 1\.0 – type a command, 'help', or 'lesson'\n>>\nstatus 0: success\Z")


def test_a_command_runs_and_the_prompt_comes_back(start):
    terminal = start()
    terminal.send("echo one\r")
    terminal.wait(r"^>> echo one\none\n>>\nstatus 0: success\Z")


def test_output_without_a_newline_is_marked_and_the_prompt_starts_at_column_zero(start):
    terminal = start()
    terminal.send("printf abc\r")
    terminal.wait(r"^abc⏎\n>>\nstatus 0: success\Z")


def test_output_that_fills_the_line_exactly_is_followed_by_the_prompt_on_the_next(start):
    terminal = start(columns=40)
    terminal.send(f"printf {'x' * 40}\r")
    terminal.wait(r"^x{40}\n>>$")


def test_output_with_a_newline_is_not_marked(start):
    terminal = start()
    terminal.send("echo abc\r")
    terminal.wait(r"^abc\n>>\nstatus 0: success\Z")
    assert "⏎" not in terminal.screen()


def test_interrupt_clears_the_line_with_status_130(start):
    terminal = start()
    terminal.send("some text")
    terminal.wait(r"^>> some text$")
    terminal.key("C-c")
    terminal.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted\Z")


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
    terminal.wait(r"^status 3: failure\Z")
    terminal.key("C-d")
    assert exit_status(terminal) == 3


def test_end_of_file_in_a_line_deletes_the_character_under_the_cursor(start):
    terminal = start()
    terminal.send("echo abc\x01\x04")
    terminal.wait(r"^>> cho abc$")


def test_end_of_file_warns_once_of_jobs_that_are_left(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    terminal.wait(r"^>>\nstatus 0: success · 1 running\Z")
    terminal.key("C-d")
    terminal.wait(
        r"^simpsh: there are jobs left \(1 running\); leave again to hang them up:\n"
        r"\[1\]\+  Running .*\n>>$"
    )
    terminal.key("C-d")
    assert exit_status(terminal) == 0


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


def test_a_job_that_ends_is_reported_above_the_line_being_typed(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    terminal.send("echo half")
    terminal.wait(r"^>> echo half$")
    os.kill(pid, signal.SIGTERM)
    terminal.wait(
        r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>> echo half\nstatus 0: success\Z"
    )
    terminal.send(" done\r")
    terminal.wait(r"^>> echo half done\nhalf done\n>>$")


def test_a_job_that_stops_and_goes_on_is_reported_at_once(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>$").group(1))
    os.kill(pid, signal.SIGSTOP)
    terminal.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)  *sleep 100\n>>\nstatus 0: success · 1 stopped\Z")
    os.kill(pid, signal.SIGCONT)
    terminal.wait(r"^\[1\]\+  Running  *sleep 100 &\n>>\nstatus 0: success · 1 running\Z")


def test_every_one_of_many_jobs_is_reported(start):
    terminal = start(rows=60)
    for number in range(1, 21):
        terminal.send("sleep 100 &\r")
        terminal.wait(rf"^\[{number}\]  \d+\n>>$")
    terminal.send("echo half")
    terminal.wait(r"^>> echo half\nstatus 0: success · 20 running\Z")
    for pid in children_of(terminal.pid):
        os.kill(pid, signal.SIGTERM)
    terminal.wait(r"^>> echo half\nstatus 0: success\Z")
    for number in range(1, 21):
        terminal.wait_raw(rb"\[%d\].  Terminated \(SIGTERM\)" % number)


def test_a_storm_of_interrupts_leaves_the_prompt_alive_and_no_traceback(start):
    terminal = start()
    for round_number in range(40):
        terminal.send("\x03" * (round_number % 5) + "echo x\r" + "\x03" * 3)
    terminal.send("\x03\x15echo over\r")
    terminal.wait(r"^over\n>>$")
    assert b"Traceback" not in terminal.raw
    assert b"Exception" not in terminal.raw


def test_text_pasted_with_newlines_waits_for_enter(start):
    terminal = start()
    terminal.send("\x1b[200~echo a\necho b\x1b[201~")
    terminal.wait(r"^>> echo a\n\.\. echo b\nstatus 0: success\Z")
    terminal.send("\r")
    terminal.wait(r"^a\nb\n>>$")


def test_what_is_typed_while_a_command_runs_comes_to_the_next_prompt(start):
    terminal = start()
    terminal.send("cat\r")
    terminal.foreground_is("cat")
    terminal.send("one\r")
    terminal.wait(r"^one\none$")
    # The first end of file is for cat, what follows for the shell.
    terminal.send("\x04echo two\recho thr")
    terminal.wait(r"^>> echo two\ntwo\n[^>]*>> echo thr$")


def test_the_line_is_redrawn_in_a_window_of_another_size(start):
    terminal = start()
    terminal.send("echo " + "word " * 12 + "end")
    terminal.wait(r"^>> echo (word ){12}end$")
    terminal.resize(24, 40)
    terminal.wait(r"^>> echo (word ){6}wo\nrd (word ){5}end\nstatus 0: success$")


def test_the_toolbar_gives_way_on_a_screen_of_three_rows(start):
    terminal = start(rows=3)
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>\Z")


def test_the_prompt_comes_back_after_the_shell_itself_was_stopped(start):
    terminal = start()
    terminal.send("echo half")
    terminal.wait(r"^>> echo half$")
    os.kill(terminal.pid, signal.SIGSTOP)
    terminal.wait_until(lambda: state_of(terminal.pid) == "T", "it never stopped")
    # The shell above would set the modes that it likes.
    modes = terminal.modes()
    modes[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(terminal._master, termios.TCSANOW, modes)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait(r"^>> echo half\n>> echo half\nstatus 0: success\Z")
    assert not terminal.is_canonical()
    terminal.send(" more\r")
    terminal.wait(r"^half more\n>>$")


def test_the_terminal_has_its_modes_back_when_the_shell_has_left(start):
    terminal = start(program=("sh", "-c", f"{simpsh_command()[0]}; exec cat"))
    terminal.send("exit\r")
    terminal.foreground_is("cat")
    assert terminal.is_canonical()
    assert terminal.modes()[3] & termios.ECHO
    assert terminal.modes()[3] & termios.ISIG


def test_a_search_finds_and_enter_runs_what_was_found(start):
    terminal = start()
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")
    terminal.send("\x12on")
    terminal.wait(r"^\(reverse-i-search\)`on': echo one$")
    terminal.send("\r")
    terminal.wait(r"^>> echo one\none\n>> echo one\none\n>>$")


def test_the_latest_line_that_begins_so_is_suggested_and_taken_with_the_right_arrow(start):
    terminal = start()
    terminal.send("echo first\r")
    terminal.wait(r"^first\n>>$")
    terminal.send("ec")
    terminal.wait(r"^>> echo first$")
    terminal.key("right", "enter")
    terminal.wait(r"^>> echo first\nfirst\n>>$")


def test_tab_completes_a_file_and_quotes_its_name(start, tmp_path):
    (tmp_path / "a file").write_text("inside\n")
    terminal = start()
    terminal.send("cat a\t\r")
    terminal.wait(r"^>> cat a\\ file\ninside\n>>$")


def test_tab_shows_a_menu_whose_choice_enter_takes_without_running(start, tmp_path):
    for name in ("new", "news"):
        (tmp_path / name).write_text(name + "\n")
    terminal = start()
    terminal.send("cat n\t")
    terminal.wait(r"^>> cat new\n +new\n +news\nstatus 0: success\Z")
    terminal.key("tab", "tab", "enter")
    terminal.wait(r"^>> cat news\nstatus 0: success\Z")
    terminal.key("enter")
    terminal.wait(r"^news\n>>$")


def test_keys_behind_tab_belong_behind_the_completion(start, tmp_path):
    (tmp_path / "only").write_text("inside\n")
    terminal = start()
    terminal.send("cat on\t-\x7f\r")
    terminal.wait(r"^inside\n>>$")


def test_the_history_is_kept_for_the_next_shell_and_for_nobody_else(start, tmp_path):
    first = start(XDG_STATE_HOME=f"{tmp_path}/state")
    first.send("echo kept\r")
    first.wait(r"^kept\n>>$")
    first.send(" echo secret\r")
    first.wait(r"^secret\n>>$")
    path = tmp_path / "state/simpsh/history"
    assert path.read_text() == "echo kept\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = start(XDG_STATE_HOME=f"{tmp_path}/state")
    second.key("up", "enter")
    second.wait(r"^>> echo kept\nkept\n>>$")


def test_a_history_that_cannot_be_kept_is_one_line(start, tmp_path):
    (tmp_path / "state").write_text("a file, no directory")
    terminal = start(columns=200, XDG_STATE_HOME=f"{tmp_path}/state")
    terminal.wait(
        r"\Asimpsh 1\.0 .*\nsimpsh: history: [^:]*/state/simpsh/history: Not a directory: "
        r"lines are forgotten when the shell ends\n>>$"
    )
    terminal.send("echo on\r")
    terminal.wait(r"^on\n>>\nstatus 0: success\Z")


def test_on_a_dumb_terminal_lines_are_read_plainly(start):
    terminal = start(TERM="dumb")
    terminal.send("echo one\r")
    terminal.wait(r"^>> echo one\none\n>>\Z")
    assert b"\x1b" not in terminal.raw


def test_interrupt_on_a_dumb_terminal_gives_a_fresh_prompt(start):
    terminal = start(TERM="dumb")
    terminal.send("some text")
    terminal.wait(r"^>> some text\Z")
    terminal.key("C-c")
    terminal.wait(r"^>> some text\^C\n>>\Z")
    terminal.send("exit\r")
    assert exit_status(terminal) == 130


def test_a_job_is_reported_at_once_on_a_dumb_terminal(start):
    terminal = start(TERM="dumb")
    terminal.send("sleep 100 &\r")
    pid = int(terminal.wait(r"^\[1\]  (\d+)\n>>\Z").group(1))
    os.kill(pid, signal.SIGTERM)
    terminal.wait(r"^\[1\]\+  Terminated \(SIGTERM\)  *sleep 100\n>>\Z")


def test_unfinished_input_goes_on_and_ends_on_a_dumb_terminal(start):
    terminal = start(TERM="dumb")
    terminal.send("echo 'a\r")
    terminal.wait(r"^\.\.\Z")
    terminal.send("b'\r")
    terminal.wait(r"^>> echo 'a\n\.\. b'\na\nb\n>>\Z")
    terminal.key("C-d")
    assert exit_status(terminal) == 0


def test_commands_come_from_a_file_that_replaced_the_keyboard(start, tmp_path):
    (tmp_path / "commands").write_text("echo from file\n")
    terminal = start()
    terminal.send("exec <commands\r")
    assert exit_status(terminal) == 0
    assert "\n>> from file\n>>" in terminal.screen()


def test_a_trap_runs_at_once_and_the_line_stays(start):
    terminal = start()
    terminal.send("trap 'echo trapped' USR1\r")
    terminal.wait(r"^>> trap 'echo trapped' USR1\n>>$")
    terminal.send("echo half\x1b[D")
    terminal.wait(r"^>> echo half$")
    os.kill(terminal.pid, signal.SIGUSR1)
    terminal.wait(r"^trapped\n>> echo half$")
    terminal.send("X\r")
    terminal.wait(r"^halXf\n>>$")


def test_an_interrupt_from_elsewhere_clears_the_line_too(start):
    terminal = start()
    terminal.send("some text")
    terminal.wait(r"^>> some text$")
    os.kill(terminal.pid, signal.SIGINT)
    terminal.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted\Z")
    terminal.send("cat\r")
    terminal.foreground_is("cat")


def test_what_was_in_the_menu_takes_no_room_when_it_is_closed(start, tmp_path):
    for name in ("new", "news"):
        (tmp_path / name).write_text("")
    terminal = start()
    terminal.send("cat n\t")
    terminal.wait(r"^ +news\nstatus 0: success\Z")
    terminal.send("x")
    terminal.wait(r"^>> cat newx\nstatus 0: success\Z")


def test_nothing_is_coloured_under_no_color(start):
    terminal = start(NO_COLOR="1")
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")
    assert b"[38;5;" not in terminal.raw


def test_a_style_that_does_not_exist_is_one_line(start):
    terminal = start(SIMPSH_STYLE="nosuch")
    terminal.wait(r"\Asimpsh: SIMPSH_STYLE: no Pygments style is called 'nosuch'\n")
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")


def test_vi_keys_on_request(start):
    terminal = start()
    terminal.send("set -o vi\r")
    terminal.wait(r"^>> set -o vi\n>>$")
    terminal.send("echo abc")
    terminal.wait(r"^>> echo abc$")
    terminal.key("escape")
    terminal.send("0wiX")
    terminal.wait(r"^>> echo Xabc$")
    terminal.send("\r")
    terminal.wait(r"^Xabc\n>>$")


def test_bytes_that_are_no_text_pass_unchanged(start):
    terminal = start()
    terminal.send(b"printf %s \xff | od -An -tx1\r")
    terminal.wait(r"^ ff\n>>$")


def test_the_terminal_is_never_asked_where_the_cursor_is(start):
    terminal = start()
    terminal.send("echo one\r")
    terminal.wait(r"^one\n>>$")
    assert b"\x1b[6n" not in terminal.raw


WITH_A_DEFECT = (
    sys.executable,
    "-c",
    "import sys; from simpsh.repl import editor\n"
    "def fail(*_): raise ValueError('defect')\n"
    "{place} = fail\n"
    "from simpsh.__main__ import main; sys.argv = ['simpsh']; sys.exit(main())",
)


def _with_defect(place):
    return tuple(part.replace("{place}", place) for part in WITH_A_DEFECT)


def test_a_defect_behind_a_key_is_one_line_and_the_prompt_goes_on(start):
    terminal = start(program=_with_defect("editor.completion"), PYTHONPATH=PROJECT)
    terminal.send("echo o\t")
    terminal.wait(r"^simpsh: the prompt had a problem: ValueError\('defect'\)\n>> echo o$")
    terminal.send("n\r")
    terminal.wait(r"^on\n>>$")


def test_plain_lines_are_read_when_the_prompt_cannot_be_drawn(start_shell):
    terminal = start_shell(
        program=_with_defect("editor.Painter.lex_document"), environment={"PYTHONPATH": PROJECT}
    )
    terminal.wait(r"^simpsh: the prompt had a problem: ValueError\('defect'\)\n>>\Z")
    assert terminal.is_canonical()
    terminal.send("echo on\r")
    terminal.wait(r"^>> echo on\non\n>>\Z")
    assert b"Traceback" not in terminal.raw


def test_a_hang_up_ends_the_shell(start):
    terminal = start()
    terminal.send("sleep 100 &\r")
    terminal.wait(r"^\[1\]  (\d+)\n>>$")
    terminal.close()
    assert terminal.status == -signal.SIGHUP
