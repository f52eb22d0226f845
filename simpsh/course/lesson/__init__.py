"""A lesson, and the kinds of its steps.

lesson – a lesson, and what every kind of its steps answers
lesson_faults – faults found before anything runs: code, values, texts
say_step – a thought, and a claim that is said and not shown
predict_step – a question with choices
ask_step – a question with a free answer
run_step – a demonstration that is run once, and one that the student mends
explore_step – every order of a demonstration
compare_step – the same demonstration with changes, side by side
show_step – one more look at an earlier run
try_step – a task at the prompt
c_beside_python – the C beside a lesson’s Python
term_glossary – what a technical term means
lesson_heads – title, minutes and kind of a lesson that is not loaded
course_cache – what was found out about courses, kept until something changes
lesson_library – lessons found, loaded, begun
new_lesson.txt – what a new lesson begins with
"""
