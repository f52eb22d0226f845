"""Marks and results as values, as text, as files and as pages.

grade_marks – checks and marks, and their text, JSON and Gradescope forms
roster – the students of a class and their submissions
class_results – results of submissions: saved, loaded, merged, reported
report_pages – pages for a browser: one for the class, one for each submission; with
grade_pages.css
"""
