"""A lesson, and the kinds of its steps.

lesson – a lesson, and the interface of all kinds of steps
lesson_faults – faults found before anything runs: edits, moments, references, terms
question_steps – a question with choices, or with a free answer
run_steps – a program that runs once, in every order, in variants; one for the student to repair
text_steps – a text, another look at a run, a task at the prompt; all kinds as one type
program_files – the programs of a lesson, which are files beside it
term_glossary – the meanings of technical terms
lesson_library – finding, loading and creating lessons
new_lesson/ – the template of a new lesson
"""
