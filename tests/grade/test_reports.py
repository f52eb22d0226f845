"""Results become tables and pages, which no text of a submission can break."""

import os
import re
from html.parser import HTMLParser

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.events import Exec, Exit, Start
from simpsh.grade.reports.class_results import (
    FORM,
    OtherVersion,
    Result,
    class_report,
    load,
    path_of,
    save,
    stored,
)
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from simpsh.grade.reports.report_pages import lost_checks, page_name, write_pages
from simpsh.trace.recording.recording_file import Recording, lines_of, new_header
from tests.view.made_runs import Story


def scored(name, points=(1, 0), *, task="Lab", key="k", problem=""):
    checks = tuple(
        GradedCheck(f"check {index}", 1, "" if point else "it did not", f"c{index}")
        for index, point in enumerate(points)
    )
    return Result(name, key, task, (Mark("one", "One", checks),), problem, ("a FIFO was left out",))


def test_a_result_survives_a_round_trip_to_its_file(tmp_path):
    for name in ("alice", "Zoë & co.", "a" * 300, "new\nline", "\udcff"):
        save(scored(name), str(tmp_path))
        assert load(path_of(str(tmp_path), name)) == scored(name)


def test_an_invalid_result_is_reported_in_one_line_and_judged_again(tmp_path):
    save(scored("good"), str(tmp_path))
    endless = (tmp_path / "good.json").read_text().replace('"points": 1,', '"points": 1e999,')
    bad = [endless, "", "{}", "[]", f'{{"form": {FORM}}}', '{"form": "new"}', "null", "[" * 200_000]
    for number, text in enumerate(bad):
        (tmp_path / f"{number}.json").write_text(text)
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    (tmp_path / "folder.json").mkdir()
    for name in map(str, range(len(bad))):
        with pytest.raises(SimpshError, match=rf"{name}.json: this is not a result .*; remove it"):
            load(path_of(str(tmp_path), name))
        assert stored(str(tmp_path), name) is None
    for name in ("fifo", "device", "folder"):
        assert stored(str(tmp_path), name) is None


def test_a_result_of_another_version_is_named_and_not_replaced(tmp_path):
    save(scored("old"), str(tmp_path))
    path = tmp_path / "old.json"
    path.write_text(path.read_text().replace(f'"form": {FORM},', f'"form": {FORM - 1},'))
    with pytest.raises(OtherVersion, match=r"old\.json: another version .* with -o DIR"):
        stored(str(tmp_path), "old")


def test_the_results_of_an_autograder_are_for_one_submission():
    with pytest.raises(UsageProblem, match="for one submission"):
        class_report([scored("a"), scored("b")], "gradescope")


def test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet():
    evil = scored("=cmd()\n\x1b[2J", problem="it\x1b[31m\nbroke")
    text = class_report([evil])
    assert "\x1b" not in text
    assert len(text.splitlines()) == 5
    assert class_report([evil], "csv").splitlines()[1].startswith("'=cmd()\\n\\x1b[2J,1,2,")
    wide = class_report([scored("\uff1dcmd()")], "csv")
    assert wide.splitlines()[1].startswith("'\uff1dcmd(),1,2,")
    for form in ("text", "csv", "json"):
        assert class_report([scored("\udcff")], form).encode()


EVIL = "</script></pre><script>alert(1)</script>\"' onload='x\x1b[31m\u202e\0\udcff&lt;"
TEXTS = ("<script>alert(1)", "\x1b", "\u202e", "\0", "' onload='x&")


def mark(*instead, points=1, **more):
    checks = tuple(
        GradedCheck(f"check {index}", points, words, f"c{index}")
        for index, words in enumerate(instead)
    )
    return Mark("one", "One", checks, **more)


def result(name, *instead, points=1, **more):
    return Result(name, "k", "Lab 1", (mark(*instead, points=points),), **more)


def recording(program="./mine"):
    header = new_header((program,), level="io", has_end=True)
    story = Story()
    story.tell(100, Start(1, (program,)))
    story.tell(100, Exec((program, EVIL), program))
    story.tell(100, Exit(0))
    return "".join(lines_of(Recording(header, tuple(story.events))))


class Elements(HTMLParser):
    """Collects the elements of a page and their text."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.words = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_nothing_of_a_submission_becomes_markup(tmp_path):
    bad = mark(EVIL, "", look_at=EVIL, picture=EVIL, disqualified=EVIL, decisive=f"{EVIL}\n{EVIL}")
    evil = Result(
        EVIL,
        "k",
        f"Lab {EVIL}",
        (bad,),
        problem=EVIL,
        remarks=(EVIL,),
        feedback=EVIL,
        not_isolated=(EVIL,),
        recording=recording(EVIL),
    )
    write_pages([evil], str(tmp_path))
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) == 2
    for path in pages:
        text = path.read_bytes().decode()
        found = Elements(text).found
        assert not [text for text in TEXTS if text in path.read_text()], path
        scripts = [attributes for tag, attributes in found if tag == "script"]
        assert len(scripts) == 1
        assert not [name for _, attributes in found for name in attributes if name[:2] == "on"]
        links = [attributes["href"] for tag, attributes in found if tag == "a"]
        assert [link for link in links if not re.fullmatch(r"pages/[\w.-]+\.html", link)] == []
        policy = next(
            attributes["content"] for tag, attributes in found if "http-equiv" in attributes
        )
        assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_each_submission_has_its_own_page_with_a_link_from_the_class(tmp_path):
    names = ("a/b.c", "a-b.c", "a b.c", "../a", "", "ä" * 100, "-", "A-B.c")
    results = [result(name, "") for name in names]
    write_pages(results, str(tmp_path / "of"))
    files = [*(tmp_path / "of/pages").iterdir()]
    assert {path.name for path in files} == {*map(page_name, names)}
    assert len(files) == len(names)
    assert (tmp_path / "of").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    page = (tmp_path / "of/index.html").read_text()
    links = {found.get("href") for tag, found in Elements(page).found if tag == "a"}
    assert links == {f"pages/{path.name}" for path in files}


def test_a_page_shows_the_checks_and_the_run(tmp_path):
    one = result(
        "mine.c",
        "it did not wait (mine.c:2)",
        recording=recording(),
        feedback="What was asked",
        not_isolated=("user",),
    )
    write_pages([one], str(tmp_path))
    assert "not isolated: user" in (tmp_path / "index.html").read_text()
    page = (tmp_path / "pages" / page_name("mine.c")).read_text()
    words = " ".join(Elements(page).words)
    for expected in ("0 of 1 point", "it did not wait", "What it did: ./mine"):
        assert expected in words
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg"') >= 3


def test_an_invalid_or_cut_recording_leaves_the_rest_of_the_page(tmp_path):
    for text in ("", "nothing", "{}\n", '{"schema": "simpsh.trace/1"}\n{"a'):
        write_pages([result("a", "no", recording=text)], str(tmp_path))
        assert "check 0" in (tmp_path / "pages" / page_name("a")).read_text()
    (tmp_path / "file").write_text("")
    with pytest.raises(SimpshError, match="file/of"):
        write_pages([result("a", "")], str(tmp_path / "file" / "of"))


def test_the_check_that_most_lost_comes_first():
    hung = Result("d", "k", "Lab", (mark("no", "", decisive="your program never ended"),))
    some = [result("a", "no", ""), result("b", "no", "never"), result("c", "not", ""), hung]
    lost = [("check 0", ("a", "b", "c", "d")), ("check 1", ("b",))]
    assert lost_checks(some, 10) == lost
    assert lost_checks(some, 1) == lost[:1]


def test_nothing_is_wider_than_the_screen(tmp_path, one_tab):
    points = {"s10": 3, "s9": 1, "s100": 2}
    results = [
        result(name, *([""] * count + ["no"] * (3 - count)), seconds=count, recording=recording())
        for name, count in points.items()
    ]
    results.append(result("long" * 30, EVIL * 5, "", ""))
    write_pages(results, str(tmp_path))
    one_tab.reset(360, 740)
    longest = "long" * 30
    for name in (f"pages/{page_name(longest)}", f"pages/{page_name('s9')}", "index.html"):
        one_tab.open((tmp_path / name).as_uri())
        assert one_tab.run("document.documentElement.scrollWidth") <= 360, name
    told = "[...document.querySelectorAll('#submissions td.told')]"
    right = f"Math.max(...{told}.map(cell => cell.getBoundingClientRect().right))"
    assert 100 < one_tab.run(right) <= 360, "a remark lies beside the screen"
    assert one_tab.complaints() == []


def test_the_page_of_a_class_names_for_each_check_who_lost_it(tmp_path):
    some = [result("a", "no wait"), result("b", "no wait"), result("c", "", points=1)]
    write_pages(some, str(tmp_path))
    page = (tmp_path / "index.html").read_text()
    lost = re.search(r'<ol class="lost">.*?</ol>', page, re.DOTALL).group()
    assert Elements(lost).words == ["check 0", "2 of 3", "a", "b"]
    links = [found["href"] for tag, found in Elements(lost).found if tag == "a"]
    assert links == [f"pages/{page_name('a')}", f"pages/{page_name('b')}"]
    write_pages(some[2:], str(tmp_path / "right"))
    assert "Nothing." in Elements((tmp_path / "right/index.html").read_text()).words
