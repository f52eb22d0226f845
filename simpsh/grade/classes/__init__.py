"""Many submissions: their task, and judging each separately.

submissions – the files in a folder, which one is the program, and reading them within limits
class_tasks – the tasks: an exercise, a shell, a command
class_judge – judging submissions, each in its own process, several at a time
run_by_hand – one submission in the sandbox, with the keyboard of the person who grades
assignment_trial – trying an assignment file on right and wrong shells
"""
