"""A lesson with buttons: what ipywidgets shows, and what a click does.

The choices of a question are buttons, a free answer has a field. What the lesson shows grows below,
as on a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import comm
import ipykernel.ipkernel  # noqa: F401 - makes what `comm` sends go through our sockets
import ipywidgets
from ipywidgets import register_comm_target

from simpsh.base.errors import SimpshError
from simpsh.notebook.cell_display import framed
from simpsh.notebook.lesson_client import LessonClient, LessonDone, LessonQuestion, LessonShown
from simpsh.view.picture.svg_elements import plain, tag

Act = Callable[[list[LessonShown]], LessonQuestion | LessonDone]

_GO_ON = "go on"
_NO_GUESS = "no guess"
_COMMANDS = (":hint", ":facts", ":c", ":back", ":quit")
"""Commands of a lesson that have a button, too."""


def comm_manager() -> object:
    """Return what takes the messages of widgets: comm_open, comm_msg, comm_close."""
    register_comm_target()
    return comm.get_comm_manager()


class LessonWidget:
    """A lesson, or one step of it, as widgets."""

    def __init__(self, lesson: LessonClient, *, is_whole: bool) -> None:
        self._lesson = lesson
        self._commands = _COMMANDS if is_whole else (":hint",)
        self._shown: list[ipywidgets.Widget] = []
        self._page = ipywidgets.VBox()

    def view(self) -> Mapping[str, object]:
        """Return the MIME type by which a frontend knows it, and its data."""
        bundle = self._page._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {kind: value for kind, value in data.items() if not kind.startswith("text/")}

    def take(self, act: Act, before: Sequence[str] = ()) -> None:
        """Have the lesson do something; show what it shows, then the buttons for its question."""
        shown: list[LessonShown] = []
        try:
            answer = act(shown)
        except SimpshError as problem:
            shown.append(LessonShown(tag("p", plain(str(problem))), ""))
            answer = LessonDone(())
        pieces = [*before, *(piece.html for piece in shown)]
        if pieces:
            self._shown.append(ipywidgets.HTML(framed("\n".join(pieces))))
        controls = [self._controls(answer)] if isinstance(answer, LessonQuestion) else []
        self._page.children = (*self._shown, *controls)

    def _controls(self, question: LessonQuestion) -> ipywidgets.Widget:
        if question.wants_text:
            field = ipywidgets.Text(
                description=question.prompt.strip(),
                style={"description_width": "initial"},
                layout={"width": "70%"},
                continuous_update=False,
            )
            send = self._button("answer", lambda: field.value, is_main=True)
            return ipywidgets.HBox([field, send, self._button(":hint", lambda: ":hint")])
        buttons = [
            self._button(letter, letter.__str__, is_main=True) for letter in question.choices
        ]
        rest = _NO_GUESS if question.choices else _GO_ON
        buttons.append(self._button(rest, str, is_main=not question.choices))
        return ipywidgets.HBox(
            [*buttons, *(self._button(command, command.__str__) for command in self._commands)]
        )

    def _button(
        self, name: str, typed: Callable[[], str], *, is_main: bool = False
    ) -> ipywidgets.Widget:
        button = ipywidgets.Button(
            description=name,
            button_style="primary" if is_main else "",
            layout={"width": "auto"},
        )
        button.on_click(lambda _: self._click(typed()))
        return button

    def _click(self, typed: str) -> None:
        if not self._lesson.waits_for_answer:
            return
        # The buttons go away with the click: what was answered must stay.
        is_answer = typed and not typed.startswith(":")
        echo = [tag("p", plain(f"your answer: {typed}"), class_="answer")] if is_answer else []
        self.take(partial(self._lesson.answer, typed), echo)
