"""The watch over tests finds what a test leaves."""

import os
import signal

from tests.support.watch import remains, snapshot


def test_what_a_test_leaves_is_found_and_undone():
    before = snapshot()
    pid = os.posix_spawnp("sleep", ["sleep", "772"], os.environ)
    descriptor = os.open("/dev/null", os.O_RDONLY)
    os.chdir("/")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    kinds = [line.partition(":")[0] for line in remains(before)]
    os.close(descriptor)
    assert kinds == ["processes", "descriptors", "directory", "signals"]
    assert remains(before) == []
    assert not os.path.exists(f"/proc/{pid}")
