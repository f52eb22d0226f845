"""A lesson, and the kinds of its steps.

lesson – a lesson, and the interface of all kinds of steps
lesson_faults – faults found before anything runs: edits, moments, references, terms
say_step – a text
recalled_question – a question as it is asked again
predict_step – a question with choices
ask_step – a question with a free answer
run_step – a demonstration that runs once; a broken one for the student to repair
explore_step – every order of a demonstration
compare_step – variants of one demonstration, side by side
show_step – another look at an earlier run
try_step – a task at the prompt
program_files – the programs of a lesson, which are files beside it
term_glossary – the meanings of technical terms
step_kinds – all kinds as one type
lesson_library – finding, loading and creating lessons
new_lesson/ – the template of a new lesson
"""
