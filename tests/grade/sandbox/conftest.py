import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpsh.process.own_directory import remove_tree


@pytest.fixture
def outside() -> Iterator[Path]:
    """A directory outside /tmp, because /tmp is always hidden."""
    above = "/var/lib" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=above, prefix="simpsh-tests-"))
    folder.chmod(0o755)
    yield folder
    remove_tree(str(folder))
