"""A root file system in a folder: Debian's packages, and programs that run in it.

It is what a container is made of, without a container engine: pivot_root(2) in mount and PID
namespaces of its own, so that nothing stays mounted and no process is left. It needs root and
mmdebstrap.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.machines.machine_images import mirror

SUITE = "trixie"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_OF_THE_NETWORK = (
    "etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt",
)  # fmt: skip
_ENTER = """
root=$1; directory=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
cd "$root"
pivot_root . .
umount -l .
exec env -i -C "$directory" "$@"
"""


class BareRoot:
    """A folder that programs can have as their root."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @classmethod
    def debian(cls, place: Path, *packages: str) -> BareRoot:
        """Unpack a small Debian with these packages more.

        Raises:
            subprocess.CalledProcessError: mmdebstrap has said why.
        """
        # An archive that is kept for years has lists that are older than they promise.
        valid = 'Acquire::Check-Valid-Until "false"'
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--aptopt={valid}"]
        command += [f"--include={name}" for name in ("ca-certificates", *packages)]
        subprocess.run([*command, SUITE, str(place), mirror()], check=True)
        for name in _OF_THE_NETWORK:
            if Path("/", name).exists():
                shutil.copy(Path("/", name), place / name)
        return cls(place)

    def copy(self, place: Path) -> BareRoot:
        """Return another root with the same files."""
        subprocess.run(["cp", "-a", "--reflink=auto", self.place, place], check=True)
        return BareRoot(place)

    def inside(self, path: str) -> Path:
        """Return where a path of the root is."""
        return self.place / path.lstrip("/")

    def run(
        self,
        words: list[str],
        *,
        user: str = "root",
        directory: str = "/",
        environment: Mapping[str, str] | None = None,
        text: str = "",
        may_sudo: bool = False,
        seconds: float = 900,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program; both outputs are one. What is no root and may not sudo can never be root.

        Raises:
            subprocess.TimeoutExpired: it did not end in time, and was ended.
        """
        home = "/root" if user == "root" else f"/home/{user}"
        given = {"HOME": home, "PATH": PATH, "LANG": "C.UTF-8", **(environment or {})}
        if user != "root":
            taken = [] if may_sudo else ["--inh-caps=-all", "--bounding-set=-all"]
            as_user = [f"--reuid={user}", f"--regid={user}", "--init-groups"]
            words = ["setpriv", *as_user, *taken, *words]
        variables = [f"{name}={value}" for name, value in given.items()]
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", _ENTER]
        return subprocess.run(
            [*enter, "sh", self.place, directory, *variables, *words],
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
