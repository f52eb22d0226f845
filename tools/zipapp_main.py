"""The entry point of simpsh.pyz, which unpacks itself once and executes the unpacked simpsh.

The unpacked folder is a virtual environment of the interpreter that was called. So if
simpsh starts simpsh, it is the same one, without changes to environment variables.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

_OLDEST = (3, 11)


def main() -> None:
    """Unpack if this file was never started by this interpreter, then execute simpsh."""
    if sys.version_info < _OLDEST:
        _end("Python {}.{} or later is needed; try: python3.11 {}".format(*_OLDEST, sys.argv[0]))
    archive = Path(sys.argv[0]).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    with zipfile.ZipFile(archive) as packed:
        digest = packed.read("digest").decode()
        directory = Path(cache, "simpsh", f"{digest}-{sys.implementation.cache_tag}")
        try:
            if not (directory / "bin/python").exists():
                _unpack(packed, directory)
                _remove_others(directory)
        except OSError as error:
            _end(
                f"cannot unpack into {directory}: {error.strerror}; set XDG_CACHE_HOME to a folder"
            )
    python = str(directory / "bin/python")
    os.execv(python, [python, "-P", "-m", "simpsh", *sys.argv[1:]])


def _unpack(packed: zipfile.ZipFile, directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    # Another start may unpack at the same time: the whole folder appears at once, or not at all.
    with tempfile.TemporaryDirectory(dir=directory.parent) as folder:
        made = Path(folder, "made")
        library = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(made)}))
        for name in packed.namelist():
            if name.startswith("packages/"):
                packed.extract(name, folder)
        library.parent.mkdir(parents=True)
        os.rename(Path(folder, "packages"), library)
        (made / "bin").mkdir()
        base = os.path.realpath(sys.executable)
        os.symlink(base, made / "bin/python")
        (made / "pyvenv.cfg").write_text(f"home = {os.path.dirname(base)}\n")
        try:
            os.rename(made, directory)
        except OSError:
            if not (directory / "bin/python").exists():
                shutil.rmtree(directory, ignore_errors=True)  # its interpreter was removed
                os.rename(made, directory)


def _remove_others(directory: Path) -> None:
    """Remove the folders of other versions for this interpreter, unless a process runs them."""
    commands = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            commands.append(file.read_bytes())
    for other in directory.parent.glob(f"*-{sys.implementation.cache_tag}"):
        program = f"{other}/bin/python".encode()
        if other != directory and not any(command.startswith(program) for command in commands):
            shutil.rmtree(other, ignore_errors=True)


def _end(reason: str) -> None:
    sys.stderr.write(f"simpsh: {reason}\n")
    sys.exit(1)


main()
