"""Judging programs, shells and whole classes by behaviour.

shells/ – any shell at a terminal of its own
exercises/ – programs that students write for a task
classes/ – many submissions, each judged by itself
sandbox/ – keeping a submission from doing harm
reports/ – marks and results, and how they are told
pages/ – the report of a class for a browser
"""
