"""Many submissions: what is asked of them, and judging each by itself.

submissions – what lies in a folder, which file is the program, and reading one within bounds
class_tasks – what a class is asked: an exercise, a shell, a command
class_judge – one process a submission, so many at a time
assignment_trial – an assignment file, tried on right and wrong shells
"""
