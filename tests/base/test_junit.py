"""JUnit XML: suites of cases in, text out."""

from xml.etree import ElementTree

from simpsh.base.junit import JUnitCase, JUnitSuite, junit_of

SUITE = JUnitSuite(
    "a",
    (
        JUnitCase("a.run", "it <runs>"),
        JUnitCase("a.run", "it ends", "it did not", "line 1\nline 2"),
        JUnitCase("a.run", "it stops", skipped="no terminal"),
    ),
    1.5,
)


def test_suites_are_summed_up_under_a_name_and_one_alone_is_the_document():
    text = junit_of((SUITE, JUnitSuite("b", (JUnitCase("b", "c"),))), "all", 2)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    root = ElementTree.fromstring(text)
    counted = {"tests": "4", "failures": "1", "skipped": "1", "time": "2.000"}
    assert root.attrib == {"name": "all", **counted}
    assert [suite.get("time") for suite in root] == ["1.500", None]
    root = ElementTree.fromstring(junit_of((SUITE,)))
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuite", "3", "1")
    assert [case.get("name") for case in root] == ["it <runs>", "it ends", "it stops"]
    assert root[1][0].get("message") == "it did not"
    assert root[1][0].text == "line 1\nline 2"
    assert (root[2][0].tag, root[2][0].get("message")) == ("skipped", "no terminal")


def test_what_xml_cannot_hold_is_replaced():
    text = junit_of((JUnitSuite("\x1b[2J", (JUnitCase("\0", "\udcff", "\x07", "\x9b"),)),))
    assert text.encode()
    root = ElementTree.fromstring(text)
    assert (root.get("name"), root[0].get("name")) == ("\ufffd[2J", "\ufffd")
    assert root[0][0].text == "\ufffd"
