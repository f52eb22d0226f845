"""What a process waits for, in sentences: the answer, its proof, and what to change.

`process/diagnose` finds the facts.

answer – the answer in one sentence, and its proof
fact_words – each fact, rule and gap in words
symptoms – names of symptoms, what to change, and what ends a healthy wait
"""
