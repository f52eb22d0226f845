"""Many submissions: what is asked of them, and judging each by itself.

submissions – the files in a folder, which one is the program, and reading them within bounds
class_tasks – the tasks: an exercise, a shell, a command
class_judge – one process a submission, so many at a time
assignment_trial – an assignment file, tried on right and wrong shells
"""
