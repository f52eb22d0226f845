"""Waiting for pipes and FIFOs: who holds the other end?"""

import os

import pytest

from simpsh import descriptors, diagnose
from tests.process.diagnose.diagnosis_texts import numbers_of, text_of, zombies_of
from tests.process.forked_children import (
    child,
    diagnosed,
    end_orphan,
    fork_child,
    pipe,
    sleep_for_ever,
    until,
)

# -- pipes -------------------------------------------------------------------------------------


def test_the_server_that_a_captured_command_left_behind_is_named_with_its_descriptors(tmp_path):
    """The very first report: a command's output is captured, the command ends, nothing ends."""
    note = tmp_path / "server"

    def caller():
        read_end, write_end = os.pipe()

        def command():
            os.close(read_end)
            os.dup2(write_end, 1)
            os.dup2(write_end, 2)
            os.close(write_end)
            server = fork_child(sleep_for_ever)
            note.write_text(str(server))
            os.write(1, b"started\n")

        fork_child(command)
        os.close(write_end)
        while os.read(read_end, 4096):
            pass

    with child(caller) as pid:
        server = int(until(lambda: note.exists() and note.read_text(), "the server's note"))
        zombie = until(lambda: zombies_of(pid), "the command is a zombie")[0]
        found = diagnosed(pid, "empty pipe")
        assert numbers_of(found) == {server: (1, 2)}
        assert found.waits_for == (server,)
        text = text_of(found)
        assert f"Process {server} " in text
        assert "holds a write end as descriptors 1 and 2" in text
        assert f"probably an orphan of process {zombie} " in text
        assert f"adopted by process {os.getpid()} " in text
    end_orphan(server)


def test_a_reader_that_kept_its_own_write_end_waits_for_itself():
    def body():
        read_end, _ = os.pipe()
        os.read(read_end, 1)

    with child(body) as pid:
        found = diagnosed(pid, "empty pipe")
        assert list(numbers_of(found)) == [pid]
        assert found.waits_for == ()
        assert "As long as it holds that, it never gets the end of file." in text_of(found)


def test_a_full_pipe_names_who_holds_the_read_end_and_does_not_read():
    with pipe() as (read_end, write_end):

        def reader():
            os.close(write_end)
            sleep_for_ever()

        def writer():
            os.close(read_end)
            os.write(write_end, bytes(1 << 20))

        with child(reader) as reading, child(writer) as writing:
            found = diagnosed(writing, "full pipe")
            assert numbers_of(found)[reading] == (read_end,)
            assert reading in found.waits_for
            until(
                lambda: (
                    f"Process {reading} " in (text := text_of(diagnose(writing)))
                    and "itself waits for a signal" in text
                ),
                "what the reader does itself",
            )


def test_wait_before_read_is_recognised_as_a_circle():
    def body():
        read_end, write_end = os.pipe()

        def writer():
            os.close(read_end)
            os.write(write_end, bytes(1 << 20))

        pid = fork_child(writer)
        os.close(write_end)
        os.waitpid(pid, 0)

    with child(body) as pid:
        found = until(
            lambda: (one := diagnose(pid)).circle and one, "parent and child wait for each other"
        )
        assert found.situation == "child"
        assert found.circle == (pid, found.waits_for[0])
        assert "a deadlock" in text_of(found)


# -- FIFOs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "situation"),
    [(os.O_RDONLY, "FIFO without a writer"), (os.O_WRONLY, "FIFO without a reader")],
)
def test_opening_a_fifo_waits_for_the_other_side(tmp_path, flags, situation):
    path = f"{tmp_path}/a fifo"
    os.mkfifo(path)
    with child(os.open, path, flags) as pid:
        assert f"opens the FIFO {path} for" in text_of(diagnosed(pid, situation))
    # A relative path is looked up from the directory of the process.
    with child(lambda: (os.chdir(tmp_path), os.open("a fifo", flags))) as pid:
        assert "the FIFO a fifo" in text_of(diagnosed(pid, situation))


def test_a_fifo_that_its_writer_holds_open_is_an_empty_fifo(tmp_path):
    path = f"{tmp_path}/fifo"
    os.mkfifo(path)

    def writer():
        os.open(path, os.O_WRONLY)
        sleep_for_ever()

    def reader():
        os.read(os.open(path, os.O_RDONLY), 1)

    with child(writer) as writing, child(reader) as reading:
        # The reader's open may return a moment before the writer has its descriptor.
        until(lambda: path in [one.target for one in descriptors(writing)], "the writer has it")
        found = diagnosed(reading, "empty FIFO")
        assert list(numbers_of(found)) == [writing]
