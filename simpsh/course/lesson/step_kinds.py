"""All kinds of steps as one type, so that the type checker finds a `match` that lacks one."""

from __future__ import annotations

from simpsh.course.lesson.lesson import Question, Running
from simpsh.course.lesson.run_step import Repair
from simpsh.course.lesson.say_step import Say
from simpsh.course.lesson.show_step import Show
from simpsh.course.lesson.try_step import Try

AnyStep = Say | Question | Running | Show | Try | Repair
