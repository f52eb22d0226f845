"""Without user namespaces, a copy of the directory gives the same sets, with a weaker headline."""

import errno
import os
import resource
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.namespaces import CLONE_NEWUSER
from simpsh.process.worker import in_own_process
from tests.explore.oracle.known import KNOWN
from tests.explore.search.test_known_sets import texts, words_of
from tests.support.ordinary_user import USER, become_user, import_all

MOST_OF_BUDGET = 1.5


def without_namespaces(words, budget):
    """Explore as an ordinary user who may not make a user namespace; return also the CPU time."""
    refused = seccomp.Condition(0, errno.EPERM, without=CLONE_NEWUSER)
    making = {name: [refused] for name in ("clone", "unshare")}
    assembled = seccomp.permitting({*NUMBERS} - {*making, "clone3"}, making, {})
    import_all()
    with TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, USER, USER)
        Path(name, "data").write_text("ab")
        if words[0].startswith("/tmp/"):
            # Another user cannot execute it where it is.
            words = (shutil.copy(words[0], f"{name}/program"), *words[1:])
            Path(name, "program").chmod(0o755)

        def work():
            become_user()
            seccomp.install(assembled)
            os.chdir(name)
            found = explore(program_of(tuple(words), directory=name), ExplorationLimits(budget))
            used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, -1)]
            return found, sum(each.ru_utime + each.ru_stime for each in used)

        return in_own_process(work, 300 * patience())


@pytest.mark.usual("child_parent_end.c", "fork_fork.c", "counter_flock.c", "two_echoes.sh")
@pytest.mark.long("each program is explored")
@pytest.mark.parametrize("known", KNOWN, ids=str)
def test_no_set_of_a_copy_is_wrong(known, compiled):
    if known.program.endswith(".py") and os.geteuid() == 0:
        pytest.skip("another user may not be able to execute this interpreter")
    found, _ = without_namespaces(words_of(known, compiled), 10.0 * patience())
    assert not found.is_complete
    if found.has_every_order:
        assert texts(found) == known.outputs
        assert found.unchecked.startswith("no free run is made in a copy, and there is no private")
    # Otherwise a refused call may have had another result than it has outside.
    assert found.flags or texts(found) <= known.outputs


def test_a_large_program_ends_within_the_budget(compiled):
    budget = 2.0
    found, seconds = without_namespaces((compiled("programs/children.c"), "7"), budget)
    assert any("budget" in reason for reason in found.reasons)
    assert seconds < MOST_OF_BUDGET * budget * patience()
