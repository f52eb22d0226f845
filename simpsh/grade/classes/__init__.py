"""Many submissions: what is asked of them, and judging each by itself.

submissions – what lies in a folder, and which file is the program
submission_tree – reading and copying one, within bounds
class_tasks – what a class is asked: an exercise, a shell, a command
class_judge – one process a submission, so many at a time
"""
