"""Run the tests on bare machines and print one table: `make test-machines ARGS="MACHINE ..."`.

A machine is a release of Debian, a set of packages and a user, such as `trixie-bare-user`. `bare`
has the packages that the README asks for; `all` also has the programs that tests use; `services`
has the services of services.toml, and runs only their tests; `aarch64` has another processor, in an
emulator (emulated_machine.py). Each other machine is a directory below build/machines that
debootstrap fills once. It is entered by pivot_root(2), because chroot(2) forbids user namespaces.
The package sources are those of this machine: apt's and pip's own settings are copied. Needs root.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import IO

from simpsh.console import show_lines
from tests.support.needed_programs import PACKAGES
from tools import emulated_machine

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "build/machines"
README_PACKAGES = ("python3", "python3-venv", "make", "git")
"""The packages of a machine on which a person follows the README."""
MACHINES = (
    *(
        f"{release}-{packages}-{user}"
        for release in ("bookworm", "trixie", "sid")
        for packages in ("bare", "all")
        for user in ("root", "user")
    ),
    *("trixie-services-root", "trixie-services-user", "trixie-aarch64-root"),
)

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
_BUNDLE = "/var/simpsh.bundle"
_INSTALL = "export DEBIAN_FRONTEND=noninteractive; apt-get install -qy --no-install-recommends"
_FILL = {
    "bare": f"apt-get update -q && {_INSTALL} {' '.join(README_PACKAGES)} ca-certificates && "
    "useradd --create-home --shell /bin/bash user",
    "all": f"cd && git clone -q -b main {_BUNDLE} programs && cd programs && "
    "{ .ci/run --programs || true; } && cd && rm -r programs && "
    "command -v gcc && command -v tmux && command -v strace",
    # A package that is installed does not start its service; see invoke-rc.d(8).
    "services": r"printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && "
    f"chmod +x /usr/sbin/policy-rc.d && {_INSTALL}",
}
"""The script that fills a directory, by its packages. All others begin as a copy of `bare`."""
_VERSIONS = """
echo "versions: $(python3 -V), $(ldd --version | sed -n '1s/.* /glibc /p')"
cd && rm -rf simpsh && git clone -q -b main {bundle} simpsh && cd simpsh || exit
"""
_PIP_SETTINGS = ("index-url", "cert", "proxy", "default-timeout", "trusted-host")
"""The settings of a package index. Directories of packages and pinned versions stay here."""


def main() -> int:
    """Test the machines that the arguments name; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make test-machines")
    parser.add_argument("machines", nargs="*", metavar="MACHINE", help=f"of {' '.join(MACHINES)}")
    parser.add_argument("--tests", default="", metavar="ARGS", help="arguments for pytest")
    options = parser.parse_args()
    if unknown := {*options.machines} - {*MACHINES}:
        parser.error(f"no such machine: {min(unknown)}")
    if os.geteuid() != 0:
        parser.error("making a machine needs root")
    chosen = options.machines or MACHINES
    emulator = [emulated_machine.EMULATOR] * any("aarch64" in machine for machine in chosen)
    for program in ("debootstrap", *emulator):
        if shutil.which(program) is None:
            parser.error(f"{program} is missing; install it")
    rows = ["| machine | versions | result |", "|---|---|---|"]
    are_good = []
    for machine in chosen:
        show_lines([f"{machine} ..."])
        row, is_good = tested(machine, options.tests)
        show_lines([row])
        rows.append(row)
        are_good.append(is_good)
    show_lines(["", *rows])
    return 0 if all(are_good) else 1


def tested(machine: str, arguments: str) -> tuple[str, bool]:
    """Clone the repository on a machine and run its tests; return a row, and whether all passed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    release, packages, user = machine.split("-")
    path = FOLDER / f"{machine}.log"
    with path.open("wb") as log:
        try:
            root = made(release, packages, log)
            bundle(root)
            script = _VERSIONS.format(bundle=_BUNDLE)
            if packages == "aarch64":
                testing = f"python3 -m pytest -q -n 2 {arguments}"
                bundled = Path(f"{root}{_BUNDLE}")
                emulated_machine.run(root, bundled, f"{script}{testing}", log)
            elif packages == "services":
                testing = "make test-long ARGS=tests/diagnosis/test_services.py"
                run(root, user, f"{script}{testing}", log)
            else:
                run(root, user, f"{script}make test ARGS={shlex.quote(arguments)}", log)
        except subprocess.CalledProcessError:
            # The log has the reason.
            pass
    text = path.read_text(errors="replace")
    versions = re.findall(r"^versions: (.*?)\r?$", text, re.MULTILINE)
    counts = re.findall(
        r"^(?:=+ )?(\d+ (?:passed|failed|skipped).*) in [\d.]+s", text, re.MULTILINE
    )
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    result = "; ".join([*(counts[-1:] or [f"no test ran: see {path}"]), *failed])
    return f"| {machine} | {''.join(versions[-1:])} | {result} |", bool(counts) and not failed


def made(release: str, packages: str, log: IO[bytes]) -> Path:
    """Return the directory of a machine, filled; raise CalledProcessError if that fails."""
    root = FOLDER / f"{release}-{packages}"
    mark = root.with_suffix(".made")
    if mark.exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    archive = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[0]
    if packages == "aarch64":
        emulated_machine.fill(root, archive, README_PACKAGES, log)
    elif packages == "bare":
        root.mkdir()
        # Its mounts end with it, even if it is interrupted.
        words = ["unshare", "--mount", "debootstrap", "--variant=minbase", release]
        subprocess.run([*words, root, archive], stdout=log, stderr=log, check=True)
        copy_settings(root)
        run(root, "root", _FILL["bare"], log)
    else:
        subprocess.run(["cp", "-a", made(release, "bare", log), root], check=True)
        bundle(root)
        services = " ".join(service_packages()) if packages == "services" else ""
        run(root, "root", f"{_FILL[packages]} {services}", log)
    mark.touch()
    return root


def run(root: Path, user: str, script: str, log: IO[bytes]) -> None:
    """Run a script on a machine as one of its users; raise CalledProcessError if it fails."""
    home = "/root" if user == "root" else f"/home/{user}"
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ids = ["--reset-env"] if user == "root" else ["--reuid=1000", "--regid=1000", "--init-groups"]
    words = [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"),
        *("sh", "-c", _ENTER, "sh", str(root), "setpriv", *ids),
        *("env", "-i", path, f"HOME={home}", f"USER={user}", "LANG=C.UTF-8", "CI=true"),
        *("sh", "-c", script),
    ]
    subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)


def service_packages() -> list[str]:
    """Return the packages of all services in services.toml."""
    table = tomllib.loads((REPOSITORY / "tests/diagnosis/services.toml").read_text())
    programs = {name for service in table.values() for name in service["programs"]}
    return sorted({PACKAGES.get(name, name) for name in programs})


def copy_settings(root: Path) -> None:
    """Copy the settings of apt, pip and the network: the machine uses the sources of this one."""
    certificates = "etc/ssl/certs/ca-certificates.crt"
    for name in ("etc/resolv.conf", "etc/hosts", certificates):
        if Path("/", name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(f"/{name}", root / name)
    for name in ("etc/apt/apt.conf.d", "usr/local/share/ca-certificates"):
        if Path("/", name).is_dir():
            shutil.copytree(f"/{name}", root / name, dirs_exist_ok=True)
    words = [sys.executable, "-m", "pip", "config", "list"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True)
    found = dict(re.findall(r"\.([\w-]+)='(.*)'$", shown.stdout, re.MULTILINE))
    lines = [f"{name} = {found[name]}\n" for name in _PIP_SETTINGS if name in found]
    (root / "etc/pip.conf").write_text("".join(["[global]\n", *lines]))


def bundle(root: Path) -> None:
    """Put the current commit into a file from which any user of the machine can clone."""
    bare = f"{root}{_BUNDLE}.git"
    git = ["git", "-c", "advice.detachedHead=false"]
    shutil.rmtree(bare, ignore_errors=True)
    subprocess.run([*git, "init", "-q", "--bare", bare], check=True)
    fetching = [*git, "-C", bare, "fetch", "-q", str(REPOSITORY), "+HEAD:refs/heads/main"]
    subprocess.run(fetching, check=True)
    creating = [*git, "-C", bare, "bundle", "create", "-q", f"{root}{_BUNDLE}", "main"]
    subprocess.run(creating, check=True)
    shutil.rmtree(bare)


if __name__ == "__main__":
    sys.exit(main())
