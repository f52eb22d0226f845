"""Judging programs, shells and whole classes by behaviour.

shells/ – any shell at a terminal of its own
exercises/ – programs that students write for a task
exports/ – exports of course systems, and marks in the form that these take
classes/ – many submissions, each judged by itself
assignments/ – what is asked of a class, as a file
sandbox/ – keeping a submission from doing harm
reports/ – marks and results, as values and as text
"""
