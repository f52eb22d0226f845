"""The contract: what a lesson says, and what is claimed of its runs.

lesson_steps – steps, sources, edits, the lesson
code_listing – the code as it is shown and run
observation – what was seen of a run
expectation – a sentence about a run; the scene it is judged on
event_predicates – what is asked of an event: its system call, error, status word
process_facts – what was seen of a process: descriptors, pages of memory, masks
process_ref – a process by name: what it does, is and has
run_properties – orders, counts, moments, outputs
lesson_outline – runs, questions and sections of a lesson
c_beside_python – the C beside a lesson’s Python
answer_key – what a run answers
lesson_texts – every text of a lesson, in the order of reading
term_glossary – what a technical term means
value_kinds – values of another kind than needed
lesson_validation – faults found before anything runs
course_plan – which lessons a class takes when
lesson_library – lessons found, loaded, begun
new_lesson.txt – what a new lesson begins with
"""
