"""A question comes back with another program, or with its choices in another order."""

from simpsh.course.lesson.lesson import target_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import recall_question


def asked(name, index, turn):
    """Return the right choice when a question of the course is asked again."""
    lesson, is_varied = recall_question(Library().find(name), index, turn)
    question = lesson.steps[index]
    run = target_of(lesson, question)
    return question.choices[question.right(run.perform())].text, is_varied


def test_the_variants_come_first_then_the_lessons_own_program():
    name, index = "rule-1-both-continue", 1
    assert asked(name, index, 1) == ("before twice, after twice", True)
    assert asked(name, index, 2) == ("before once, after once", True)
    assert asked(name, index, 3) == ("before once, after twice", False)


def test_the_choices_are_the_same_in_another_order():
    lesson = Library().find("rule-1-both-continue")
    orders = [
        [c.text for c in recall_question(lesson, 1, turn)[0].steps[1].choices] for turn in range(9)
    ]
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(orders[0]))}
    assert len({tuple(order) for order in orders}) > 1
