"""All states and outcomes of a program, and how sure that is.

exploration – explore a program, judge whether the outcomes are all; the values that are found
state_search – the search, and the real runs that teach the model
outcome_automaton – states, steps, how a run ends; the words that are outcomes
program_outcomes – all outcomes, written down or counted; a schedule for each; the tree of choices
native_runs – how often it really happens
adversaries – free runs, held back or steered, that try to refute the set
exploration_page – the outcomes, their witnesses and the choices as one HTML page
exploration_page.css – how it looks
exploration_page.js – choosing an outcome
exploration_report – the table, the comparison with an expected set
"""
