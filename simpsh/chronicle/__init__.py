"""The model of a run: a pure function of its events.

chronicle_model – processes, states, pipes, descriptors, and what came before what
chronicle_builder – one pass over the events builds the model: lives, and which event caused which
claims – every claim that drawings make about a run, with its evidence
"""
