"""All mounts below a directory become read-only."""

import sys

import pytest

from tests.harness.sh import PROJECT, run_command

TRIES = """
import errno
import os

from simpsh.kernel import namespaces

namespaces.make_mounts_private()
namespaces.mount("tmpfs", "/mnt")
os.mkdir("/mnt/a place")
namespaces.mount("tmpfs", "/mnt/a place", namespaces.MS_NODEV | namespaces.MS_NOEXEC)
namespaces.make_read_only("/")
for place in ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place"):
    try:
        os.mkdir(f"{place}/simpsh-tries")
        print("written", place)
    except OSError as error:
        print(errno.errorcode[error.errno], place)
flags = os.statvfs("/mnt/a place").f_flag
print(bool(flags & os.ST_NODEV), bool(flags & os.ST_NOEXEC), bool(flags & os.ST_NOSUID))
"""


def test_no_mount_can_be_written():
    apart = ("unshare", "-rm")
    if run_command([*apart, "true"]).returncode:
        pytest.skip("no user namespaces")
    done = run_command([*apart, sys.executable, "-c", TRIES], cwd=PROJECT)
    places = ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place")
    assert done.stderr == ""
    assert done.stdout == "".join(f"EROFS {one}\n" for one in places) + "True True True\n"
