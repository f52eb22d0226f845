"""The release: wheel, manual pages, citation, the workflow of the forge."""

import email
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from simpsh.base.version import DATE, __version__
from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.cli.own_options import OPTIONS
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.shell.builtins import help_pages
from tests.cli.test_help import KINDS
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import is_installed, lack
from tools.write_manuals import manual_pages, write
from tools.write_zipapp import write as write_zipapp

ROOT = Path(PROJECT)


needs_builder = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="without hatchling no wheel can be built"
)


def wheel_in(folder: Path, **variables: str) -> Path:
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = run_command(argv, cwd=PROJECT, env=os.environ | variables)
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("simpsh-*.whl")
    return wheel


@needs_builder
def test_a_wheel_for_instructors_holds_solutions(tmp_path):
    wheel = wheel_in(tmp_path, SIMPSH_WITH_SOLUTIONS="1")
    names = zipfile.ZipFile(wheel).namelist()
    exercise = "simpsh/lessons/fork/exercises/two-children"
    assert {f"{exercise}/solution.c", f"{exercise}/start.c"} <= {*names}


@needs_builder
def test_the_wheel_holds_exactly_the_used_files(tmp_path):
    about = f"simpsh-{__version__}"
    path = wheel_in(tmp_path, SOURCE_DATE_EPOCH="1700000000")
    with zipfile.ZipFile(path) as wheel:
        times = {info.date_time for info in wheel.infolist()}
        names = set(wheel.namelist())
        starts = [wheel.read(name).decode() for name in names if "/start." in name]
        entry_points = wheel.read(f"{about}.dist-info/entry_points.txt").decode()
        metadata = email.message_from_bytes(wheel.read(f"{about}.dist-info/METADATA"))
    assert times == {(2023, 11, 14, 22, 13, 20)}, "two builds of one commit are equal"
    shared = f"{about}.data/data/"
    code = {name for name in names if not name.startswith(about)}
    assert {name.split("/")[0] for name in code} == {"simpsh"}, (
        "no top-level package of a generic name"
    )
    solutions = re.compile(r".*/exercises/.*/solution\..*")
    code_of = ("simpsh/**/*.py", "lessons/**/*.py")
    page_of = [f"simpsh/view/**/*.{kind}" for kind in ("html", "css", "js")]
    found = [path.relative_to(ROOT) for kind in (*code_of, *page_of) for path in ROOT.glob(kind)]
    parts = {f"{Path(*() if path.parts[0] == 'simpsh' else ('simpsh',), path)}" for path in found}
    assert {part for part in parts if not solutions.match(part)} <= code
    exercise = "simpsh/lessons/fork/exercises/two-children"
    assert {"simpsh/py.typed", f"{exercise}/task.md", f"{exercise}/start.c"} <= code
    assert not [name for name in code if solutions.match(name)]
    assert len(starts) == 2 * len(ExerciseCatalogue().ids)
    assert not [text for text in starts if "SOLUTION" in text or "INSTEAD" in text]
    assert not [name for name in code if name.endswith((".pyc", ".o", ".html.new", "~"))]
    assert {name.removeprefix(shared) for name in names if name.startswith(shared)} == {
        *(f"share/man/{name}" for name in manual_pages())
    }
    rest = {name for name in names - code if not name.startswith(shared)}
    assert {name.removeprefix(f"{about}.dist-info/") for name in rest} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }
    assert "simpsh = simpsh.__main__:main" in entry_points
    assert metadata["Version"] == __version__
    needed = [one for one in metadata.get_all("Requires-Dist") if "extra" not in one]
    assert sorted(re.match(r"[\w-]+", one)[0] for one in needed) == [
        "prompt-toolkit",
        "pyelftools",
        "pygments",
        "wcwidth",
    ]


@needs_builder
@pytest.mark.long("pip fetches the libraries that go into the file")
def test_the_single_file_executes_simpsh_and_removes_folders_of_older_ones(tmp_path):
    file = tmp_path / "simpsh.pyz"
    write_zipapp(file, str(wheel_in(tmp_path)))
    unpacked = tmp_path / "cache/simpsh"
    for name in ("idle", "used"):
        (unpacked / f"{name}-{sys.implementation.cache_tag}/bin").mkdir(parents=True)
    used = f"{unpacked}/used-{sys.implementation.cache_tag}/bin/python"
    command = [sys.executable, str(file), "-c", "echo a | cat; exit 7"]
    with subprocess.Popen([used, "60"], executable=shutil.which("sleep")) as running:
        found = run_command(command, env=os.environ | {"XDG_CACHE_HOME": f"{tmp_path}/cache"})
        running.kill()
    assert (found.stdout, found.returncode) == ("a\n", 7), found.stderr
    assert ["used" in path.name for path in sorted(unpacked.iterdir())] == [False, True]


# ---------------------------------------------------------------------------- manual pages


def plain(source: str) -> str:
    """The text of a manual page's source, without its fonts and escapes."""
    letters = re.sub(r"\\\[u([0-9A-F]+)\]", lambda found: chr(int(found[1], 16)), source)
    return re.sub(r"\\f[BP]", "", letters).replace(r"\-", "-").replace(r"\e", "\\")


def test_the_manual_pages_have_every_subcommand_option_and_subject_of_help():
    pages = {name: plain(text) for name, text in manual_pages().items()}
    for typed in OPTIONS:
        assert f"\n.TP\n{typed}\n" in pages["man1/simpsh.1"]
    for name, subcommand in KINDS.items():
        page = pages[f"man1/simpsh-{name.split()[0]}.1"]
        assert name in SUBCOMMANDS or f"\n.SS simpsh {name}\n" in page
        for _, option in subcommand.declared():
            assert f"\n.TP\n{option.typed}\n" in page, name
    for page in help_pages.pages():
        title = page.title.partition(" – ")[0]
        assert f"\n.TP\n{title}\n" in pages["man1/simpsh.1"]


def test_the_manual_pages_are_formatted_without_a_warning(tmp_path):
    pages = [str(path) for path in write(tmp_path)]
    formatters = [name for name in ("mandoc", "groff") if is_installed(name)]
    if not formatters:
        lack("mandoc", "groff")
    if "mandoc" in formatters:
        found = run_command(["mandoc", "-T", "lint", *pages], cwd=tmp_path)
        assert (found.returncode, found.stdout) == (0, "")
    if "groff" in formatters:
        # The command that `man --warnings` runs.
        argv = ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z", *pages]
        found = run_command(argv, cwd=tmp_path)
        assert (found.returncode, found.stdout + found.stderr) == (0, "")


# ------------------------------------------------------------------- files for a forge


def test_the_citation_and_the_changelog_name_this_version():
    citation = (ROOT / "CITATION.cff").read_text()
    assert f'\ndate-released: "{DATE}"\n' in citation
    assert citation.startswith("cff-version: 1.2.0\nmessage: ")
    releases = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    is_release = re.fullmatch(r"[0-9.]+", __version__) is not None
    [newest, *_] = [title for title in releases if title != "Unreleased"]
    [released] = re.findall(r"^version: (.+)$", citation, re.MULTILINE)
    assert newest == f"{released} – {DATE}"
    assert (released == __version__) == is_release
    assert is_release or releases[0] == "Unreleased"


# ------------------------------------------------------------------- make and its environment


@pytest.mark.parametrize("broken", ["nothing", "moved", "without its Python"])
def test_make_keeps_an_environment_that_works_and_makes_a_broken_one_again(tmp_path, broken):
    folder = tmp_path / "with a blank"
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    python = sys.executable if broken != "without its Python" else "/nowhere/python3"
    (programs / "python").symlink_to(python)
    here = tmp_path / "elsewhere" if broken == "moved" else folder
    for name in ("simpsh", "pip"):
        (programs / name).write_text(f"#!/bin/sh\n'''exec' \"{here}/.venv/bin/python\" \"$0\"\n")
    found = run_command(["make", "help"], cwd=folder)
    assert found.returncode == 0, found.stderr
    assert programs.exists() == (broken == "nothing")
    assert ("making it again" in found.stdout) == (broken != "nothing")


@needs_builder
def test_the_source_package_has_every_file_of_the_repository(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    assert run_command(argv, cwd=PROJECT).returncode == 0
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        packed = {name.partition("/")[2] for name in files.getnames()}
    words = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = run_command(words, cwd=tmp_path).stdout.splitlines()
    assert packed - {"PKG-INFO"} == {name for name in names if (ROOT / name).exists()}
