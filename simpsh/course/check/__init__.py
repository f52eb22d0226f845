"""Proving a lesson: its claims hold, its wrong variants are refused, its screens fit.

lesson_check – one lesson: claims, wrong variants, answers
question_spread – options, hints, and where the right answers are
text_rules – long sentences, refused words, terms without an entry
screen_sizes – how tall and wide a lesson's screens are
course_check – every lesson, and the course as a whole
run_likeness – whether two runs are the same: each process's calls, and what caused what
c_check – the C beside a lesson does the same
check_workers – checks spread over processes
check_report – what was found, as values, text, JSON, JUnit XML
claims_page – docs/claims.md, written from the lessons
"""
