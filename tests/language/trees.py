"""Well-formed trees for hypothesis: each is one that some text has.

A plain run of text never holds what is special where it stands, two of them never stand side by
side, and a here-document's delimiter occurs in no body.
"""

from __future__ import annotations

from hypothesis import strategies as st

from simpsh.language.tree import (
    AndOr,
    Assignment,
    CommandSubstitution,
    DoubleQuoted,
    Escaped,
    FileRedirection,
    Group,
    HereDocument,
    HereString,
    Item,
    List,
    Literal,
    Parameter,
    Pipeline,
    SimpleCommand,
    SingleQuoted,
    Subshell,
    Tilde,
    Word,
)

NAMES = st.sampled_from(["x", "y1", "_", "HOME"])
PARAMETERS = st.builds(Parameter, st.sampled_from(["x", "y1", "1", *"@*#?$!-0"]), st.just(False))
BRACED = st.builds(Parameter, st.sampled_from(["x", "10", *"@*#?$!-"]), st.just(True))
LITERALS = st.text("ab1_-+.,/:@%^*?[]{}!é\udc80\r", min_size=1, max_size=4)
INSIDE = st.text("ab1 ';&|<>()#~*{}=\n", min_size=1, max_size=5)
QUOTED = st.text('ab "$`\\;&|()#~*{}\né', max_size=5)
COMMANDS = st.sampled_from(["a", "ls", "./b", "[", "x-y", "{}", "a=", "1"])
ENDS_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def _joined(parts):
    """Drop a plain run that would be read as one with what stands before it."""
    found = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(part, Literal):
            if isinstance(before, Literal):
                continue
            is_name = isinstance(before, Parameter) and not before.braced and before.name[0].isalpha()
            if (is_name or before == Parameter("_")) and part.text[0] in ENDS_NAME:
                continue
        found.append(part)
    return tuple(found)


def _substitutions(lists):
    return st.builds(CommandSubstitution, lists, st.booleans())


def _quoted_parts(text, escapable, lists):
    part = st.one_of(
        st.builds(Literal, text),
        st.builds(Escaped, st.sampled_from(escapable)),
        PARAMETERS,
        BRACED,
        _substitutions(lists),
    )
    return st.lists(part, max_size=3).map(_joined)


def _words(lists, first=LITERALS):
    part = st.one_of(
        st.builds(Literal, LITERALS),
        st.builds(Literal, LITERALS),
        st.builds(Escaped, st.sampled_from(list("a $`\"'\\*~#|é\t"))),
        st.builds(SingleQuoted, QUOTED),
        st.builds(DoubleQuoted, _quoted_parts(INSIDE, list('$`"\\'), lists)),
        PARAMETERS,
        BRACED,
        _substitutions(lists),
    )
    mixed = st.lists(part, min_size=1, max_size=3).map(_joined)
    home = st.sampled_from([(Tilde(""),), (Tilde("root"),), (Tilde(""), Literal("/a"))])
    return st.one_of(
        st.builds(lambda text: Word((Literal(text),)), first), st.builds(Word, mixed | home)
    )


def _argument(word):
    """Say whether a word is no reserved word where a command begins."""
    return word.parts not in ((Literal("{"),), (Literal("}"),), (Literal("!"),), (Literal("-p"),))


def _documents(depth, lists):
    delimiters = st.sampled_from([f"E{depth}", f"- {depth}'"])

    def document(delimiter, parts, quoted, strips, descriptor):
        if "'" in delimiter or quoted:
            text = "".join(part.text for part in parts if isinstance(part, Literal))
            body = (SingleQuoted(text + "\n" if text else ""),)
            return HereDocument(delimiter, Word(body), True, strips, descriptor)
        body = _joined((*parts, Literal("\n"))) if parts else ()
        if body and not (isinstance(body[-1], Literal) and body[-1].text.endswith("\n")):
            last = body[-1].text + "\n" if isinstance(body[-1], Literal) else "\n"
            body = (*body[:-1], Literal(last)) if isinstance(body[-1], Literal) else (*body, Literal(last))
        return HereDocument(delimiter, Word(body), False, strips, descriptor)

    text = st.text("ab1 ';&|<>()#~*{}=\"\n", min_size=1, max_size=6)
    return st.builds(
        document,
        delimiters,
        _quoted_parts(text, list("$`\\"), lists),
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(0, 99),
    )


def _redirections(depth, lists):
    descriptors = st.none() | st.integers(0, 999)
    copies = st.sampled_from(["0", "1", "12", "-"]).map(lambda text: Word((Literal(text),)))
    return st.one_of(
        st.builds(
            FileRedirection,
            st.sampled_from(["<", ">", ">>", "<>", ">|"]),
            _words(lists),
            descriptors,
        ),
        st.builds(FileRedirection, st.sampled_from(["<&", ">&"]), copies, descriptors),
        st.builds(HereString, _words(lists), descriptors),
        _documents(depth, lists),
    )


def _commands(depth, lists):
    value = _words(lists) | st.just(Word(()))
    few_redirections = st.lists(_redirections(depth, lists), max_size=2).map(tuple)
    first = _words(lists, COMMANDS).filter(_begins_command)
    simple = st.builds(
        lambda assignments, words, redirections: SimpleCommand(assignments, words, redirections),
        st.lists(st.builds(Assignment, NAMES, value), max_size=2).map(tuple),
        st.tuples(first) | st.tuples(first, _words(lists)) | st.just(()),
        few_redirections,
    ).filter(lambda each: each.assignments or each.words or each.redirections)
    if depth >= 2:
        return simple
    bodies = lists.filter(lambda each: each.items)
    return st.one_of(
        simple,
        simple,
        st.builds(Subshell, bodies, few_redirections),
        st.builds(Group, bodies, few_redirections),
    )


def _begins_command(word):
    """Say whether a word can be a command's name: neither reserved nor an assignment."""
    first = word.parts[0]
    if not isinstance(first, Literal):
        return True
    return _argument(word) and "=" not in first.text


def lists(depth=0):
    """Lists of commands, nested at most three deep."""
    inner = st.deferred(lambda: lists(depth + 1)) if depth < 2 else st.just(List())
    pipelines = st.builds(
        Pipeline,
        st.lists(_commands(depth, inner), min_size=1, max_size=2).map(tuple),
        st.booleans(),
        st.booleans(),
    ) | st.just(Pipeline((), False, True))
    and_ors = st.builds(
        AndOr,
        pipelines,
        st.lists(st.tuples(st.sampled_from(["&&", "||"]), pipelines), max_size=1).map(tuple),
    )
    return st.builds(List, st.lists(st.builds(Item, and_ors, st.booleans()), max_size=2).map(tuple))
