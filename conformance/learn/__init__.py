"""Dialects: what endpoints decided for themselves, learned, kept in files, held against others, and made law.

Rules of this package
1. A dialect says nothing about a MUST but its code, message and rank. What the documentation refuses stays refused.
2. What is pinned was seen, and names its evidence. What was not seen is not pinned, and nothing is guessed.
"""
