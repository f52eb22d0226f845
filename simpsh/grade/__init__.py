"""Judging programs, shells and whole classes by behaviour.

shells/ – any shell, examined at its own terminal
exercises/ – programs that students write for a task
exports/ – exports of course systems, and marks in a form that these systems accept
classes/ – many submissions, each judged separately
assignments/ – the tasks of a class, in a file
sandbox/ – running submissions so that they do no harm
reports/ – marks and results, as values and as text
"""
