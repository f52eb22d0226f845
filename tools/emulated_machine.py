"""A machine with another processor: Debian for aarch64 in qemu-system-aarch64(1).

Its packages are unpacked and not configured, since that would need the other processor: nothing of
what the tests use needs more. The files of the machine are an archive on its first disk, from which
it fills a file system in its memory at each start. What one run adds is on the second disk, and it
leaves its results on the third.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import tomllib
from pathlib import Path
from typing import IO

from tools.initial_ramdisk import archive

REPOSITORY = Path(__file__).resolve().parents[1]
EMULATOR = "qemu-system-aarch64"
PROGRAMS = ("busybox-static", "gcc", "kmod", "libc6-dev", "linux-image-arm64", "strace")
"""Packages that the machine has in addition: what starts it, and what the tests use."""

_PYTHON = "3.13"
_WHEELS = [f"manylinux_2_{minor}_aarch64" for minor in range(17, 42)] + ["manylinux2014_aarch64"]
_DRIVER = "kernel/drivers/block/virtio_blk.ko.xz"
_LEFT_OUT = ("boot", "debootstrap", "usr/share/doc", "usr/share/locale", "var/cache")
_RESULTS_BYTES = 16 << 20

_INIT = """#!/bin/busybox sh
mkdir -p /proc /dev /new
mount -t proc proc /proc
mount -t devtmpfs dev /dev
insmod /virtio_blk.ko
mount -t tmpfs -o size=75%,mode=755 root /new
for disk in vda vdb; do tar -xf /dev/$disk -C /new; done
umount /proc /dev
exec switch_root /new /bin/busybox sh /start
"""

_START = """
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI=true
# The processor is emulated, so the time limits for programs that hang are longer.
export SIMPSH_PATIENCE=10 PYTHONPATH=/opt/libraries:/root/simpsh HOME=/root USER=root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 pts /dev/pts
for folder in /dev/shm /tmp; do mount -t tmpfs -o mode=1777 memory $folder; done
mount -t tmpfs run /run
mount -t cgroup2 cgroup /sys/fs/cgroup
for name in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
    ln -sf /proc/self/${name#*:} /dev/${name%:*}
done
busybox ip link set lo up
hostname emulated
ldconfig
depmod
date -s @$(cat /now) >/dev/null
cd /root
setsid sh -e /run-this </dev/null >/dev/ttyAMA0 2>&1
tar -cf /dev/vdc $(ls results.xml versions)
sync
busybox poweroff -f
"""


def fill(root: Path, source: str, readme_packages: tuple[str, ...], log: IO[bytes]) -> str:
    """Fill a directory with the machine's files; return why it failed, or nothing."""
    wanted = ",".join([*readme_packages, "ca-certificates", *PROGRAMS])
    words = ["unshare", "--mount", "debootstrap", "--foreign", "--arch=arm64", "--variant=minbase"]
    words += [f"--include={wanted}", "trixie", f"{root}", source]
    if subprocess.run(words, stdout=log, stderr=log).returncode:
        return f"debootstrap failed: see {log.name}"
    for package in sorted((root / "var/cache/apt/archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    shutil.copy(kernel, kernel_of(root))
    for name in _LEFT_OUT:
        shutil.rmtree(root / name, ignore_errors=True)
    # What the scripts of the packages would make.
    for kind in ("passwd", "group"):
        accounts = (root / f"usr/share/base-passwd/{kind}.master").read_text()
        (root / "etc" / kind).write_text(accounts)
    (root / "usr/bin/awk").symlink_to("mawk")
    for name in ("media", "mnt", "srv"):
        (root / name).mkdir(exist_ok=True)
    if libraries_error := add_libraries(root / "opt/libraries", log):
        return libraries_error
    with tarfile.open(disk_of(root), "w") as disk:
        disk.add(root, ".")
    return ""


def add_libraries(folder: Path, log: IO[bytes]) -> str:
    """Put the libraries of simpsh and of its tests into a folder; return why it failed."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    names = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    words = [".venv/bin/python", "-m", "pip", "install", "-q", f"--target={folder}"]
    words += [f"--python-version={_PYTHON}", "--only-binary=:all:"]
    words += [f"--platform={name}" for name in _WHEELS]
    if subprocess.run([*words, *names], cwd=REPOSITORY, stdout=log, stderr=log).returncode:
        return f"the libraries cannot be had: see {log.name}"
    return ""


def kernel_of(root: Path) -> Path:
    """Return the file of the machine's kernel."""
    return root.with_name(f"{root.name}.kernel")


def disk_of(root: Path) -> Path:
    """Return the archive of the machine's files."""
    return root.with_name(f"{root.name}.tar")


def run(root: Path, bundle: Path, script: str, *, output: IO[bytes]) -> None:
    """Start the machine and run a script in it as root, in /root.

    The script finds the bundle at /bundle. Its files `results.xml` and `versions` are then in /root
    of the directory; the console's output goes to `output`.
    """
    for left in ("results.xml", "versions"):
        (root / "root" / left).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = folder / "given"
        given.mkdir()
        shutil.copy(bundle, given / "bundle")
        texts = {"start": _START, "run-this": script, "now": f"{time.time():.0f}"}
        for text_name, text in texts.items():
            (given / text_name).write_text(text)
        with tarfile.open(folder / "given.tar", "w") as disk:
            disk.add(given, ".")
        with (folder / "results.tar").open("wb") as empty:
            empty.truncate(_RESULTS_BYTES)
        write_ramdisk(root, folder / "ramdisk", folder / "ramdisk.gz")
        disks = [disk_of(root), folder / "given.tar", folder / "results.tar"]
        words = [EMULATOR, "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "4G"]
        words += ["-nographic", "-nic", "none", "-no-reboot", "-kernel", f"{kernel_of(root)}"]
        words += ["-initrd", f"{folder / 'ramdisk.gz'}", "-append", "console=ttyAMA0 quiet panic=1"]
        for number, path in enumerate(disks):
            words += ["-drive", f"file={path},format=raw,if=none,id=disk{number}"]
            words += ["-device", f"virtio-blk-pci,drive=disk{number}"]
        null = subprocess.DEVNULL
        subprocess.run(words, stdin=null, stdout=output, stderr=subprocess.STDOUT)
        if (folder / "results.tar").read_bytes()[:1] != b"\0":
            with tarfile.open(folder / "results.tar") as found:
                found.extractall(root / "root", filter="data")


def write_ramdisk(root: Path, folder: Path, file: Path) -> None:
    """Write what the machine's kernel starts: a shell, and the driver of its disks."""
    (folder / "bin").mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", folder / "bin/busybox")
    for name in ("sh", "mkdir", "mount", "umount", "insmod", "tar", "switch_root"):
        (folder / "bin" / name).symlink_to("busybox")
    (modules,) = (root / "usr/lib/modules").iterdir()
    driver = subprocess.run(["xz", "-dc", modules / _DRIVER], capture_output=True, check=True)
    (folder / "virtio_blk.ko").write_bytes(driver.stdout)
    (folder / "init").write_text(_INIT)
    os.chmod(folder / "init", 0o755)
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for piece in archive(folder):
            packed.write(piece)
