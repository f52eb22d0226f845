"""A lesson, and the kinds of its steps.

lesson – a lesson, the interface of all kinds of steps, and the question
run_steps – a program that runs once, in every order, in variants; one for the student to repair
text_steps – a text, another look at a run, a task at the prompt; all kinds as one type
lesson_faults – faults that no run shows: missing fields, references, terms
program_files – the programs of a lesson, which are files beside it
term_glossary – the meanings of technical terms
lesson_library – finding, loading and creating lessons
new_lesson/ – the template of a new lesson
"""
