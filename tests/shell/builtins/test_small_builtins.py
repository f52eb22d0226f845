"""cd, read, printf, set, trap, umask, ulimit, fc and others: where dash is not the model.

tests/dash compares the rest with dash; tests/spec/shell_builtins.spec has the messages.
"""

import os
import random
import signal
from pathlib import Path

import pytest

from simpsh.shell.builtins.shell_variables import fields
from simpsh.shell.state import State
from tests.harness.sh import SIMPSH, run, simpsh
from tests.shell.builtins.builtin_calls import call, restored_process, shell


@pytest.fixture
def directory(tmp_path: Path):
    """A working directory that contains a directory and a link to it."""
    top = tmp_path.resolve()
    (top / "real").mkdir()
    (top / "link").symlink_to("real")
    with restored_process():
        os.chdir(top)
        yield str(top)


# -- cd and pwd --------------------------------------------------------------------------------


def test_a_failing_cd_changes_nothing(directory):
    for operands in (["nosuch/.."], ["nosuch"], ["-"], [], [""], ["real", "link"]):
        state = shell(PWD=directory)
        assert call(state, "cd", *operands).status == len(operands or "1")
        assert (os.getcwd(), state.variables["PWD"]) == (directory, directory)
        assert "OLDPWD" not in state.variables


def test_cd_and_pwd_of_names_that_are_not_text_and_of_a_wrong_PWD(directory):
    name = os.fsdecode(b"\xff\xfe")
    os.mkdir(name)
    state = shell(PWD=directory)
    assert call(state, "cd", name).status == 0
    state.variables["PWD"] = "/"
    answer = call(state, "pwd", "x")
    assert (answer.status, answer.output, answer.error) == (0, f"{directory}/{name}\n", "")


# -- read --------------------------------------------------------------------------------------


def test_read_drops_nul_and_passes_bytes_that_are_not_text():
    state = shell()
    call(state, "read", "a", given=b"\xff\0\xfe\n")
    assert os.fsencode(state.variables["a"]) == b"\xff\xfe"


def test_read_d_ends_the_line_at_another_character_and_leaves_the_rest():
    state = shell()
    assert call(state, "read", "-d", ":", "x", "y", given=b"a b\nc:rest").status == 0
    assert (state.variables["x"], state.variables["y"]) == ("a", "b\nc")
    assert call(state, "read", "-d", "", "x", given=b"a\nb\0rest").status == 0
    assert state.variables["x"] == "a\nb"
    assert call(state, "read", "-d", ":", "x", given=b"a\\:b\\\nc").status == 1
    assert state.variables["x"] == "a:bc"


def test_a_line_is_split_at_blanks_in_the_same_way_whichever_order_ifs_has():
    # The default order has a shorter way.
    chance = random.Random(0)
    for _ in range(2000):
        text = "".join(chance.choices("ab \t\xa0\u3000é\\", k=chance.randrange(9)))
        count = chance.randrange(1, 5)
        found = fields(text, text, " \t\n", count)
        assert found == fields(text, text, "\n\t ", count), (text, count)
    assert fields(" a  b c ", " a  b c ", " \t\n", 2) == ["a", "b c"]
    assert fields("", "", "", 2) == ["", ""]


# -- variables and options ---------------------------------------------------------------------


def test_misuse_has_status_2_and_changes_nothing():
    for line in (
        *("read", "read 1a", "read -x a", "read a ''", "read -d", "shift 4", "shift -1", "shift x"),
        *("shift 1 1", "unset 1x", "unset PPID", "set -q", "set -o nosuch", "set +q", "set -ez"),
        *(f"{name} {word}" for name in ("export", "unset") for word in ("1a", "''", "a-b", "é")),
        *("export =x", "unset =x", "times -x", "fc -q", "fc -s"),
        *(f"ulimit {words}" for words in ("-n x", "-n -1", "-Z", "-n 1 2", "-nu 9", "-a 9")),
    ):
        state = shell()
        state.positional = ["a", "b", "c"]
        name, *operands = (word.strip("'") for word in line.split())
        assert call(state, name, *operands, given=b"x\n").status == 2, line
        assert state.positional == ["a", "b", "c"]


def test_export_and_unset_mark_and_remove():
    state = shell(A="it's", B="x\ny")
    state.exported = {*"ABC"}
    listing = "export A='it'\"'\"'s'\nexport B='x\ny'\nexport C\n"
    assert call(state, "export", "-p").output == call(state, "export").output == listing
    # Names before an invalid one are exported; a name without a value is not in the environment.
    call(state, "export", "D=1", "1b=2")
    assert state.environment()["D"] == "1"
    assert "C" not in state.environment()
    # There is no variable with this name.
    assert call(state, "unset", "A=B").status == 0
    call(state, "unset", "-v", "A", "NOSUCH")
    state.assign("A", "2")
    assert "A" not in state.environment()


def test_options_are_listed_in_both_forms_and_only_one_editor_mode_is_on():
    state = shell()
    call(state, "set", "-o", "pipefail")
    listed, again = (call(state, "set", sign).output.splitlines() for sign in ("-o", "+o"))
    assert {"errexit         off", "pipefail        on"} <= {*listed}
    assert {"set +o errexit", "set -o pipefail"} <= {*again}
    for mode in ("vi", "emacs"):
        call(state, "set", "-o", mode)
        assert (state.options.vi, state.options.emacs) == (mode == "vi", mode == "emacs")


def test_LINENO_counts_the_lines_of_the_script_in_functions_too():
    script = """printf '%s ' $LINENO

f() {
printf '%s ' $LINENO
eval 'printf "%s " $LINENO'
}
f
printf '%s ' $LINENO; eval '
printf "%s" $LINENO'
true |
printf ' %s' $LINENO; printf ' %s' $(
printf '%s' $LINENO)
"""
    assert run(SIMPSH, script).text == "1 4 5 8 9 11 12"


def test_the_option_s_makes_the_operands_parameters():
    shell_with_s = simpsh("-s", "a", "b c")
    assert run(shell_with_s, "printf '[%s]' \"$@\"", form="stdin").text == "[a][b c]"


# -- printf ------------------------------------------------------------------------------------

WIDEST = 1 << 24
PRINTED = {
    # Width, precision and flags, also from an argument; a negative width is at the left.
    ("%-5d|%+d|%05d", "1", "2", "3"): "1    |+2|00003",
    ("%*d|%*d|", "3", "7", "-4", "7"): "  7|7   |",
    ("%.3s|%.*d|%x|%u", "abcdef", "-5", "7", "255", "-1"): "abc|7|ff|18446744073709551615",
    ("%3c|%-3c|", "ab", ""): "  a|\0  |",
    (f"%.{WIDEST + 1}s", "ab"): "ab",
    # Numbered arguments, the code of a character, missing arguments, and a format used again.
    ("%2$s %1$s", "a", "b"): "b a",
    ("%d %d %e", "'a", '"', "1.5"): "97 0 1.500000e+00",
    ("%s %d,", "a", "1", "b"): "a 1,b 0,",
    # \c ends the output of %b, and has no meaning in a format.
    ("%b|", "a\\cb", "c"): "a",
    ("x\\c%%%s", "a"): "x\\c%a",
}


def test_printf_prints_its_arguments():
    found = {words: call(shell(), "printf", *words) for words in PRINTED}
    assert {words: answer.output for words, answer in found.items()} == PRINTED
    assert {(answer.status, answer.error) for answer in found.values()} == {(0, "")}


# -- trap --------------------------------------------------------------------------------------


def test_a_subshell_lists_its_parents_traps_until_it_sets_its_own():
    with restored_process():
        state = shell()
        call(state, "trap", "x", "TERM")
        state.traps.reset_in_child()
        assert call(state, "trap").output == "trap -- 'x' TERM\n"
        call(state, "trap", "y", "USR1")
        assert call(state, "trap").output == "trap -- 'y' USR1\n"


def test_trap_p_lists_every_condition_and_trap_lists_those_ignored_from_the_start():
    with restored_process():
        state = State({}, ignored_at_start=frozenset((signal.SIGQUIT,)))
        call(state, "trap", "x", "USR1")
        assert call(state, "trap").output == "trap -- '' QUIT\ntrap -- 'x' USR1\n"
        listed = call(state, "trap", "-p").output.splitlines()
        named = call(state, "trap", "-p", "TERM", "USR1")
    assert {"trap -- - EXIT", "trap -- '' QUIT", "trap -- 'x' USR1", "trap -- - TERM"} <= {*listed}
    assert not any(line.endswith((" KILL", " STOP")) for line in listed)
    assert (named.status, named.output) == (0, "trap -- - TERM\ntrap -- 'x' USR1\n")


# -- umask, ulimit and times -------------------------------------------------------------------


def test_a_umask_is_set_clause_by_clause_and_an_invalid_one_changes_nothing():
    with restored_process():
        os.umask(0o022)
        # In dash `g=u` copies u from before the whole operand; in POSIX the clauses apply in order.
        assert call(shell(), "umask", "u-x,g=u").status == 0
        assert os.umask(0o022) == 0o112
        for text in ("9", "1000", "08", "u", "u+q", "q+r", "u=r,", "", "-S x y"):
            assert call(shell(), "umask", *(text.split() or [""])).status == 2, text
        assert call(shell(), "umask").output == "0022\n"


def test_limits_are_set_soft_hard_or_both():
    script = "ulimit -Sn 64; ulimit -Hn 128; ulimit -Sn hard; ulimit -n; ulimit -SHn 60; ulimit -Hn"
    assert run(SIMPSH, f"{script}; ulimit -Ss 512; ulimit -s").text.split() == ["128", "60", "512"]


def test_ulimit_lists_every_limit_that_linux_has():
    lines = call(shell(), "ulimit", "-a").output.splitlines()
    assert len(lines) == 16
    assert max(map(len, lines)) <= 80
    assert len(call(shell(), "ulimit", "-nu").output.splitlines()) == 2


# -- fc ----------------------------------------------------------------------------------------


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
    listed = call(state, "fc", "-l").output.splitlines()
    assert (len(listed), listed[0]) == (16, "5\tline 4")


def test_history_numbers_the_lines():
    state = shell()
    state.history = ["ls", "a\nb", "pwd"]
    assert call(state, "history").output == "    1  ls\n    2  a\n       b\n    3  pwd\n"
    assert call(state, "history", "1").output == "    3  pwd\n"
    assert call(state, "history", "0").output == ""
    assert call(state, "history", "99").status == 0
    assert call(state, "history", "x").status == 2
