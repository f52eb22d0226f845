"""Teaching a lesson at a terminal: guess, see, why.

lesson_teacher – walks through the steps, runs them, says goodbye
lesson_questions – asks a student or a class, and answers by what was run
lesson_stop – where the lesson waits, and what its `:commands` do
student_task – a task at the real prompt
surprise_questions – questions that surprised come back
lesson_farewell – the guesses, the exercise, the next lesson
code_presenter – listings, and what is new in them
run_display – what a run gave, within the lines that are left
teaching_stage – the screen, the keyboard, the prompt around a lesson
student_progress – what is done, and where one goes on
answer_records – guesses, reasons and votes, and their table
contents_page – what there is, what is done, where to go on
teaching_setup – puts the stage together for the command line
"""
