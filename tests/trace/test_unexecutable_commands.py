"""A recording of a command that cannot be executed."""

from simpsh.base.events import ExecError, Exit
from simpsh.base.wait_status import Exited, decode
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT
from tests.harness.recorded import recorded, whats


def test_an_argument_that_is_too_long_ends_the_program_with_126():
    (ended,) = whats(recorded("/bin/true", "x" * ONE_ARGUMENT_LIMIT), Exit)
    assert decode(ended.status) == Exited(126)


def test_the_search_for_the_program_is_not_recorded():
    assert whats(recorded("sh", "-c", "exit 3", level="io"), ExecError) == []
