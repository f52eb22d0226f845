"""fc, history, alias, $ENV and $LINENO."""

from __future__ import annotations

from tests.harness.sh import SIMPSH, run, simpsh
from tests.shell.builtins.builtin_calls import call, shell


def with_history(*lines: str, is_in_history: bool = True):
    state = shell(PATH="/usr/bin:/bin")
    state.history = [*lines, "fc …"] if is_in_history else [*lines]
    state.is_line_in_history = is_in_history
    return state


def test_fc_lists_the_given_lines_by_default_the_last_sixteen():
    for operands, listed in {
        "-l": "1\tone\n2\ttwo\n3\tthree\n",
        "-l -2": "2\ttwo\n3\tthree\n",
        "-lr 1 2": "2\ttwo\n1\tone\n",
        "-ln tw": "\ttwo\n\tthree\n",
        "-l three two": "3\tthree\n2\ttwo\n",
        "-l 2 99": "2\ttwo\n3\tthree\n",
    }.items():
        answer = call(with_history("one", "two", "three"), "fc", *operands.split())
        assert answer.output == listed
    state = with_history(*(f"line {number}" for number in range(20)), is_in_history=False)
    assert call(state, "fc", "-l").output.splitlines()[0] == "5\tline 4"
    assert len(call(state, "fc", "-l").output.splitlines()) == 16


def test_fc_runs_a_line_again_and_adds_it_to_the_history():
    state = with_history("printf '%s-' one", "printf '%s-' two")
    answer = call(state, "fc", "-s", "two=three")
    assert (answer.output, answer.error) == ("three-", "printf '%s-' three\n")
    assert state.history[-1] == "printf '%s-' three"
    state.history.append("fc")
    assert call(state, "fc", "-s", "one=1", "printf '%s-' o").output == "1-"


def test_fc_reports_that_no_line_matches_and_opens_no_editor():
    for option in ("-l", "-s"):
        assert call(with_history("one"), "fc", option, "nosuch").status == 1
        assert call(with_history(), "fc", option).status == 1
    assert call(with_history("one"), "fc", "-q").status == 2
    assert "no editor is opened" in call(with_history("one"), "fc", "-e", "ed").error


def test_LINENO_counts_the_lines_of_the_script_in_functions_too():
    script = (
        "printf '%s ' $LINENO\n\nf() {\nprintf '%s ' $LINENO\neval 'printf \"%s \" $LINENO'\n}\n"
    )
    script += "f\nprintf '%s ' $LINENO; eval '\nprintf \"%s\" $LINENO'\n"
    script += "true |\nprintf ' %s' $LINENO; printf ' %s' $(\nprintf '%s' $LINENO)\n"
    assert run(SIMPSH, script).text == "1 4 5 8 9 11 12"


def test_the_option_s_makes_the_operands_parameters():
    shell_with_s = simpsh("-s", "a", "b c")
    assert run(shell_with_s, "printf '[%s]' \"$@\"", form="stdin").text == "[a][b c]"


def test_a_prompt_reads_ENV_and_knows_aliases_and_fc(start_shell, tmp_path):
    settings = tmp_path / "settings"
    settings.write_text("alias hi='printf \"<%s>\"'\ngreet() { printf '{%s}' \"$1\"; }\n")
    terminal = start_shell(environment={"ENV": "$FOLDER/settings", "FOLDER": str(tmp_path)})
    terminal.wait_prompt()
    for line, shown in {
        "hi there": r"<there>",
        "greet you": r"^\{you\}",
        "fc -s you=me": r"^\{me\}",
        "fc -ln -2 -1": r"^\s+greet you$\n^\s+greet me$",
    }.items():
        terminal.run(line)
        terminal.wait(shown)
    terminal.run("set -o ignoreeof")
    terminal.key("C-d")
    terminal.wait(r"type 'exit' to leave")
    terminal.send("gre\t")
    terminal.wait(r"^>> greet")


def test_history_numbers_the_lines():
    state = shell()
    state.history = ["ls", "a\nb", "pwd"]
    assert call(state, "history").output == "    1  ls\n    2  a\n       b\n    3  pwd\n"
    assert call(state, "history", "1").output == "    3  pwd\n"
    assert call(state, "history", "0").output == ""
    assert call(state, "history", "99").status == 0
    assert call(state, "history", "x").status == 2
