"""JUnit XML, which test runners and continuous integration read: suites of cases in, text out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simpsh.base.record import Record


class JUnitCase(Record):
    """One thing that was checked."""

    classname: str
    """What it belongs to: test runners group by it."""
    name: str
    failure: str | None = None
    """What was the case instead, in a sentence; None if it passed."""
    details: str = ""
    """What else is known of the failure, in lines."""
    skipped: str | None = None
    """Why it was not tried; None if it was."""


class JUnitSuite(Record):
    """Cases that belong together."""

    name: str
    cases: Sequence[JUnitCase]


def junit_of(suites: Sequence[JUnitSuite], name: str = "") -> str:
    """Return suites, one at least, as JUnit XML with a newline at its end; a name is of them all.

    Characters that XML cannot hold, or that a terminal would obey, are replaced.
    """
    elements = []
    for suite in suites:
        element = Element("testsuite", name=_allowed(suite.name), tests=str(len(suite.cases)))
        tried = [case for case in suite.cases if case.skipped is None]
        element.set("failures", str(sum(case.failure is not None for case in tried)))
        element.set("skipped", str(len(suite.cases) - len(tried)))
        for case in suite.cases:
            names = {"classname": _allowed(case.classname), "name": _allowed(case.name)}
            outcome = SubElement(element, "testcase", names)
            if case.skipped is not None:
                SubElement(outcome, "skipped", message=_allowed(case.skipped))
            elif case.failure is not None:
                failure = SubElement(outcome, "failure", message=_allowed(case.failure))
                failure.text = _allowed(case.details)
        elements.append(element)
    if name:
        root = Element("testsuites", name=_allowed(name))
        root.extend(elements)
        for key in ("tests", "failures", "skipped"):
            root.set(key, str(sum(int(element.get(key, "0")) for element in elements)))
    else:
        root = elements[0]
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


_NOT_ALLOWED = re.compile("[^\t\n\r -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _allowed(text: str) -> str:
    r"""Return text without control characters and without what is no character at all.

    >>> _allowed("a\x1b[2J\udcff")
    'a�[2J�'
    """
    return _NOT_ALLOWED.sub("\N{REPLACEMENT CHARACTER}", text)
