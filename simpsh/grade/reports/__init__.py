"""Marks and results as values, as text and as files.

grade_marks – checks and marks, and their text, JSON, JUnit and Gradescope forms
rubric – which checks are asked, and their points
class_results – results of submissions: saved, loaded, merged, reported
similar_submissions – which of them are alike: fingerprints, and pairs
"""
