"""Write simpsh and its libraries as one file that runs wherever Python is, without a network.

`python -m tools.write_zipapp FILE [WHEEL]` packs the wheel, or this copy of the source, with what
it needs. zipapp_main describes its start.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from zipapp import create_archive

_SHEBANG = "/usr/bin/env python3"


def write(file: Path, source: str) -> None:
    """Write the file from the packages that pip installs for `source`; raise CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        packages = Path(folder, "packages")
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if not source.endswith(".whl"):
            subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, source], check=True)
            [wheel] = Path(folder).glob("*.whl")
            source = str(wheel)
        # Only platform-independent libraries, not builds for this machine.
        words = ["install", "--no-compile", "--only-binary=:all:", "--platform=any"]
        subprocess.run([*pip, *words, "--target", packages, source], check=True)
        digest = hashlib.sha256()
        for path in sorted(packages.rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(packages)}\n".encode() + path.read_bytes())
        Path(folder, "digest").write_text(digest.hexdigest()[:16])
        main = Path(__file__).with_name("zipapp_main.py")
        Path(folder, "__main__.py").write_bytes(main.read_bytes())
        file.parent.mkdir(parents=True, exist_ok=True)
        for wheel in Path(folder).glob("*.whl"):
            wheel.unlink()
        create_archive(folder, file, interpreter=_SHEBANG, compressed=True)
        file.chmod(0o755)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2] if sys.argv[2:] else ".")
