"""The model of a run: a pure function of its events.

chronicle_model – processes, states, pipes, and what came before what
chronicle_builder – one pass over the events builds the model
descriptor_history – who holds which descriptor when
causal_edges – which event caused which
"""
