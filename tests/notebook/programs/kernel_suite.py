"""The suite of jupyter_kernel_test for our kernel, and further tests.

It runs as a separate program: the client has threads, and sockets that it never closes.
"""

from __future__ import annotations

import unittest
from typing import ClassVar

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel


class Suite(jupyter_kernel_test.KernelTests):
    kernel_name = "simpsh"
    language_name = "simpsh"
    file_extension = ".sh"
    code_hello_world = "echo 'hello, world'"
    code_generate_error = "echo )"
    # The kernel implements no history, pager, inspection, execution results, completion, test of
    # completeness, or second stream.
    test_history = test_pager = test_inspect = test_execute_result = test_clear_output = None
    test_is_complete = test_execute_stderr = test_completion = None
    code_display_data: ClassVar = [{"code": "false", "mime": "text/html"}]

    def test_an_interrupt_is_an_error_and_the_next_cell_runs(self):
        self.flush_channels()
        number = self.kc.execute("echo go; sleep 100")
        while self.kc.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        self.km.interrupt_kernel()
        reply = self.kc.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == number
        assert reply["content"]["status"] == "error"
        assert reply["content"]["ename"] == "CellInterrupted"
        self.flush_channels()
        reply, _ = self.execute_helper("true")
        assert reply["content"]["status"] == "ok"

    def test_an_interrupt_while_the_shell_is_started_is_not_lost(self):
        self.flush_channels()
        self.execute_helper("exit")
        self.kc.execute("while :; do :; done")
        while self.kc.get_iopub_msg(timeout=60)["msg_type"] != "execute_input":
            pass
        self.km.interrupt_kernel()
        reply = self.kc.get_shell_msg(timeout=60)
        assert reply["content"]["ename"] == "CellInterrupted"

    def test_a_new_shell_replaces_one_that_has_exited(self):
        self.flush_channels()
        self.execute_helper("x=1; exit 0")
        _, messages = self.execute_helper('echo "x=$x"')
        assert messages[0]["content"]["text"] == "x=\n"


class End(unittest.TestCase):
    def test_a_shutdown_while_a_cell_runs(self):
        """test_kernel.py, which starts this program, checks that no process is left."""
        manager, client = start_new_kernel(kernel_name="simpsh")
        client.execute("nohup sleep 1000 >/dev/null 2>&1 & setsid sleep 1000 & echo go; sleep 1000")
        while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        client.stop_channels()
        manager.shutdown_kernel()
        assert not manager.is_alive()


if __name__ == "__main__":
    unittest.main(verbosity=2)
