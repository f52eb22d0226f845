"""The environment, the load and the program itself, as this process finds them."""

import os
import pwd
import subprocess
import sys

import pytest

from simpsh import console
from simpsh.base.file_store import (
    append_own,
    cache_path,
    make_own_folder,
    settings_path,
    state_path,
)
from simpsh.base.own_program import typed_name
from simpsh.base.patience import patience
from simpsh.base.surroundings import NoHome, base_folders, home, search_folders, size
from simpsh.cli.explore_command import ExploreCommand
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from tests.harness.sh import PROJECT
from tests.house.source_tree import HOUSE

NO_HOMES = ("", "relative", "a/b", ".", "..", "~", " /tmp", "\udcff")


@pytest.fixture(autouse=True)
def without_base_folders(monkeypatch):
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("value", NO_HOMES)
def test_a_home_without_an_absolute_path_holds_no_files(value, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", value)
    for path_of in (
        lambda: state_path("x"),
        lambda: cache_path("x"),
        lambda: settings_path({"HOME": value}),
    ):
        with pytest.raises(NoHome, match=r"^HOME is .*: set it to a directory of yours$"):
            path_of()
    monkeypatch.setenv("XDG_STATE_HOME", value)
    with pytest.raises(NoHome):
        state_path("x")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    assert state_path("x") == f"{tmp_path}/state/simpsh/x"


def test_without_home_the_password_file_names_it():
    assert home({}) == pwd.getpwuid(os.getuid()).pw_dir
    assert home({"HOME": "/x"}) == "/x"


def test_a_user_without_an_entry_has_no_home():
    program = (
        "import os; os.setuid(54321)\n"
        "from simpsh.base.surroundings import home, NoHome\n"
        "try: home({})\n"
        "except NoHome as problem: print(problem)\n"
    )
    if os.geteuid() != 0:
        pytest.skip("only root may become a user without an entry")
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r})\nimport simpsh.base.surroundings\n{program}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "HOME is not set: set it to a directory of yours\n", done.stderr


@pytest.mark.parametrize("folder", ["made", "a/b/c", "."])
def test_making_a_relative_folder_ends(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    make_own_folder(folder)
    assert os.path.isdir(folder)
    append_own(f"{folder}/file", "x\n")


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("file", "Not a directory"),
        ("fifo", "Not a directory"),
        ("loop", "Too many levels of symbolic"),
    ],
)
def test_a_home_that_is_no_directory_is_named(base, words, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setenv("HOME", f"{tmp_path}/{base}")
    with pytest.raises(OSError, match=words) as caught:
        make_own_folder(os.path.dirname(state_path("x")))
    assert f"{tmp_path}/{base}" in console.in_words(caught.value)


def test_a_size_is_a_number_that_a_terminal_may_have(monkeypatch):
    for value in (
        "",
        "0",
        "-5",
        "1.5",
        "abc",
        "²",
        "٣",
        "\udcff",
        "9" * 40,
        "10000",
        " 7",
        "+7",
        "1_0",
    ):
        monkeypatch.setenv("LINES", value)
        assert size("LINES", 24) == 24, value
    for value, number in (("1", 1), ("0120", 120), ("9999", 9999)):
        monkeypatch.setenv("LINES", value)
        assert size("LINES", 24) == number
    monkeypatch.delenv("LINES")
    read_end, write_end = os.pipe()
    monkeypatch.setenv("COLUMNS", "0")
    assert console.width(write_end) == 80
    os.close(read_end)
    os.close(write_end)


def test_folders_that_are_relative_are_no_bases(monkeypatch):
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.setenv("XDG_STATE_HOME", "/a//b/")
    assert base_folders(("HOME", "XDG_STATE_HOME", "NO_SUCH")) == ["/a/b"]
    assert search_folders({"PATH": ":/bin:"}) == [".", "/bin", "."]


def test_only_this_file_reads_these_variables():
    """A name in a string elsewhere is a value for a child, or the shell's own variable."""
    reads = ("expanduser(", 'environ.get("HOME"', 'environ["HOME"]', 'environ.get("COLUMNS"',
             'environ.get("LINES"', 'environ.get("XDG_')  # fmt: skip
    found = [
        f"{path.relative_to(HOUSE)}: {read}"
        for path in HOUSE.rglob("*.py")
        for read in reads
        if read in path.read_text() and path.name != "surroundings.py"
    ]
    # In a sandbox, these are values that simpsh itself has set.
    assert sorted(found) == ['grade/sandbox/nested_program.py: environ["HOME"]']


# -- the name of simpsh in the commands that it recommends -------------------------------------


@pytest.mark.parametrize(
    ("typed", "has_path", "name"),
    [
        ("bin/simpsh", False, "bin/simpsh"),
        ("my bin/simpsh", False, "'my bin/simpsh'"),
        ("bin/simpsh", True, "simpsh"),
        ("/somewhere/simpsh/__main__.py", False, "simpsh"),
    ],
)
def test_a_recommended_command_works_where_it_is_read(tmp_path, monkeypatch, typed, has_path, name):
    program = tmp_path / "simpsh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) if has_path else "/nowhere")
    monkeypatch.setattr(sys, "argv", [typed, "lesson"])
    assert typed_name() == name


# -- SIMPSH_PATIENCE gives a slow machine more time; an invalid value changes nothing ----------


@pytest.mark.parametrize(
    ("text", "factor"),
    [("8", 8.0), ("1.5", 1.5), ("0", 1.0), ("nan", 1.0), ("x", 1.0), ("999", 1.0)],
)
def test_the_variable_makes_limits_longer(monkeypatch, text, factor):
    monkeypatch.setenv("SIMPSH_PATIENCE", text)
    assert patience() == factor


def test_exploring_on_a_slow_machine_has_a_longer_budget_unless_one_is_named(monkeypatch):
    monkeypatch.setenv("SIMPSH_PATIENCE", "5")
    assert ExploreCommand.read(["ls"]).budget_seconds == 5 * DEFAULT_BUDGET_SECONDS
    assert ExploreCommand.read(["--budget", "3", "ls"]).budget_seconds == 3


def test_an_explorer_on_a_slow_machine_lets_a_program_compute_for_longer():
    code = "from simpsh.explore.flags import COMPUTES; print(COMPUTES)"
    environment = {**os.environ, "SIMPSH_PATIENCE": "20"}
    output = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert output.split()[4] == "20"
