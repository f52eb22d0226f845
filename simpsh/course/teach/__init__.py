"""Teaching a lesson at a terminal: guess, see, why.

lesson_teacher – goes through the steps, runs them, ends the lesson
lesson_questions – stops of a lesson: `:commands`, questions, replies
student_task – a task at the real prompt; a broken program in the student's editor
text_editor – the student's editor, and how to leave it
lesson_display – listings and results, within the available rows
teaching_stage – the screen, the keyboard, the prompt around a lesson
open_parts – the questions, tasks and repairs that a student has not done yet
student_progress – completed lessons, current positions, stored answers
answer_report – the answers of a class, as a table
course_test – a test of all units, drawn by a seed, and its result
course_map – all lessons, with progress and the next one
"""
