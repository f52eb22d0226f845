"""The model of a run, computed from its events.

chronicle_model – processes, states, pipes, descriptors, and the order of events
chronicle_builder – building the model in one pass over the events
"""
