"""How a kernel and its shell speak: JSON objects over a pair of sockets, one a line."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from simpsh.base.outside_json import json_object
from simpsh.kernel.descriptors import read, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_AT_ONCE = 1 << 16


class ShellChannel:
    """One end of the conversation."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._unread = b""

    def send(self, message: Mapping[str, object]) -> None:
        """Send a message.

        Raises:
            OSError: EPIPE; the other side is gone.
        """
        write_all(self.descriptor, json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, object] | None:
        """Wait for the next message; None if the other side is gone.

        Raises:
            BadData: what came is no message.
        """
        while b"\n" not in self._unread:
            try:
                data = read(self.descriptor, _AT_ONCE)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json_object(line, "the shell's channel")

    @property
    def has_message(self) -> bool:
        """Whether the next message is here already: no poll(2) tells of it any more."""
        return b"\n" in self._unread

    def shut(self) -> None:
        """End the conversation, from any thread: both sides read its end."""
        import socket

        with suppress(OSError), socket.socket(fileno=os.dup(self.descriptor)) as end:
            end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give up this end."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
