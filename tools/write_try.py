"""Write the page on which simpsh is tried in a browser's tab: build/site/try.

`python -m tools.write_try DIR` makes a small machine from Debian's packages for 32-bit x86, boots
it in an emulator under node, saves its state at the prompt, and writes the page that continues from
there. Packages come from the sources that apt and npm use on this machine; the repository does not
contain them. If a program is missing, one line names it. The folder is written whole or not at all.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lessons import CORE
from tools.initial_ramdisk import archive
from tools.write_site import lead_to_the_tab

ROOT = Path(__file__).parent.parent
PAGE = Path(__file__).parent / "try_page"
SUITE = "bookworm"
PYTHON = "3.11"
"""The version of Python in the suite. This script compiles modules, so it needs the same one."""
MEMORY_MIB = 192
"""The memory of the machine: a trace of a lesson needs three interpreters."""

_GUEST = (
    *("libc6", "libgcc-s1", "zlib1g", "libexpat1", "libffi8", "libuuid1", "dash", "busybox-static"),
    *("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"),
    *("libreadline8", "libtinfo6", "ncurses-base"),
    *("tcc", "libc6-dev", "linux-libc-dev"),
)
_HOST = ("seabios", "coreutils")
_REAL_PROGRAMS = ("bin/echo", "usr/bin/env", "usr/bin/nohup")
"""Programs of coreutils for lessons: in BusyBox they lack options, and run as `busybox`."""
_KERNEL = "linux-image-686"
"""An empty package, which depends on the current kernel."""
_NPM = {"v86": "0.5.462", "@xterm/xterm": "6.0.0"}
_TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "npm": "npm", "node": "nodejs", "zstd": "zstd"}
"""The needed programs, and their packages."""

# Parts of the interpreter, C library and headers that the first hour does not use.
_LEFT_OUT = (
    *("usr/share", "usr/lib/python3.11/test", "usr/lib/python3.11/pydoc_data"),
    *("usr/lib/python3.11/turtle.py", "usr/lib/python3.11/xmlrpc", "usr/lib/python3.11/lib2to3"),
    *("usr/lib/python3.11/wsgiref", "usr/lib/python3.11/dbm", "usr/lib/python3.11/sqlite3"),
    *("usr/lib/python3.11/idlelib", "usr/lib/python3.11/tkinter", "usr/lib/python3.11/curses"),
    *("usr/lib/python3.11/_pydecimal.py", "usr/lib/python3.11/ensurepip", "usr/lib/gconv"),
    *("usr/lib/python3.11/unittest", "usr/lib/python3.11/pydoc.py"),
    *("usr/lib/python3.11/doctest.py", "usr/lib/python3.11/pickletools.py"),
    *("usr/lib/i386-linux-gnu/gconv", "usr/lib/i386-linux-gnu/perl-base", "var", "boot", "sbin"),
    *("usr/sbin", "usr/lib/systemd", "lib/systemd"),
    *("usr/bin/gencat", "usr/lib/i386-linux-gnu/audit", "usr/bin/i386-tcc", "usr/bin/x86_64-tcc"),
)
_LEFT_OUT_ENDINGS = (".a", ".o")
_KEPT_OBJECTS = ("crt1.o", "crti.o", "crtn.o", "libc_nonshared.a", "libpthread.a", "libtcc1.a")
_HEADERS = ("asm", "asm-generic", "bits", "gnu", "linux", "sys")
_MODULES_LEFT_OUT = re.compile(
    r"_(ssl|hashlib|sqlite3|tkinter|dbm|codecs_\w+|curses\w*|decimal|lzma|bz2|test\w*|xxsub\w*|"
    r"ctypes_test|crypt|uuid|asyncio)\."
)
_LEXERS = re.compile(r"(__init__|_mapping|c_cpp|python|shell|special|c_like)\.py")


class Missing(Exception):
    """A program or package that the page needs is not available."""


def write_try(folder: Path, work: Path) -> None:
    """Write the page into a folder, whole or not at all; `work` keeps what can be used again.

    Raises Missing: a tool or a package is not available. CalledProcessError: a tool failed.
    """
    look_for_tools()
    report(
        "make try builds a page that contains a Linux machine. It fetches about 80 MB, starts the "
        "machine in an emulator, and saves its state at the prompt: about ten minutes on two "
        "processors, one minute if only lessons have changed."
    )
    work.mkdir(parents=True, exist_ok=True)
    packages = _debian_packages(work / "apt")
    modules = _npm_packages(work / "npm")
    with tempfile.TemporaryDirectory(dir=work) as made:
        report("laying out the files of the machine")
        root, boot, site = (Path(made, name) for name in ("root", "boot", "try"))
        kernel, bios = _make_root(root, boot, packages)
        site.mkdir()
        save_state(work / "state", (modules, bios, MEMORY_MIB, kernel), root, site)
        _write_page(site, modules, packages)
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        site.rename(folder)
        lead_to_the_tab(folder.parent)


def report(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def save_state(kept: Path, machine: Sequence[Path | int], root: Path, site: Path) -> None:
    """Put the saved state and its screen into the site, and the files that are newer.

    The state is kept. If only files of lessons have changed since, the page writes them into the
    machine that it has started; otherwise the machine is booted again.
    """
    known = kept / "files.json"
    before = json.loads(known.read_text("utf-8")) if known.exists() else {}
    now = _digests(root, machine)
    changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    if not all(name in before and name in now and _OF_A_LESSON.match(name) for name in changed):
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        _boot(kept, machine, root)
        known.write_text(json.dumps(now), "utf-8")
        changed = set()
    for name in ("state.zst", "screen.txt"):
        shutil.copy(kept / name, site)
    updates = [
        {"name": f"/{name}", "data": base64.b64encode((root / name).read_bytes()).decode()}
        for name in sorted(changed)
    ]
    (site / "updates.json").write_text(json.dumps(updates), "utf-8")


_OF_A_LESSON = re.compile(r"(.*/lessons/\w+|root/course)/[\w-]+/")


def _digests(root: Path, machine: Sequence[Path | int]) -> dict[str, str]:
    """Return the names of all files that the state depends on, and digests of the files."""
    others = [Path(__file__), *PAGE.glob("*.mjs"), PAGE / "first_minute.txt"]
    others += [path for path in machine if isinstance(path, Path) and path.is_file()]
    found = {path.name: path for path in others}
    found |= {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: _digest_of(path) for name, path in found.items()}


def _digest_of(path: Path) -> str:
    return hashlib.sha256(f"{path.stat().st_mode:o}".encode() + path.read_bytes()).hexdigest()


def _boot(kept: Path, machine: Sequence[Path | int], root: Path) -> None:
    """Boot the machine with the files below `root`; write its packed state and its screen."""
    initrd, state, screen = (kept / name for name in ("initrd.gz", "state", "screen.txt"))
    with gzip.open(initrd, "wb", 1) as file:
        for piece in archive(root):
            file.write(piece)
    report("starting the machine: some minutes")
    words = ["node", PAGE / "save_state.mjs", *machine, initrd, state, screen]
    subprocess.run([str(word) for word in words], check=True)
    report("packing its state: a minute or two")
    # The same page is in memory several times, far apart: only a long window finds the copies.
    packing = ("zstd", "-q", "--rm", "--ultra", "-22", "--long=27")
    subprocess.run([*packing, state, "-o", f"{state}.zst"], check=True)
    initrd.unlink()


def look_for_tools() -> None:
    """Raise Missing if a program or the right Python is not installed."""
    lacking = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    if lacking:
        raise Missing(f"it needs {', '.join(lacking)}: install them and run make try again")
    if sys.version_info[:2] != tuple(map(int, PYTHON.split("."))):
        raise Missing(f"it needs Python {PYTHON}, which compiles the modules of the guest")


def _debian_packages(directory: Path) -> list[Path]:
    """Fetch the missing packages of the guest."""
    for name in ("state/lists/partial", "cache/archives/partial", "packages"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "status").touch()
    own = {
        "APT::Architecture": "i386",
        "APT::Architectures::": "i386",
        "Dir::State": str(directory / "state"),
        "Dir::State::status": str(directory / "status"),
        "Dir::Cache": str(directory / "cache"),
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    options = [word for name, value in own.items() for word in ("-o", f"{name}={value}")]
    folder = directory / "packages"
    if not any((directory / "state/lists").glob("*_Packages*")):
        # Another suite or source may fail, as long as the packages are found.
        updating = ["apt-get", *options, "update", "-qq"]
        subprocess.run(updating, capture_output=True, check=False)
    shown = subprocess.run(
        ["apt-cache", *options, "depends", _KERNEL], capture_output=True, text=True, check=False
    )
    kernel = re.search(r"Depends: (linux-image-\S+)", shown.stdout)
    if kernel is None:
        raise Missing(
            f"apt has no package {_KERNEL} for i386 here: a source of Debian {SUITE} is needed"
        )
    wanted = [*_GUEST, *_HOST, kernel[1]]
    lacking = [name for name in wanted if not any(folder.glob(f"{name}_*.deb"))]
    if lacking:
        for number, name in enumerate(lacking, 1):
            report(f"package {number} of {len(lacking)}: {name}")
            fetching = ["apt-get", *options, "download", "-qq", name]
            subprocess.run(fetching, cwd=folder, check=True)
    return [next(folder.glob(f"{name}_*.deb")) for name in wanted]


def _npm_packages(directory: Path) -> Path:
    """Fetch the emulator and the terminal; return the folder of the modules."""
    directory.mkdir(exist_ok=True)
    modules = directory / "node_modules"
    if not all((modules / name).exists() for name in _NPM):
        report("the emulator and the terminal, from npm")
        versions = [f"{name}@{version}" for name, version in _NPM.items()]
        words = ["npm", "install", "--silent", "--no-save", "--prefix", str(directory), *versions]
        subprocess.run(words, check=True)
    return modules


def _make_root(root: Path, boot: Path, packages: list[Path]) -> tuple[Path, Path]:
    """Lay out the files of the guest; return the kernel and the folder of the BIOS."""
    boot.mkdir()
    for package in packages:
        is_host = package.name.startswith(("linux-image-", *_HOST))
        subprocess.run(["dpkg-deb", "-x", package, boot if is_host else root], check=True)
    for name in _LEFT_OUT:
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in root.rglob("*"):
        is_module = "lib-dynload" in path.parts and _MODULES_LEFT_OUT.match(path.name)
        is_library = path.suffix in _LEFT_OUT_ENDINGS and path.name not in _KEPT_OBJECTS
        if is_module or is_library:
            path.unlink()
    headers = root / "usr/include"
    for path in [*headers.iterdir(), *(headers / "i386-linux-gnu").iterdir()]:
        if path.is_dir() and path.name not in (*_HEADERS, "i386-linux-gnu"):
            shutil.rmtree(path)
    _install_simpsh(root)
    for name in _REAL_PROGRAMS:
        shutil.copy(boot / name, root / "usr/bin")
    _add_commands(root)
    shutil.copy(PAGE / "init", root / "init")
    shutil.copytree(PAGE / "bin", root / "usr/bin", dirs_exist_ok=True)
    shutil.copytree(PAGE / "home", root / "root", dirs_exist_ok=True)
    for name, text in _NAMES.items():
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc" / name).write_text(text, "utf-8")
    _make_course(root / "root/course")
    kernel = next((boot / "boot").glob("vmlinuz-*"))
    return kernel, boot / "usr/share/seabios"


def _install_simpsh(root: Path) -> None:
    """Install this project and its libraries as a wheel would, compiled for this version."""
    target = root / "usr/lib/python3/dist-packages"
    installing = (sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    subprocess.run(
        [*installing, "--no-compile", "--no-build-isolation", "--target", target, ROOT], check=True
    )
    shutil.rmtree(target / "bin", ignore_errors=True)
    shutil.rmtree(target / "share", ignore_errors=True)
    for path in (target / "pygments/lexers").glob("*.py"):
        if not _LEXERS.fullmatch(path.name):
            path.unlink()
    shutil.rmtree(target / "prompt_toolkit/contrib")
    # The records of pip differ from build to build, and a commit need not change the machine.
    for name in ("RECORD", "direct_url.json"):
        for path in target.glob(f"*.dist-info/{name}"):
            path.unlink()
    for path in target.rglob("*.so"):
        path.unlink()  # It is for this machine's processor.
    # Keep only the compiled modules of libraries. Keep the source of simpsh and the lessons,
    # because the course shows its lines.
    for library in (root / f"usr/lib/python{PYTHON}", *(target / n for n in _LIBRARIES)):
        _compile(library, root, "-b")
        for path in library.rglob("*.py"):
            if path.with_suffix(".pyc").exists():
                path.unlink()
    _compile(target / "simpsh", root)
    plain = "from simpsh.__main__ import main\nmain()\n"
    prompt = (PAGE / "prompt.py").read_text("utf-8")
    for name, text in (("usr/bin/simpsh", plain), ("usr/lib/tab/simpsh", prompt)):
        program = root / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/usr/bin/python{PYTHON} -I\n{text}", "utf-8")
        program.chmod(0o755)


def _compile(folder: Path, root: Path, *options: str) -> None:
    """Compile modules in an interpreter of their own: what it has loaded changes the files."""
    words = [sys.executable, "-Im", "compileall", "-qq", "-s", str(root), *options]
    subprocess.run([*words, "--invalidation-mode", "unchecked-hash", folder], check=False)


def _make_course(directory: Path) -> None:
    """Make the directory of each core lesson, with its programs in C."""
    for lesson in CORE:
        folder = directory / lesson
        folder.mkdir(parents=True)
        for program in (ROOT / "lessons").glob(f"*/{lesson}/*.c"):
            shutil.copy(program, folder)


_NAMES = {
    "passwd": "root:x:0:0:root:/root:/usr/bin/simpsh\n"
    "daemon:x:1:1:daemon:/:/bin/false\n"
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
    "group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nnogroup:x:65534:\n",
    "hostname": "try\n",
    "hosts": "127.0.0.1\tlocalhost try\n",
    "shells": "/bin/sh\n/usr/bin/simpsh\n",
}
"""Files below /etc that give users, groups and the machine their names."""
_LIBRARIES = ("prompt_toolkit", "pygments", "elftools", "wcwidth")


def _add_commands(root: Path) -> None:
    """Link each program of BusyBox, unless another program has its name."""
    for folder in ("bin", "lib"):
        if not (root / folder).is_symlink() and (root / folder).exists():
            shutil.copytree(root / folder, root / "usr" / folder, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / folder)
        if not (root / folder).is_symlink():
            (root / folder).symlink_to(f"usr/{folder}")
    listed = subprocess.run(
        [root / "usr/bin/busybox", "--list"], capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split():
        path = root / "usr/bin" / name
        if not path.exists() and not path.is_symlink():
            path.symlink_to("busybox")
    for name, target in (("cc", "tcc"), ("sh", "dash"), ("python3", "python3.11")):
        path = root / "usr/bin" / name
        path.unlink(missing_ok=True)
        path.symlink_to(target)


def _write_page(site: Path, modules: Path, packages: list[Path]) -> None:
    shutil.copy(modules / "v86/build/libv86.mjs", site)
    program = (modules / "v86/build/v86.wasm").read_bytes()
    # Not every server compresses what it sends.
    (site / "v86.wasm.gz").write_bytes(gzip.compress(program, 9, mtime=0))
    for name in ("lib/xterm.mjs", "css/xterm.css"):
        shutil.copy(modules / "@xterm/xterm" / name, site)
    for name in ("index.html", "try.css", "try.js", "worker.js"):
        shutil.copy(PAGE / name, site)
    shutil.copy(ROOT / "simpsh/view/design/tokens.css", site)
    shutil.copy(ROOT / "simpsh/notebook/logo-svg.svg", site / "favicon.svg")
    parts = [f"{name} {version} (npm)" for name, version in _NPM.items()]
    parts += [path.name.removesuffix(".deb").replace("%3a", ":") for path in packages]
    text = (PAGE / "licences.txt").read_text("utf-8")
    (site / "licences.txt").write_text(text + "\n".join(parts) + "\n", "utf-8")
    names = sorted(path.name for path in site.iterdir())
    version = hashlib.sha256("".join(_digest_of(site / name) for name in names).encode())
    size = (site / "state.zst").stat().st_size
    values = {
        "MEMORY_MIB": MEMORY_MIB,
        "STATE_BYTES": size,
        "STATE_MB": round(size / 1e6),
        "VERSION": version.hexdigest()[:16],
        # The page itself keeps the state.
        "FILES": ", ".join(f'"{name}"' for name in ("./", *names) if name != "state.zst"),
    }
    for name in ("index.html", "worker.js"):
        page = (site / name).read_text("utf-8")
        for word, value in values.items():
            page = page.replace(f"@{word}@", str(value))
        (site / name).write_text(page, "utf-8")


def main() -> int:
    """Write the page; say in one line what is missing."""
    parser = argparse.ArgumentParser(description="Write the page that tries simpsh in a tab.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--work", type=Path, default=ROOT / "build/try", help="keeps what is fetched"
    )
    words = parser.parse_args()
    try:
        write_try(words.folder, words.work)
    except Missing as problem:
        sys.stderr.write(f"make try: {problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        command = " ".join(map(str, problem.cmd[:3]))
        sys.stderr.write(f"make try: {command} … ended with {problem.returncode}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
