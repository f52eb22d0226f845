"""Here-documents: announced by `<<`, read when the line ends (POSIX XCU 2.7.4).

The body is the lines up to the delimiter's. Backslash-newline joins lines before one of them is
compared with an unquoted delimiter, and no construct inside the body can reach beyond it.
"""

from __future__ import annotations

from simpsh.errors import IncompleteInput
from simpsh.language.backquotes import Cuttings, taken_out
from simpsh.language.characters import END
from simpsh.language.tree import (
    DoubleQuoted,
    Escaped,
    HereDocument,
    Literal,
    Parameter,
    SingleQuoted,
    Tilde,
    Word,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.language.lexer import Lexer
    from simpsh.language.roles import Payload
    from simpsh.language.tree import Part


def announce(lexer: Lexer, redirection: str, start: int) -> HereDocument:
    """Make the here-document whose delimiter is the current token; its body comes later.

    Args:
        lexer: Stands at the delimiter.
        redirection: `<<` or `<<-`, perhaps behind a number.
        start: The offset of the redirection.
    """
    operator = redirection.lstrip("0123456789")
    digits = redirection[: -len(operator)]
    _, at, end, payload = lexer.token
    delimiter = _delimiter(lexer, payload)
    document = HereDocument(
        delimiter,
        Word(()),
        not isinstance(payload, str) and any(_is_quoted(part) for part in payload),
        operator == "<<-",
        int(digits) if digits else None,
        start,
        end,
    )
    if "\n" in delimiter:
        lexer.refuse("a here-document's delimiter cannot hold a newline", at, end)
    lexer.pending.append(document)
    return document


def read_pending(lexer: Lexer) -> None:
    """Read the bodies of the announced here-documents, which begin at the next line."""
    pending, lexer.pending = lexer.pending, []
    for document in pending:
        first_line = len(lexer.lines)
        # A body comes later than the command that holds it, so the record is completed
        # here; until the newline nobody but the parser has seen it.
        object.__setattr__(document, "body", _body(lexer, document))
        del lexer.lines[first_line:]
    lexer.leave_line()


def _is_quoted(part: Part) -> bool:
    return isinstance(part, Escaped | SingleQuoted | DoubleQuoted)


def _delimiter(lexer: Lexer, payload: Payload) -> str:
    """Return the delimiter without its quotes; nothing in it is expanded."""
    if isinstance(payload, str):
        return payload
    texts = []
    for part in payload:
        if isinstance(part, DoubleQuoted):
            texts.append(_delimiter(lexer, part.parts))
        elif isinstance(part, Literal | Escaped | SingleQuoted):
            texts.append(part.text)
        elif isinstance(part, Parameter):
            texts.append("${" + part.name + "}" if part.braced else "$" + part.name)
        elif isinstance(part, Tilde):
            texts.append("~" + part.user)
        else:
            _, start, end, _ = lexer.token
            lexer.refuse(
                "a here-document's delimiter is taken as it stands; no command can be in it",
                start,
                end,
            )
    return "".join(texts)


def _body(lexer: Lexer, document: HereDocument) -> Word:
    """Read one body and, unless the delimiter was quoted, scan what it is made of."""
    start = lexer.offset
    number = lexer.line
    cuttings = Cuttings()
    end = _read_lines(lexer, document, cuttings)
    text = cuttings.text()
    if document.quoted:
        lexer.mark("here_document", start, end)
        parts: tuple[Part, ...] = (SingleQuoted(text),)
    elif "$" in text or "\\" in text or "`" in text:
        inner = taken_out(lexer, cuttings, first_line=number)
        inner.quoted_mark = "here_document"
        # A body counts as a level: what nests in it costs the parser its calls, too.
        inner.deepen(0)
        parts = inner.quoted_parts(END)
        lexer.take_marks(inner)
    else:
        lexer.mark("here_document", start, end)
        parts = (Literal(text),) if text else ()
    if end < lexer.offset:
        lexer.mark("here_delimiter", end, end + len(lexer.lines[-1][2].strip("\t\n")))
    return Word(parts, lexer.outermost(start), lexer.outermost(end))


def _read_lines(lexer: Lexer, document: HereDocument, cuttings: Cuttings) -> int:
    """Collect the lines of a body; return the offset of the delimiter's line."""
    delimiter = document.delimiter
    joined: list[tuple[str, int]] = []
    while True:
        offset = lexer.offset
        whole = lexer.pull()
        if whole is None:
            _end_with_input(lexer, document, cuttings, joined)
            return offset
        line = whole.lstrip("\t") if document.strips_tabs and not joined else whole
        joined.append((line, offset + len(whole) - len(line)))
        if not document.quoted and _goes_on(line):
            continue
        if len(joined) > 1:
            line = "".join(text[:-2] for text, _ in joined[:-1]) + line
        if line.rstrip("\n") == delimiter:
            return joined[0][1]
        for text, at in joined:
            cuttings.add(text, at)
        joined.clear()


def _goes_on(line: str) -> bool:
    """Say whether an odd number of backslashes stands before the newline."""
    if not line.endswith("\\\n"):
        return False
    return (len(line) - len(line[:-1].rstrip("\\"))) % 2 == 0


def _end_with_input(
    lexer: Lexer, document: HereDocument, cuttings: Cuttings, joined: list[tuple[str, int]]
) -> None:
    """Let the body end where the input does, as in dash, and with a newline.

    Raises:
        IncompleteInput: At a prompt, where more lines may follow.
    """
    if lexer.at_prompt:
        raise IncompleteInput(
            f"the line '{document.delimiter}' that ends the here-document is missing",
            **lexer.origin(document.start, document.end),
        )
    for text, at in joined:
        cuttings.add(text, at)
    text = cuttings.text()
    if joined:
        ending = "\n"
    elif not text or text.endswith("\n"):
        ending = ""
    elif not document.quoted and _goes_on(text + "\n"):
        # A backslash with nothing behind it stands for itself, and needs one of its own.
        ending = "\\\n"
    else:
        ending = "\n"
    cuttings.add(ending, lexer.offset)
