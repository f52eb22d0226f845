"""Teaching a lesson at a terminal: guess, see, why.

lesson_teacher – walks through the steps, runs them, says goodbye
lesson_questions – where the lesson waits: `:commands`, questions, and answers by what was run
student_task – a task at the real prompt
lesson_display – listings, and what a run gave, within the lines that are left
teaching_stage – the screen, the keyboard, the prompt around a lesson
student_progress – what is done, where one goes on, and what was answered
course_map – what there is, what is done, where to go on
"""
