"""An error of the machine is never the answer that there is no file."""

import errno
import os
from collections.abc import Callable

import pytest

from simpsh.base import file_facts

ASKED: tuple[Callable[[str], object], ...] = (
    file_facts.is_there,
    file_facts.is_file,
    file_facts.is_folder,
    file_facts.is_link,
    file_facts.is_program,
    file_facts.real_path,
)


@pytest.fixture
def failing(monkeypatch) -> Callable[..., None]:
    """Make stat(2) and lstat(2) fail with these errors, and then work again."""
    real = {name: getattr(os, name) for name in ("stat", "lstat")}
    left: list[int] = []

    def call(name: str, *words: object, **options: object) -> object:
        if left:
            number = left.pop(0)
            raise OSError(number, os.strerror(number))
        return real[name](*words, **options)

    for name in real:
        monkeypatch.setattr(os, name, lambda *words, name=name, **ways: call(name, *words, **ways))
    return lambda *numbers: left.extend(numbers)


def test_an_existing_file_has_the_answers_of_os_path(tmp_path):
    program, folder, link = tmp_path / "run", tmp_path / "folder", tmp_path / "link"
    program.write_text("")
    program.chmod(0o755)
    folder.mkdir()
    link.symlink_to("run")
    (tmp_path / "loop").symlink_to("loop")
    for path in (program, folder, link, tmp_path / "loop", tmp_path / "none", program / "below"):
        word = str(path)
        assert file_facts.is_there(word) == path.exists(), word
        assert file_facts.is_file(word) == path.is_file(), word
        assert file_facts.is_folder(word) == path.is_dir(), word
        assert file_facts.is_link(word) == path.is_symlink(), word
        assert file_facts.is_program(word) == (path.is_file() and os.access(word, os.X_OK)), word
        assert file_facts.real_path(word) == os.path.realpath(word), word
    assert not file_facts.is_there("a\0b")
    assert not file_facts.is_file(str(tmp_path / ("x" * 300)))


def test_a_path_that_leads_nowhere_stays_as_it_is(tmp_path, monkeypatch):
    assert file_facts.real_path("") == ""
    (tmp_path / "removed").mkdir()
    monkeypatch.chdir(tmp_path / "removed")
    (tmp_path / "removed").rmdir()
    assert file_facts.real_path("run") == "run"


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EINTR, errno.EIO, errno.ENFILE])
def test_an_error_of_the_machine_is_raised(tmp_path, failing, ask, number):
    (tmp_path / "run").write_text("")
    failing(number)
    with pytest.raises(OSError, match=os.strerror(number)):
        ask(str(tmp_path / "run"))


@pytest.mark.parametrize("ask", ASKED[:3], ids=lambda ask: ask.__name__)
def test_one_answer_that_there_is_none_is_not_believed(tmp_path, failing, ask):
    path = tmp_path if ask is file_facts.is_folder else tmp_path / "run"
    (tmp_path / "run").write_text("")
    failing(errno.ENOENT)
    assert ask(str(path))
    failing(errno.ENOENT, errno.ENOENT)
    assert not ask(str(path))


def test_a_folder_that_cannot_be_read_is_not_empty(tmp_path, monkeypatch):
    (tmp_path / "a.c").write_text("")
    (tmp_path / ".b.c").write_text("")
    assert file_facts.matching(str(tmp_path), "*.c") == [str(tmp_path / "a.c")]

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    monkeypatch.setattr(os, "listdir", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    for listed in (
        lambda: file_facts.matching(str(tmp_path), "*"),
        lambda: [*file_facts.walk(str(tmp_path))],
    ):
        with pytest.raises(OSError, match="Cannot allocate"):
            listed()


def test_a_program_is_found_in_path_as_by_which(tmp_path, monkeypatch):
    (tmp_path / "run").write_text("")
    monkeypatch.setenv("PATH", f"/nowhere:{tmp_path}")
    assert file_facts.program_called("run") == ""
    (tmp_path / "run").chmod(0o755)
    assert file_facts.program_called("run") == str(tmp_path / "run")
    assert file_facts.program_called(str(tmp_path / "run")) == str(tmp_path / "run")
