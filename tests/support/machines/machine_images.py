"""The disks that a virtual machine starts from, made of the distribution's own packages.

A root file system is made once and kept in the user's cache: mmdebstrap unpacks packages of the
machine's architecture and runs none of their scripts, so that no program of another processor must
run here. pip unpacks the libraries of the tests for the same processor. The project itself comes on
a second disk, as it is now.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from compileall import compile_dir
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path

from tests.support.shells import PROJECT

PACKAGES = """
    ?essential busybox-static kmod python3 python3-venv procps less man-db vim-tiny tmux strace gcc
    libc6-dev make gdb iproute2 mount util-linux passwd ncurses-term file
""".split()  # noqa: SIM905
"""The packages of a machine. `?essential` is a pattern of apt's: all that every Debian has."""

NOT_IN_A_MACHINE = ("mypy", "ruff", "types-pygments", "coverage")
"""Packages of the group dev that only `make check` and coverage need."""

DISK = 3 << 30
FIRST_MODULES = ("virtio_pci", "virtio_mmio", "virtio_blk", "ext4")
"""Modules that the kernel needs to mount its root file system, which holds the others."""

_DIGITS = 12
"""Characters of the hash in the name of an image's folder."""
PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
_DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


class NotMade(Exception):
    """An image cannot be made here; the text says why, and what to do."""


@dataclass(frozen=True)
class Image:
    """The description of a machine."""

    name: str
    architecture: str
    """As `uname -m` says it."""
    suite: str
    """The release whose packages it has."""
    python: str
    """The version of Python of that release."""
    kernel: str
    """The package of the kernel; `/suite` after it names another release."""
    distribution: str = "Debian"
    """As apt labels it."""
    components: str = "main"
    packages: tuple[str, ...] = ()
    """Further ones than PACKAGES."""


@dataclass(frozen=True)
class Disks:
    """The files that a machine starts from."""

    kernel: Path
    first_root: Path
    """The initial RAM file system: it mounts the root file system."""
    root: Path


def cache() -> Path:
    """Return the folder where images are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base, "simpsh-machines")


def make(image: Image) -> Disks:
    """Return the disks of an image; make them first if they are not there.

    Raises:
        NotMade: a program, a right or a package is missing.
    """
    folder = cache() / f"{image.name}-{_fingerprint(image)}"
    disks = Disks(folder / "kernel", folder / "first-root", folder / "root")
    if not folder.exists():
        _require("mmdebstrap", "mke2fs", "cpio", "depmod", "xz")
        if os.geteuid() != 0:
            raise NotMade("only root can make an image, whose files belong to root: use sudo")
        folder.parent.mkdir(parents=True, exist_ok=True)
        for old in cache().glob(f"{image.name}-{'?' * _DIGITS}"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as making:
            _fill(image, Path(making))
            Path(making, "disks").rename(folder)
    return disks


def project_disk(path: Path) -> None:
    """Write the project as it is now, without what git ignores, as a tar archive.

    Compiled files are included: a machine with the same version need not, where an
    ordinary user could not keep it. A source has its time with it, by which the compiled file is
    known to be its own.
    """
    for folder in ("simpsh", "lessons"):
        compile_dir(os.path.join(PROJECT, folder), quiet=2)
    names = _output("git", "-C", PROJECT, "ls-files", "-z", "-co", "--exclude-standard")
    with tarfile.open(path, "w") as archive:
        for name in filter(None, names.split("\0")):
            compiled = [cache_from_source(name)] if name.endswith(".py") else []
            for one in (name, *compiled):
                if os.path.lexists(os.path.join(PROJECT, one)):
                    archive.add(os.path.join(PROJECT, one), f"simpsh/{one}", recursive=False)
        for name, data in _metadata().items():
            entry = tarfile.TarInfo(f"site/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def _fingerprint(image: Image) -> str:
    """Return a name for all that an image depends on, so that a change makes a new one."""
    parts = (repr(image), *PACKAGES, *_requirements(), *FIRST_MODULES, _FIRST_INIT, _PREPARE)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]


def _fill(image: Image, making: Path) -> None:
    root, disks = making / "tree", making / "disks"
    disks.mkdir()
    _unpack_packages(image, root)
    subprocess.run(["sh", "-euc", _PREPARE, "sh", str(root)], check=True)
    _unpack_libraries(image, root / "opt" / "site")
    if image.python == "{}.{}".format(*sys.version_info):
        # No script of the packages has compiled it, and each start of a machine would.
        compile_dir(root / "usr/lib" / f"python{image.python}", quiet=2, stripdir=root)
    [kernel] = sorted(root.glob("boot/vmlinuz-*"))
    shutil.copy(kernel, disks / "kernel")
    _write_first_root(root, kernel.name.removeprefix("vmlinuz-"), disks / "first-root")
    for name in ("boot", "usr/share/doc", "usr/share/locale"):
        shutil.rmtree(root / name, ignore_errors=True)
    with open(disks / "root", "wb") as file:
        file.truncate(DISK)
    _run("mke2fs", "-q", "-t", "ext4", "-d", str(root), str(disks / "root"))


def _unpack_packages(image: Image, root: Path) -> None:
    source = mirror(image.distribution)
    _, _, other = image.kernel.partition("/")
    suites = filter(None, (image.suite, other))
    sources = [f"deb {source} {suite} {image.components}" for suite in suites]
    _run(
        "mmdebstrap",
        "--quiet",
        "--variant=extract",
        f"--architectures={_DEBIAN_NAMES[image.architecture]}",
        # An archive that is kept for years has lists that are older than they promise.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr",
        # One for each: a pattern of apt's ends with its word.
        *(f"--include={package}" for package in (*PACKAGES, *image.packages, image.kernel)),
        image.suite,
        str(root),
        *sources,
    )


def mirror(distribution: str = "Debian") -> str:
    """Return where this machine gets a distribution's packages from, as a line of apt says it."""
    variable = "SIMPSH_MIRROR" if distribution == "Debian" else f"SIMPSH_{distribution.upper()}"
    if variable in os.environ:
        return os.environ[variable]
    form = "$(REPO_URI) $(LABEL)"
    for line in _output("apt-get", "indextargets", "--format", form, "Created-By: Packages").split(
        "\n"
    ):
        address, _, label = line.partition(" ")
        if label == distribution:
            return address
    raise NotMade(f"apt here knows no {distribution} mirror: name one with {variable}=…")


def _unpack_libraries(image: Image, site: Path) -> None:
    platforms = [f"--platform={one}_{image.architecture}" for one in PLATFORMS]
    _run(
        *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
        *("--root-user-action=ignore", "--only-binary=:all:", "--implementation=cp"),
        *(f"--target={site}", f"--python-version={image.python}", *platforms, *_requirements()),
    )


def _requirements() -> list[str]:
    described = tomllib.loads(Path(PROJECT, "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*described["project"]["dependencies"], *described["dependency-groups"]["dev"]]
    return [one for one in wanted if not one.startswith(NOT_IN_A_MACHINE)]


def _metadata() -> dict[str, bytes]:
    """Return the project's entry points, as pip would write them."""
    with tempfile.TemporaryDirectory() as folder:
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=PROJECT)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if ".dist-info/" in name]
            return {name: archive.read(name) for name in names}


# The steps of the packages' own scripts that the tests need.
_PREPARE = """
cd "$1"
mkdir -p proc sys dev run tmp mnt root home machine
chmod 1777 tmp
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
echo 'student:x:1000:1000:Student:/home/student:/bin/bash' >>etc/passwd
echo 'student:x:1000:' >>etc/group
mkdir -p home/student
chown 1000:1000 home/student
echo machine >etc/hostname
echo '127.0.0.1 localhost machine' >etc/hosts
for link in sh=dash awk=mawk cc=gcc c99=c99-gcc vi=vim.tiny nc=nc.openbsd; do
    [ -e "usr/bin/${link%=*}" ] || ln -s "${link#*=}" "usr/bin/${link%=*}"
done
"""

_FIRST_INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
for module in MODULES; do
    [ ! -e "/modules/$module" ] || /bin/busybox insmod "/modules/$module"
done
/bin/busybox mount -t ext4 -o rw /dev/vda /new
for folder in proc sys dev; do /bin/busybox mount --move /$folder /new/$folder; done
/bin/busybox tar -xf /new/dev/vdb -C /new/machine
exec /bin/busybox switch_root /new /machine/simpsh/tests/support/machines/machine_init.sh
"""


def _write_first_root(root: Path, release: str, path: Path) -> None:
    """Write an archive with a shell and the few modules that the root file system needs."""
    modules = _modules_in_order(root, release)
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        for folder in ("bin", "proc", "sys", "dev", "new", "modules"):
            (tree / folder).mkdir()
        busybox = next(
            one for one in (root / "usr/bin/busybox", root / "bin/busybox") if one.exists()
        )
        shutil.copy(busybox, tree / "bin" / "busybox")
        for module in modules:
            _copy_module(root, module, tree / "modules")
        names = " ".join(_plain_name(module) for module in modules)
        (tree / "init").write_text(_FIRST_INIT.replace("MODULES", names))
        (tree / "init").chmod(0o755)
        listed = "\n".join(str(one.relative_to(tree)) for one in sorted(tree.rglob("*")))
        archive = subprocess.run(
            ["cpio", "-o", "-H", "newc", "--quiet"],
            input=listed.encode(),
            cwd=tree,
            capture_output=True,
            check=True,
        )
        path.write_bytes(archive.stdout)


def _modules_in_order(root: Path, release: str) -> list[str]:
    """Return the files of the first modules, each after its dependencies."""
    _run("depmod", "-b", str(root), release)
    folder = root / "lib/modules" / release
    needs = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        file, _, needed = line.partition(":")
        needs[file] = needed.split()
    softly = {"ext4": ("crc32c_generic", "crc32c-generic", "crc32c_cryptoapi")}
    found: list[str] = []
    for name in FIRST_MODULES:
        for one in (*softly.get(name, ()), name):
            for file in needs:
                if _plain_name(file).removesuffix(".ko") in (one, one.replace("_", "-")):
                    found += [*reversed(needs[file]), file]
    return [f"lib/modules/{release}/{file}" for file in dict.fromkeys(found)]


def _plain_name(file: str) -> str:
    return os.path.basename(file).removesuffix(".xz").removesuffix(".zst").removesuffix(".gz")


def _copy_module(root: Path, file: str, folder: Path) -> None:
    target = folder / _plain_name(file)
    if program := {".xz": "xz", ".zst": "zstd"}.get(Path(file).suffix):
        done = subprocess.run([program, "-dc", root / file], capture_output=True, check=True)
        target.write_bytes(done.stdout)
    else:
        shutil.copy(root / file, target)


def _require(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise NotMade(f"not installed: {', '.join(missing)}")


def _output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def _run(*argv: str, cwd: str | None = None) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotMade(f"{argv[0]} failed:\n{done.stderr[-2000:]}")
