"""The shown names of processes are distinct, and equal no role."""

import pytest

from simpsh.course.claims.observation import REAPER, YOU, in_words
from simpsh.course.run.typed_line import perform_line

LINE = """
cp /bin/sh 'sleep 2'; cp /bin/sh shell; cp /bin/sh you
./'sleep 2' -c :; ./shell -c :; ./you -c :; sleep 0; sleep 0
"""


@pytest.mark.needs("ptrace")
def test_programs_called_like_numbers_and_roles_have_names_of_their_own():
    names = perform_line(LINE).names
    assert names[-5:] == ("sleep 2", "shell 2", "you", "sleep", "sleep 3")
    assert [in_words(name) for name in names[-4:-2]] == ["`shell 2`", "`you`"]
    assert not {YOU, REAPER} & {*names}
