"""Marks and results as values, as text and as files.

grade_marks – checks and marks, and their text, JSON and Gradescope forms
rubric – which checks are asked, and their points
roster – who the submissions of a class are from, and how late they are
class_results – results of submissions: saved, loaded, merged, reported
"""
