"""A machine with another processor: Debian for aarch64 in qemu-system-aarch64(1).

Its packages are unpacked and not configured, since that would need the other processor: nothing of
what the tests use needs more. The files of the machine are an archive on its disk, from which it
fills a file system in its memory at each start. The initial ramdisk has the additions of one run.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Sequence
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

_INIT = """#!/bin/busybox sh
mkdir -p /proc /dev /new
mount -t proc proc /proc
mount -t devtmpfs dev /dev
insmod /virtio_blk.ko
mount -t tmpfs -o size=75%,mode=755 root /new
tar -xf /dev/vda -C /new
cp -r /start /run-this /simpsh.bundle /new
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
date -s @NOW >/dev/null
cd /root
mv /simpsh.bundle /var
setsid sh -e /run-this </dev/null >/dev/ttyAMA0 2>&1
busybox poweroff -f
"""


def fill(root: Path, source: str, packages: Sequence[str], log: IO[bytes]) -> None:
    """Fill a directory with the machine's files; raise CalledProcessError."""
    wanted = ",".join([*packages, "ca-certificates", *PROGRAMS])
    words = ["unshare", "--mount", "debootstrap", "--foreign", "--arch=arm64", "--variant=minbase"]
    words += [f"--include={wanted}", "trixie", f"{root}", source]
    subprocess.run(words, stdout=log, stderr=log, check=True)
    for package in sorted((root / "var/cache/apt/archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    shutil.copy(kernel, root.with_suffix(".kernel"))
    for name in _LEFT_OUT:
        shutil.rmtree(root / name, ignore_errors=True)
    # The files that the scripts of the packages would make.
    for kind in ("passwd", "group"):
        accounts = (root / f"usr/share/base-passwd/{kind}.master").read_text()
        (root / "etc" / kind).write_text(accounts)
    (root / "usr/bin/awk").symlink_to("mawk")
    for name in ("media", "mnt", "srv"):
        (root / name).mkdir(exist_ok=True)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    names = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    words = [sys.executable, "-m", "pip", "install", "-q", f"--target={root / 'opt/libraries'}"]
    words += [f"--python-version={_PYTHON}", "--only-binary=:all:"]
    words += [f"--platform={name}" for name in _WHEELS]
    subprocess.run([*words, *names], stdout=log, stderr=log, check=True)
    with tarfile.open(root.with_suffix(".tar"), "w") as disk:
        disk.add(root, ".")


def run(root: Path, bundle: Path, script: str, log: IO[bytes]) -> None:
    """Start the machine and run a script in it as root; its console is the log.

    The bundle is then in /var, as on other machines.
    """
    with tempfile.TemporaryDirectory() as name:
        ramdisk = Path(name, "ramdisk.gz")
        _write_ramdisk(root, Path(name, "files"), ramdisk, bundle, script)
        words = [EMULATOR, "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "4G"]
        words += ["-nographic", "-nic", "none", "-no-reboot", "-initrd", f"{ramdisk}"]
        words += ["-kernel", f"{root.with_suffix('.kernel')}"]
        words += ["-append", "console=ttyAMA0 quiet panic=1"]
        words += ["-drive", f"file={root.with_suffix('.tar')},format=raw,if=none,id=disk"]
        words += ["-device", "virtio-blk-pci,drive=disk"]
        subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)


def _write_ramdisk(root: Path, folder: Path, file: Path, bundle: Path, script: str) -> None:
    """Write what the machine's kernel starts: a shell, the driver of its disk, and the script."""
    (folder / "bin").mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", folder / "bin/busybox")
    for name in ("sh", "mkdir", "mount", "umount", "insmod", "tar", "cp", "switch_root"):
        (folder / "bin" / name).symlink_to("busybox")
    (modules,) = (root / "usr/lib/modules").iterdir()
    driver = subprocess.run(["xz", "-dc", modules / _DRIVER], capture_output=True, check=True)
    (folder / "virtio_blk.ko").write_bytes(driver.stdout)
    shutil.copy(bundle, folder / "simpsh.bundle")
    start = _START.replace("NOW", f"{time.time():.0f}")
    for name, text in {"init": _INIT, "start": start, "run-this": script}.items():
        (folder / name).write_text(text)
    (folder / "init").chmod(0o755)
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for piece in archive(folder):
            packed.write(piece)
