"""Evaluates `[[ ]]`, whose words are neither split nor matched against files."""

from __future__ import annotations

import os

from simpsh.base.errors import UsageProblem
from simpsh.shell.builtins import test_expression
from simpsh.shell.language import arithmetic
from simpsh.shell.language.characters import TEST_BINARY, TEST_UNARY
from simpsh.shell.language.glob_pattern import matcher
from simpsh.shell.language.syntax_tree import DoubleQuoted, Literal, Quoted
from simpsh.shell.language.word_expansion import pattern_of, single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.shell.language.syntax_tree import Word
    from simpsh.shell.language.word_expansion import Scope
    from simpsh.shell.state import State


class Conditions:
    """Parses and evaluates the tokens of `[[ ]]`; what `&&` and `||` skip is only parsed."""

    def __init__(self, tokens: Sequence[Word | str], state: State, scope: Scope) -> None:
        self._tokens, self._state, self._scope = tokens, state, scope
        self._at = 0

    def hold(self) -> bool:
        """Return whether the whole condition is true.

        Raises UsageProblem: it is no condition, or an operand is not a number, or not a regular
        expression. ExpansionProblem: a word cannot be expanded.
        """
        result = self._any(runs=True)
        if self._at < len(self._tokens):
            raise UsageProblem(f"'{self._next() or 'this word'}' is not allowed here")
        return result

    def _next(self) -> str:
        """Return the next token if it is an operator or a plain word; else ""."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        if isinstance(token, str):
            return token
        part = token.parts[0]
        return part.text if len(token.parts) == 1 and isinstance(part, Literal) else ""

    def _pass(self, operator: str) -> bool:
        is_next = self._next() == operator
        self._at += is_next
        return is_next

    def _any(self, *, runs: bool) -> bool:
        result = self._all(runs=runs)
        while self._pass("||"):
            result |= self._all(runs=runs and not result)
        return result

    def _all(self, *, runs: bool) -> bool:
        result = self._one(runs=runs)
        while self._pass("&&"):
            result &= self._one(runs=runs and result)
        return result

    def _one(self, *, runs: bool) -> bool:
        """Evaluate `! condition`, `( condition )`, `word = word`, `-f word` or `word`."""
        if self._pass("!"):
            return not self._one(runs=runs)
        if self._pass("("):
            result = self._any(runs=runs)
            if not self._pass(")"):
                raise UsageProblem("')' is missing")
            return result
        first, word = self._next(), self._word()
        operator = self._next()
        if operator in TEST_BINARY:
            self._at += 1
            other = self._word()
            return runs and _compare(single(word, self._scope), operator, other, self._scope)
        if first in TEST_UNARY:
            operand = self._word()
            return runs and _has(first, single(operand, self._scope), self._state)
        return runs and single(word, self._scope) != ""

    def _word(self) -> Word:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        if isinstance(token, str):
            raise UsageProblem(f"a word is missing before '{token or ']]'}'")
        self._at += 1
        return token


def _has(operator: str, operand: str, state: State) -> bool:
    if operator == "-v":
        return state.parameter(operand) is not None
    return test_expression.holds([operator, operand])


def _compare(left: str, operator: str, word: Word, scope: Scope) -> bool:
    if operator in ("=", "=="):
        return matcher(left, scope)(pattern_of(word, scope))
    if operator == "!=":
        return not matcher(left, scope)(pattern_of(word, scope))
    if operator == "=~":
        from simpsh.kernel.c_library import matches_expression

        pattern = _expression_of(word, scope)
        try:
            return matches_expression(os.fsencode(pattern), os.fsencode(left))
        except ValueError as error:
            raise UsageProblem(f"'{pattern}': not a regular expression: {error}") from None
    right = single(word, scope)
    if operator in test_expression.NUMERIC:
        # As in bash, both operands are arithmetic expressions.
        left, right = (
            str(arithmetic.value(text, scope)) if text.strip() else "0" for text in (left, right)
        )
    return test_expression.holds([left, operator, right])


def _expression_of(word: Word, scope: Scope) -> str:
    """Expand a regular expression, in which quoted text matches itself."""
    texts = []
    for part in word.parts:
        text = single(type(word)((part,)), scope)
        if isinstance(part, Quoted | DoubleQuoted):
            text = "".join(f"\\{char}" if char in "\\.[]{}()*+?^$|" else char for char in text)
        texts.append(text)
    return "".join(texts)
