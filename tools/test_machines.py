"""Run the tests on bare machines and print one table: `make test-machines ARGS="CELL ..."`.

A cell is a release of Debian, a set of packages, and a user, such as `trixie-bare-user`. `bare`
has the packages that the README asks for; `all` also has the programs that tests use; `services`
has the services of services.toml, and runs only these tests; `aarch64` is a machine with another
processor, in an emulator. Each other machine is a directory below build/machines that debootstrap
fills once. It is entered by pivot_root(2), because chroot(2) forbids user namespaces. The package
sources are those of this machine: apt's and pip's own settings are copied. Needs root.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from simpsh.base.record import Record, changed
from simpsh.console import say, show_lines
from tests.support.needed_programs import PACKAGES
from tools import emulated_machine

REPOSITORY = Path(__file__).resolve().parents[1]
MACHINES = REPOSITORY / "build/machines"
RELEASES = ("bookworm", "trixie", "sid")
README_PACKAGES = ("python3", "python3-venv", "make", "git")
"""The packages of a machine on which a person follows the README."""

_ENTER = """
set -e
root=$1; shift
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p mnt/old
pivot_root . mnt/old
cd /
umount -l mnt/old
exec "$@"
"""
"""Arguments: the root, the command."""

_PIP_SETTINGS = ("index-url", "cert", "proxy", "default-timeout", "trusted-host")
"""The settings of a package index. Directories of packages and pinned versions stay here."""

_BUNDLE = "/var/simpsh.bundle"

_WITHOUT_STARTS = """
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
"""
"""A package that is installed does not start its service; see invoke-rc.d(8)."""

_VERSIONS = """
    python3 -V
    ldd --version | sed -n '1s/.* /glibc /p'
    gcc --version 2>/dev/null | sed -n '1s/.* /gcc /p'
"""


class Cell(Record):
    """A machine and a user."""

    release: str
    packages: str
    user: str

    def __str__(self) -> str:
        return f"{self.release}-{self.packages}-{self.user}"

    @property
    def root(self) -> Path:
        """The root directory of the machine."""
        return MACHINES / f"{self.release}-{self.packages}"

    @property
    def home(self) -> str:
        """The home directory of the user, on the machine."""
        return "/root" if self.user == "root" else f"/home/{self.user}"


_NEW_PYTHONS = frozenset(
    {"tests.explore.search.test_known_sets::test_the_set_is_exactly_the_known_one[polling.py]"}
)
"""Python 3.13 and later count in their own memory while a loop polls: the set is not complete."""

KNOWN = {"trixie": _NEW_PYTHONS, "sid": _NEW_PYTHONS}
"""By release, tests that fail there for a reason that is known, and that is repaired elsewhere."""

BARE, ALL, SERVICES, AARCH64 = "bare", "all", "services", "aarch64"
CELLS = [
    Cell(release, packages, user)
    for release in RELEASES
    for packages in (BARE, ALL, *([SERVICES] if release == "trixie" else []))
    for user in ("root", "user")
] + [Cell("trixie", AARCH64, "root")]


class Result(Record):
    """The results of one cell."""

    cell: Cell
    versions: str
    passed: int
    skipped: int
    failed: tuple[str, ...]
    """The ids of failed tests, or one line that says why no test ran."""
    known: tuple[str, ...]
    """Failed tests that are listed as known on this release."""
    ran: str = ""
    """The command that ran the tests, in Markdown."""

    @property
    def is_green(self) -> bool:
        """Whether tests ran, and none failed that is not known."""
        return self.passed > 0 and not self.failed

    @property
    def row(self) -> str:
        """The row of the table, in Markdown."""
        failed = f"{len(self.failed)} failed" if self.failed else "none failed"
        if self.known:
            failed += f", {len(self.known)} known to fail"
        counts = f"{self.passed:,} passed, {self.skipped:,} skipped, {failed}"
        user = "root" if self.cell.user == "root" else "ordinary user"
        packages = {
            BARE: "README's packages",
            ALL: "all programs",
            SERVICES: "services",
            AARCH64: "gcc, strace; aarch64 in an emulator",
        }
        machine = f"Debian {self.cell.release}: {self.versions}"
        installed = packages[self.cell.packages]
        return f"| {machine} | {installed} | {user} | {self.ran} | {counts} |"


def main() -> int:
    """Test the cells that the arguments name; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make test-machines")
    parser.add_argument("cells", nargs="*", metavar="CELL", help=f"of {' '.join(map(str, CELLS))}")
    parser.add_argument("--tests", default="", metavar="ARGS", help="arguments for pytest")
    parser.add_argument("--jobs", default="", metavar="N", help="processes of pytest")
    options = parser.parse_args()
    by_name = {str(cell): cell for cell in CELLS}
    if unknown := [name for name in options.cells if name not in by_name]:
        parser.error(f"no such cell: {unknown[0]}")
    if os.geteuid() != 0:
        parser.error("making a machine needs root")
    if shutil.which("debootstrap") is None:
        parser.error("debootstrap is missing; install it")
    results = []
    for cell in [by_name[name] for name in options.cells] or CELLS:
        show_lines([f"{cell} ..."])
        jobs = f"JOBS={options.jobs}" if options.jobs else ""
        results.append(result := tested(cell, f"test {jobs}", arguments=options.tests))
        show_lines((result.row, *(f"    {name}" for name in result.failed)))
    table = "\n".join([*_HEADER, *(result.row for result in results), ""])
    say(f"\n{table}")
    return 0 if all(result.is_green for result in results) else 1


_HEADER = ("| machine | installed | as | ran | result |", "|---|---|---|---|---|")


def tested(cell: Cell, target: str, *, arguments: str) -> Result:
    """Clone the repository on the cell's machine and run its tests there."""
    if error := make_machine(cell):
        return Result(cell, "", 0, 0, (error,), ())
    bundle(cell.root)
    log = MACHINES / f"{cell}.log"
    if cell.packages == SERVICES:
        target, arguments = "test-long", "tests/diagnosis/test_services.py"
    words = f"{arguments} --junit-xml={cell.home}/results.xml"
    if cell.packages == AARCH64:
        command = f"python3 -m pytest -q -n 2 {words}"
        script = f"""
            {{ {_VERSIONS} }} >versions
            git clone -q -b main /bundle simpsh && cd simpsh
            {command}
        """
        with log.open("wb") as output:
            bundled = Path(f"{cell.root}{_BUNDLE}")
            emulated_machine.run(cell.root, bundled, script, output=output)
        ran = f"`pytest {arguments}`".replace(" `", "`")
        return changed(result_of(cell), ran=ran)
    script = f"""
        cd && rm -rf simpsh results.xml
        git clone -q -b main {_BUNDLE} simpsh && cd simpsh || exit
        make {target} ARGS={shlex.quote(words)}
    """
    with log.open("wb") as output:
        run(cell, ["sh", "-c", script], output=output)
    name = target.split()[0]
    ran = f"`make {name} ARGS={arguments}`" if arguments else f"`make {name}`"
    return changed(result_of(cell), ran=ran)


def result_of(cell: Cell) -> Result:
    """Return what pytest wrote down on the cell's machine."""
    try:
        report = ElementTree.parse(f"{cell.root}{cell.home}/results.xml")
    except (OSError, ElementTree.ParseError):
        why = f"no test ran: see {MACHINES / f'{cell}.log'}"
        return Result(cell, versions_of(cell), 0, 0, (why,), ())
    passed = skipped = 0
    failed = []
    for case in report.iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    if not (passed or skipped or failed):
        failed.append(f"no test ran: see {MACHINES / f'{cell}.log'}")
    known = KNOWN.get(cell.release, frozenset())
    new = tuple(name for name in failed if name not in known)
    old = tuple(name for name in failed if name in known)
    return Result(cell, versions_of(cell), passed, skipped, new, old)


def versions_of(cell: Cell) -> str:
    """Return the versions of Python, the C library and the compiler on the machine."""
    if cell.packages == AARCH64:
        written = cell.root / "root/versions"
        shown = written.read_text() if written.exists() else ""
    else:
        words = [*entry(cell), "sh", "-c", _VERSIONS]
        shown = subprocess.run(words, capture_output=True, text=True).stdout
    return ", ".join(shown.split("\n")[:-1])


def make_machine(cell: Cell) -> str:
    """Fill the cell's directory unless it is whole; return why it failed, or nothing."""
    mark = MACHINES / f"{cell.root.name}.made"
    if mark.exists():
        return ""
    shutil.rmtree(cell.root, ignore_errors=True)
    MACHINES.mkdir(parents=True, exist_ok=True)
    fill = {BARE: fill_with_release, AARCH64: fill_with_aarch64}.get(
        cell.packages, fill_with_programs
    )
    with (MACHINES / f"{cell.root.name}.making.log").open("wb") as log:
        if not (error := fill(cell, log)):
            mark.touch()
        return error


def fill_with_release(cell: Cell, log: IO[bytes]) -> str:
    """Fill a directory with a release and the packages of the README, as make_machine does."""
    cell.root.mkdir()
    # Its mounts end with it, even if it is interrupted.
    words = ["unshare", "--mount", "debootstrap", "--variant=minbase"]
    words += [cell.release, str(cell.root), archive()]
    if subprocess.run(words, stdout=log, stderr=log).returncode:
        return f"debootstrap failed: see {log.name}"
    copy_settings(cell.root)
    names = " ".join(README_PACKAGES)
    install = f"apt-get update -q && apt-get install -qy --no-install-recommends {names}"
    user = "useradd --create-home --shell /bin/bash user"
    script = f"export DEBIAN_FRONTEND=noninteractive; {install} ca-certificates && {user}"
    if run(changed(cell, user="root"), ["sh", "-c", script], output=log):
        return f"installing packages failed: see {log.name}"
    return ""


def fill_with_aarch64(cell: Cell, log: IO[bytes]) -> str:
    """Fill a directory with a machine for qemu-system-aarch64(1), as make_machine does."""
    if shutil.which(emulated_machine.EMULATOR) is None:
        return f"{emulated_machine.EMULATOR} is missing; install qemu-system-arm"
    return emulated_machine.fill(cell.root, archive(), README_PACKAGES, log)


def fill_with_programs(cell: Cell, log: IO[bytes]) -> str:
    """Copy the release's bare machine and add programs to it, as make_machine does."""
    bare = changed(cell, packages=BARE)
    if error := make_machine(bare):
        return error
    subprocess.run(["cp", "-a", bare.root, cell.root], check=True)
    if cell.packages == SERVICES:
        names = " ".join(sorted(service_packages()))
        script = f"export DEBIAN_FRONTEND=noninteractive; {_WITHOUT_STARTS}"
        script = f"{script} apt-get install -qy --no-install-recommends {names}"
    else:
        bundle(cell.root)
        script = f"""
            cd && git clone -q -b main {_BUNDLE} programs &&
            cd programs && {{ .ci/run --programs || true; }} && cd && rm -r programs &&
            command -v gcc && command -v tmux && command -v strace
        """
    if run(changed(cell, user="root"), ["sh", "-c", script], output=log):
        return f"installing the programs failed: see {log.name}"
    return ""


def service_packages() -> set[str]:
    """Return the packages of all services in services.toml."""
    with open(REPOSITORY / "tests/diagnosis/services.toml", "rb") as table:
        kinds = tomllib.load(table)
    rows = [row for kind in kinds.values() for row in kind.values()]
    return {PACKAGES.get(name, name) for row in rows for name in row["programs"]}


def archive() -> str:
    """Return where this machine's apt gets its packages."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True)
    return shown.stdout.split("\n")[0]


def copy_settings(root: Path) -> None:
    """Copy the settings of apt, pip and the network: the machine uses the sources of this one."""
    for name in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(name, f"{root}{name}")
    for folder in ("/etc/apt/apt.conf.d", "/usr/local/share/ca-certificates"):
        if Path(folder).is_dir():
            shutil.copytree(folder, f"{root}{folder}", dirs_exist_ok=True)
    certificates = "/etc/ssl/certs/ca-certificates.crt"
    if Path(certificates).is_file():
        Path(f"{root}{certificates}").parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(certificates, f"{root}{certificates}")
    lines = ["[global]"]
    for name, value in pip_settings().items():
        lines.append(f"{name} = {value}")
    Path(f"{root}/etc/pip.conf").write_text("\n".join([*lines, ""]))


def pip_settings() -> dict[str, str]:
    """Return pip's settings on this machine that hold on another one, too."""
    words = [sys.executable, "-m", "pip", "config", "list"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = (line.partition("=") for line in shown.stdout.splitlines())
    settings = {name.rpartition(".")[2]: value.strip("'") for name, _, value in lines}
    return {name: settings[name] for name in _PIP_SETTINGS if name in settings}


def entry(cell: Cell) -> list[str]:
    """Return the words before a command that is to run on the cell's machine as its user."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"]
    user = [] if cell.user == "root" else ["--reuid=1000", "--regid=1000", "--init-groups"]
    environment = [f"HOME={cell.home}", f"USER={cell.user}", "LANG=C.UTF-8", "CI=true"]
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return [
        *(*namespaces, "sh", "-c", _ENTER, "sh", f"{cell.root}"),
        *("setpriv", *(user or ["--reset-env"]), "env", "-i", path, *environment),
    ]


def bundle(root: Path) -> None:
    """Put the current commit into a file from which any user of the machine can clone."""
    git = ["git", "-C", f"{REPOSITORY}"]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        bare = ["git", "-C", folder]
        subprocess.run([*bare, "init", "-q", "--bare"], check=True)
        subprocess.run(
            [*bare, "fetch", "-q", f"{REPOSITORY}", f"{commit.stdout.strip()}:refs/heads/main"],
            check=True,
        )
        subprocess.run([*bare, "bundle", "create", "-q", f"{root}{_BUNDLE}", "main"], check=True)


def run(cell: Cell, command: list[str], *, output: IO[bytes]) -> int:
    """Run a command on the cell's machine; return its status."""
    words = [*entry(cell), *command]
    null = subprocess.DEVNULL
    return subprocess.run(words, stdin=null, stdout=output, stderr=subprocess.STDOUT).returncode


if __name__ == "__main__":
    sys.exit(main())
