"""Proving a lesson: its claims hold, its wrong variants are rejected.

lesson_check – one lesson: claims, wrong variants, answers, tasks, the repair
course_check – every lesson, and the course as a whole
check_report – results as values and text
machine_report – `simpsh doctor`: what this machine permits
"""
