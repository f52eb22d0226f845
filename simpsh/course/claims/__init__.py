"""A demonstration, what is seen of it, and what is claimed of it.

observation – what was seen of a run
expectation – a sentence about a run; the scene it is judged on
process_ref – a process by name: what it does, is and has
run_properties – orders, counts, moments, outputs
demonstration – the code that runs, edits of it, claims, what you do while it runs
"""
