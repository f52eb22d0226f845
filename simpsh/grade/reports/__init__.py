"""Marks and results as values, as text and as files.

grade_marks – checks and marks, and their text, JSON and Gradescope forms
roster – the students of a class, and what each handed in
class_results – results of submissions: saved, loaded, merged, reported
"""
