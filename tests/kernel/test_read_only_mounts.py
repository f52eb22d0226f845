"""All that is mounted becomes read-only, also with a kernel that has no mount_setattr()."""

from __future__ import annotations

import sys

import pytest

from tests.support.shells import PROJECT, run_command

TRIES = """
import errno
import os
import sys

from simpsh.kernel import namespaces

if sys.argv[1] == "old":
    asked = namespaces.call

    def call(name, *arguments):
        if name == "syscall":
            raise OSError(errno.ENOSYS, "no such call")
        return asked(name, *arguments)

    namespaces.call = call
namespaces.make_mounts_private()
namespaces.mount("tmpfs", "/mnt")
os.mkdir("/mnt/a place")
namespaces.mount("tmpfs", "/mnt/a place", namespaces.MS_NODEV | namespaces.MS_NOEXEC)
namespaces.make_mounts_read_only()
for place in ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place"):
    try:
        os.mkdir(f"{place}/simpsh-tries")
        print("written", place)
    except OSError as error:
        print(errno.errorcode[error.errno], place)
flags = os.statvfs("/mnt/a place").f_flag
print(bool(flags & os.ST_NODEV), bool(flags & os.ST_NOEXEC), bool(flags & os.ST_NOSUID))
"""


@pytest.mark.parametrize("kernel", ["old", "new"])
def test_nothing_that_is_mounted_can_be_written(kernel):
    apart = ("unshare", "-rm")
    if run_command([*apart, "true"]).returncode:
        pytest.skip("no user namespaces")
    done = run_command([*apart, sys.executable, "-c", TRIES, kernel], cwd=PROJECT)
    places = ("/", "/tmp", "/dev/shm", "/mnt", "/mnt/a place")
    assert done.stderr == ""
    assert done.stdout == "".join(f"EROFS {one}\n" for one in places) + "True True True\n"
