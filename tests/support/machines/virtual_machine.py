"""Virtual machines that run at once: qemu, disks, consoles in files, results line by line."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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


class Machine:
    """A virtual machine: it starts, its results are read line by line, and it is ended.

    Nothing is written to its disks; `words` are the arguments of `inside_machine`, and the console
    goes to `log`.

    Raises:
        NotMade: qemu is not installed.
    """

    def __init__(
        self, image: Image, disks: Disks, project: Path, words: Sequence[str], log: Path
    ) -> None:
        self.name = image.name
        self.accelerator = accelerator(image, disks.kernel)
        self.lines: list[str] = []
        """The lines that it has reported so far."""
        line = f"console={CONSOLE[image.architecture]} quiet panic=-1"
        if self.accelerator == "tcg":
            words = [*words, "slow"]
            line += UNHURRIED[image.architecture]
        line += f" machine={','.join(words)}"
        self._argv = [
            *_qemu(image, self.accelerator, disks.kernel, line),
            *("-m", str(MEBIBYTES), "-smp", "2", "-initrd", str(disks.first_root)),
            *("-drive", f"file={disks.root},format=raw,if=virtio,snapshot=on"),
            *("-drive", f"file={project},format=raw,if=virtio,readonly=on"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
            *("-device", "virtserialport,chardev=results,name=results"),
            *("-serial", f"file:{log}"),
        ]
        self._rest = b""

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        """Start qemu; at the end it is killed if it still runs."""
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="simpsh-machine-"))
            pipe = os.path.join(folder, "results")
            os.mkfifo(pipe)
            # Open for writing, too, so that opening does not wait for qemu.
            self.results = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            stack.callback(os.close, self.results)
            argv = [*self._argv, "-chardev", f"file,id=results,path={pipe}"]
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            self.pidfd = os.pidfd_open(process.pid)
            stack.callback(os.close, self.pidfd)
            yield

    def read(self) -> list[str]:
        """Read what has come; return the lines that are new."""
        *whole, self._rest = (self._rest + os.read(self.results, 1 << 16)).split(b"\n")
        new = [line.decode() for line in whole]
        self.lines += new
        return new


def run(
    machines: Sequence[Machine], *, seconds: float, report: Callable[[Machine, str], None]
) -> list[Machine]:
    """Start machines at once, and wait until each has switched itself off.

    `report` is called with a machine and each line that it prints.

    Returns:
        The machines that were ended because the time was over.
    """
    end = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        for machine in machines:
            stack.enter_context(machine.started())
        running = [*machines]
        while running and (left := end - time.monotonic()) > 0:
            watched = [one for machine in running for one in (machine.results, machine.pidfd)]
            ready, _, _ = select.select(watched, (), (), left)
            for machine in [*running]:
                if machine.results in ready:
                    for line in machine.read():
                        report(machine, line)
                elif machine.pidfd in ready:
                    running.remove(machine)
        return running


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
