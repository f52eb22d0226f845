"""`python -m tests.support.machines [MACHINE…]`: virtual machines show what works where.

Each machine is made of the distribution's own packages (machine_images.py), started with this
project on a disk (virtual_machine.py), and checked from inside (inside_machine.py) in several
settings (settings.py). Its rows of docs/platforms.md are written anew (platform_table.py).
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.support.machines import machine_images, platform_table, virtual_machine
from tests.support.machines.machine_images import Image, NotMade
from tests.support.machines.platform_table import COLUMNS
from tests.support.machines.settings import SETTINGS

IMAGES = {
    image.name: image
    for image in (
        Image("arm64", "aarch64", "bookworm", "3.11", "linux-image-arm64"),
        Image("arm64-16k", "aarch64", "trixie", "3.13", "linux-image-arm64-16k"),
        Image("amd64-old", "x86_64", "bookworm", "3.11", "linux-image-amd64/bullseye"),
        Image("amd64-new", "x86_64", "forky", "3.14", "linux-image-amd64"),
        Image(
            *("amd64-ubuntu", "x86_64", "noble", "3.12", "linux-image-virtual"),
            distribution="Ubuntu",
            components="main universe",
            packages=("apparmor",),
        ),
    )
}
USUAL = ("arm64", "amd64-old")
MINUTES = 45.0


def main() -> int:
    """Run the machines that are named, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.machines", description=__doc__)
    parser.add_argument("machines", nargs="*", metavar="MACHINE", help=", ".join(IMAGES))
    names = ", ".join(one.name for one in SETTINGS)
    parser.add_argument("--only", default="", metavar="SETTING,…", help=f"of {names}")
    parser.add_argument(
        "--checks", default="", metavar="CHECK,…", help="of " + ", ".join(dict(COLUMNS))
    )
    parser.add_argument("--tests", default="", metavar="PATH,…", help="run these tests, no checks")
    parser.add_argument("--quick", action="store_true", help="without the long checks")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for each machine")
    parser.add_argument(
        "--log", type=Path, default=machine_images.cache(), help="where consoles go"
    )
    options = parser.parse_args()
    # So that a machine does not outlive who started it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unknown = [name for name in options.machines if name not in IMAGES]
    if unknown:
        parser.error(f"no such machine: {', '.join(unknown)}")
    words = [*filter(None, options.only.split(",")), *(["quick"] if options.quick else [])]
    words += [f"check={name}" for name in options.checks.split(",") if name]
    words += [f"tests={path}" for path in options.tests.split(",") if path]
    is_good = True
    for name in options.machines or USUAL:
        try:
            is_good &= _run(IMAGES[name], words, options)
        except NotMade as reason:
            print(f"{name}: {reason}", file=sys.stderr)
            is_good = False
    return 0 if is_good else 1


def _run(image: Image, words: list[str], options: argparse.Namespace) -> bool:
    begin = time.monotonic()
    disks = machine_images.make(image)
    print(f"{image.name}: the image is there after {time.monotonic() - begin:.0f} s", flush=True)
    with tempfile.NamedTemporaryFile(prefix="simpsh-project-") as project:
        machine_images.project_disk(Path(project.name))
        begin = time.monotonic()
        options.log.mkdir(parents=True, exist_ok=True)
        lines, accelerator = virtual_machine.run(
            *(image, disks, Path(project.name), words),
            seconds=options.minutes * 60,
            log=options.log / f"{image.name}.log",
        )
    minutes = (time.monotonic() - begin) / 60
    print(f"{image.name}: {minutes:.1f} minutes, {accelerator}", flush=True)
    (options.log / f"{image.name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    titles = {one.name: one.title for one in SETTINGS}
    differs = platform_table.write(image.name, lines, titles)
    for one in differs:
        print(f"{image.name}: {one}", file=sys.stderr)
    return bool(lines) and not differs and not any('"verdict": "failed"' in line for line in lines)


if __name__ == "__main__":
    sys.exit(main())
