"""Teaching a lesson at a terminal: guess, see, why.

lesson_teacher – walks through the steps, runs them, says goodbye
lesson_questions – where the lesson waits: `:commands`, questions, and answers by what was run
student_repair – a broken program in the student's editor, judged by its claims
student_task – a task at the real prompt
lesson_display – listings, and what a run gave, within the lines that are left
teaching_stage – the screen, the keyboard, the prompt around a lesson
student_progress – what is done, where one goes on, and what was answered
answer_table – answers as CSV, written and read
answer_report – what a class believes, before and after, and where it is
course_map – what there is, what is done, where to go on
"""
