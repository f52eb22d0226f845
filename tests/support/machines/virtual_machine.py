"""One run of a virtual machine: qemu, its disks, its console in a file, results line by line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.machines.machine_images import Disks, Image, NotMade

QEMU = {
    "x86_64": ("qemu-system-x86_64", "-machine", "q35"),
    "aarch64": ("qemu-system-aarch64", "-machine", "virt"),
}
EMULATED = {"x86_64": "max", "aarch64": "max,pauth-impdef=on"}
"""The processor that is emulated; without `pauth-impdef`, signing of pointers takes most time."""
CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}
UNHURRIED = {"x86_64": " no_timer_check", "aarch64": ""}
"""For an emulated machine: on a busy host the kernel's test of its timer fails, and it panics."""
MEBIBYTES = 3072
PROBE_SECONDS = 20.0


def accelerator(image: Image, kernel: Path) -> str:
    """Return `kvm` if this machine's hardware runs the kernel, else `tcg`, which emulates it.

    A /dev/kvm that can be opened is not enough: there are some under which no kernel gets far. So
    the kernel is started, and must come as far as to miss its root file system.
    """
    if image.architecture != os.uname().machine or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    command = [
        *_qemu(image, "kvm", kernel, f"console={CONSOLE[image.architecture]} panic=-1"),
        *("-serial", "null", "-m", "512"),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "tcg"
    return "kvm" if done.returncode == 0 else "tcg"


def run(
    image: Image, disks: Disks, project: Path, words: Sequence[str], **options: object
) -> tuple[list[str], str]:
    """Start a machine, wait until it has switched itself off, and return what it reported.

    Args:
        image: What the machine is.
        disks: What it starts from; nothing is written to them.
        project: The disk with the project.
        words: What `inside_machine` is told.
        options: `seconds`, after which the machine is ended; `log`, where its console goes;
            `told`, which is called with each line of results.

    Returns:
        The lines of results, and the accelerator. If the time was over, the lines until then.
    """
    return _Machine(image, disks, project, words).run(**options)


class _Machine:
    def __init__(self, image: Image, disks: Disks, project: Path, words: Sequence[str]) -> None:
        self._image, self._disks = image, disks
        self._accelerator = accelerator(image, disks.kernel)
        line = f"console={CONSOLE[image.architecture]} quiet panic=-1"
        if self._accelerator == "tcg":
            words = [*words, "slow"]
            line += UNHURRIED[image.architecture]
        line += f" machine={','.join(words)}"
        self._argv = [
            *_qemu(image, self._accelerator, disks.kernel, line),
            *("-m", str(MEBIBYTES), "-smp", "2", "-initrd", str(disks.first_root)),
            *("-drive", f"file={disks.root},format=raw,if=virtio,snapshot=on"),
            *("-drive", f"file={project},format=raw,if=virtio,readonly=on"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
        ]

    def run(
        self, *, seconds: float, log: Path, told: Callable[[str], None] = print
    ) -> tuple[list[str], str]:
        with tempfile.TemporaryDirectory(prefix="simpsh-machine-") as folder:
            pipe = os.path.join(folder, "results")
            os.mkfifo(pipe)
            argv = [
                *self._argv,
                *("-chardev", f"file,id=results,path={pipe}"),
                *("-device", "virtserialport,chardev=results,name=results"),
                *("-serial", f"file:{log}"),
            ]
            # Open for writing, too, so that opening does not wait for qemu.
            read_end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
            try:
                return self._lines(
                    process, read_end, time.monotonic() + seconds, told
                ), self._accelerator
            finally:
                process.kill()
                process.wait()
                os.close(read_end)

    def _lines(
        self,
        process: subprocess.Popen[bytes],
        read_end: int,
        end: float,
        told: Callable[[str], None],
    ) -> list[str]:
        pidfd = os.pidfd_open(process.pid)
        lines: list[str] = []
        rest = b""
        try:
            while True:
                ready = _readable((read_end, pidfd), end - time.monotonic())
                if read_end in ready:
                    rest += os.read(read_end, 1 << 16)
                    *whole, rest = rest.split(b"\n")
                    for line in whole:
                        lines.append(line.decode())
                        told(lines[-1])
                elif ready:
                    return lines
                else:
                    print(f"{self._image.name}: ended after its time", file=sys.stderr)
                    return lines
        finally:
            os.close(pidfd)


def _readable(descriptors: Sequence[int], seconds: float) -> list[int]:
    import select

    return select.select(descriptors, (), (), max(0.0, seconds))[0]


def _qemu(image: Image, accelerate: str, kernel: Path, line: str) -> list[str]:
    program, *machine = QEMU[image.architecture]
    if shutil.which(program) is None:
        raise NotMade(f"not installed: {program}")
    processor = "host" if accelerate == "kvm" else EMULATED[image.architecture]
    return [
        *(program, *machine, "-cpu", processor),
        *("-accel", "tcg,thread=multi" if accelerate == "tcg" else "kvm"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot"),
        *("-kernel", str(kernel), "-append", line),
    ]
