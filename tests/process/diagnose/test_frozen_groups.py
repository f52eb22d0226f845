"""A frozen control group is told, with what thaws it, and never called sleep."""

import contextlib
import os
from pathlib import Path

import pytest

from simpsh import diagnose
from simpsh.process.control_group import groups_of
from tests.process.diagnose.diagnosis_texts import text_of
from tests.process.forked_children import child, diagnosed, sleep_for_ever, until

FREEZING = {1: ("freezer.state", "FROZEN", "THAWED"), 2: ("cgroup.freeze", "1", "0")}


def freezer(version):
    """The directory of this process's group, in which groups can be frozen."""
    for group in groups_of("self"):
        if group.version == version and (version == 2 or "freezer" in group.controllers):
            return group.directory
    return pytest.skip(f"no freezer of version {version} is mounted here")


@contextlib.contextmanager
def groups(version):
    """A group inside of another, both new."""
    outer = os.path.join(freezer(version), f"simpsh-test-{os.getpid()}")
    inner = os.path.join(outer, "inner")
    try:
        os.mkdir(outer)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    try:
        os.mkdir(inner)
        if not os.path.exists(os.path.join(inner, FREEZING[version][0])):
            pytest.skip("this kernel freezes no groups of this version")
        yield outer, inner
    finally:
        for one in (inner, outer):
            until(lambda one=one: not os.path.exists(one) or is_removed(one), f"{one} is empty")


def is_removed(path):
    with contextlib.suppress(OSError):
        os.rmdir(path)
    return not os.path.exists(path)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("place", ["its own", "above"])
def test_a_frozen_process_is_told_with_the_group_and_what_thaws_it(version, place):
    with groups(version) as (outer, inner), child(sleep_for_ever) as pid:
        Path(inner, "cgroup.procs").write_text(str(pid))
        diagnosed(pid, "signal")
        group = inner if place == "its own" else outer
        name, freeze, thaw = FREEZING[version]
        file = Path(group, name)
        file.write_text(freeze)
        try:
            found = until(
                lambda: "told to freeze" in text_of(one := diagnose(pid)) and one, "it is frozen"
            )
            assert found.situation == "frozen"
            assert f"is in the control group {group}, which was told to freeze." in text_of(found)
            assert f"echo {thaw} > {file}" in text_of(found)
            assert "SIGKILL" in text_of(found)
        finally:
            file.write_text(thaw)
        diagnosed(pid, "signal")
