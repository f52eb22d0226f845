"""Proving a lesson: its claims hold, its wrong variants are refused, its screens fit.

lesson_check – one lesson: claims, wrong variants, answers
course_check – every lesson, and the course as a whole
check_report – what was found, as values, text, JSON
machine_report – `simpsh doctor`: which lessons this machine shows wholly
class_load – `simpsh doctor --class N`: what so many students at once get
"""
