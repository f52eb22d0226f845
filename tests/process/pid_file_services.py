"""A service with a pid file, as another process, for the tests."""

import os

from simpsh import PidFile
from tests.process.forked_children import child, sleep_for_ever


def open_text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def service(path, say):
    """A service as another process: it acquires, says so, and serves."""

    def body():
        file = PidFile(path)
        file.acquire()
        os.write(say, b"%d\n" % os.getpid())
        sleep_for_ever()

    return body


class Running:
    """A service that holds the pid file for the length of a `with` block."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.read_end, self.write_end = os.pipe()
        self.context = child(service(self.path, self.write_end))
        pid = self.context.__enter__()
        assert int(os.read(self.read_end, 20)) == pid
        return pid

    def __exit__(self, *exception):
        self.context.__exit__(*exception)
        os.close(self.read_end)
        os.close(self.write_end)
