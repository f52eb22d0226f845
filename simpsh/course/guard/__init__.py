"""What this machine permits, and what keeps a demonstration that multiplies inside.

machine_needs – needs, remedies, and `simpsh doctor`
machine_probes – each need tried
process_containment – limits and namespaces
"""
