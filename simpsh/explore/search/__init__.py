"""All states and outcomes of a program, and the evidence that these are all.

exploration – explore a program in stages, and judge; the results as values
exploration_verdict – what the stages find; the reasons why outcomes may be missing, and notes
state_search – the search, and the real runs that teach the model
learning_run – a run that teaches the model, and is compared with it
outcome_automaton – states, steps, the endings of runs; the automaton of outcomes
output_automaton – the number of outputs, and whether one is possible
program_outcomes – all outcomes, listed or counted, with a schedule for each
free_output – whether a free run has printed a text, by the pids of that run
skipped_time – the clock of a free run whose sleeps and alarms take no time
native_runs – free runs, which count how often each outcome occurs
other_values – whether a program does the same with other pids, times, random numbers
exploration_page – the outcomes and their witnesses as one HTML page
exploration_page.css – the style of the page
exploration_page.js – choosing an outcome on the page
exploration_report – the table and the verdict, or JSON
"""
