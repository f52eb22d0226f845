"""`python -m tests.support.machines [MACHINE…]`: virtual machines show what works where.

Each machine is made of the distribution's own packages (machine_images.py), started with this
project on a disk (virtual_machine.py), and checked from inside (inside_machine.py) in several
settings (settings.py). platform_table.py replaces its rows in docs/platforms.md.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.machines import machine_images, platform_table
from tests.support.machines.machine_images import Disks, Image, NotMade
from tests.support.machines.platform_table import COLUMNS
from tests.support.machines.settings import SETTINGS
from tests.support.machines.virtual_machine import Machine, run

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
MINUTES, MINUTES_LONG = 45.0, 240.0


def main() -> int:
    """Run the machines that are named, all at once."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.machines", description=__doc__)
    parser.add_argument("machines", nargs="*", metavar="MACHINE", help=", ".join(IMAGES))
    names = ", ".join(one.name for one in SETTINGS)
    parser.add_argument("--only", default="", metavar="SETTING,…", help=f"of {names}")
    parser.add_argument(
        "--checks", default="", metavar="CHECK,…", help="of " + ", ".join(dict(COLUMNS))
    )
    parser.add_argument("--tests", default="", metavar="PATH,…", help="run these tests, no checks")
    parser.add_argument("--long", action="store_true", help="all that root can check: hours")
    parser.add_argument("--minutes", type=float, help="after which the machines are ended")
    parser.add_argument(
        "--log", type=Path, default=machine_images.cache(), help="where consoles go"
    )
    options = parser.parse_args()
    # So that a machine does not outlive who started it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unknown = [name for name in options.machines if name not in IMAGES]
    if unknown:
        parser.error(f"no such machine: {', '.join(unknown)}")
    names = dict.fromkeys(options.machines or USUAL)
    try:
        disks = {name: machine_images.make(IMAGES[name]) for name in names}
        return 0 if _run(disks, options) else 1
    except NotMade as reason:
        print(f"test-machines: {reason}", file=sys.stderr)
        return 1


def _run(disks: Mapping[str, Disks], options: argparse.Namespace) -> bool:
    words = [*filter(None, options.only.split(",")), *(["long"] if options.long else [])]
    words += [f"check={name}" for name in options.checks.split(",") if name]
    words += [f"tests={path}" for path in options.tests.split(",") if path]
    options.log.mkdir(parents=True, exist_ok=True)
    minutes = options.minutes or (MINUTES_LONG if options.long else MINUTES)
    with tempfile.NamedTemporaryFile(prefix="simpsh-project-") as project:
        machine_images.project_disk(Path(project.name))
        machines = [
            Machine(IMAGES[name], some, Path(project.name), words, options.log / f"{name}.log")
            for name, some in disks.items()
        ]
        begin = time.monotonic()

        def tell(machine: Machine, text: str) -> None:
            print(f"{(time.monotonic() - begin) / 60:5.1f} {machine.name}: {text}", flush=True)

        late = run(machines, seconds=minutes * 60, report=tell)
        for machine in machines:
            tell(machine, f"ended after {minutes:g} minutes" if machine in late else "has ended")
    is_good = [_is_good(machine, options.log) for machine in machines]
    return all(is_good) and not late


def _is_good(machine: Machine, log: Path) -> bool:
    """Write what a machine reported; return whether all of it is as it should be."""
    (log / f"{machine.name}.jsonl").write_text("".join(f"{line}\n" for line in machine.lines))
    titles = {one.name: one.title for one in SETTINGS}
    differs = platform_table.write(machine.name, machine.lines, titles)
    for one in differs:
        print(f"{machine.name}: {one}", file=sys.stderr)
    is_failed = any('"verdict": "failed"' in line for line in machine.lines)
    return bool(machine.lines) and not differs and not is_failed


if __name__ == "__main__":
    sys.exit(main())
