"""What a copy of the shell knows of the jobs, and what `wait -n` knows of jobs that are over."""

import pytest

from tests.support.shells import FORK, SPAWN, run

both_engines = pytest.mark.parametrize("shell", [FORK, SPAWN], ids=lambda shell: shell.name)


@both_engines
def test_a_substitution_lists_the_jobs_of_the_shell_it_copies(shell):
    script = "sleep 100 &\nkill $(jobs -p)\nwait $!\necho $?\n"
    assert run(shell, script).stdout == b"143\n"


@both_engines
def test_a_pipeline_lists_the_jobs_of_the_shell_it_copies(shell):
    script = "sleep 100 &\njobs | cat\nkill %1\nwait\n"
    assert run(shell, script).stdout == b"[1]+  Running              sleep 100 &\n"


@both_engines
def test_wait_n_knows_a_job_that_was_over_before_it(shell):
    script = "sh -c 'exit 7' &\nsleep 0.2\ntrue\nwait -n\necho $?\nwait -n\necho $?\n"
    assert run(shell, script).stdout == b"7\n127\n"


@both_engines
def test_wait_alone_settles_all(shell):
    script = "sh -c 'exit 7' &\nwait\nwait -n\necho $?\n"
    assert run(shell, script).stdout == b"127\n"
