"""Proving a lesson: its claims hold, its wrong variants are rejected.

lesson_check – one lesson: claims, wrong variants, answers
given_away – whether title and first texts state the first answer
course_check – every lesson, and the course as a whole
check_report – results as values, text, JSON
machine_report – `simpsh doctor`: what this machine permits
"""
