"""How the agenda is worked out: a search, once for all, for the requests that tell most wrong simulators apart.

Rules of this package
1. It runs when the agenda is written anew (`python -m conformance.planning`), never in a run of the suite.
2. It is greedy, in process, on the reference account, and has no dice: the same code writes the same agenda.
"""
