"""Demonstrations, observations of their runs, and claims about them.

observation – what was observed in a run
expectation – a sentence about a run; the scene it is judged on
process_ref – a process by name: its events, properties and resources
run_properties – orders, counts, moments, outputs
line_claims – the sub-claims of a task: a typed line, its processes, the origin of its values
demonstration – the code that runs, its edits, its claims, and the user's input
"""
