"""All states and outcomes of a program, and how sure that is.

exploration_apart – explore in a process of its own: all_outcomes()
exploration – explore a program, judge whether the outcomes are all; the values that are found
state_search – the search, and the real runs that teach the model
state_graph – states, steps, and how a run ends
outcome_automaton – the automaton whose words are outcomes
program_outcomes – all outcomes, written down or counted
outcome_witness – a schedule for an outcome; the tree of choices
choice_graph – the choices as a graph that can be looked at
source_dpor – the search without a model
step_dependency – which steps may not change places
terminal_comparison – whether stdio writes otherwise on a terminal
native_runs – how often it really happens
exploration_page – the outcomes, their witnesses and the choices as one HTML page
exploration_page.css – how it looks
exploration_page.js – choosing an outcome
exploration_report – the table, JSON, the comparison with an expected set
"""
