"""Where a saved document of the operation departs from what is encoded here.

A reader makes a `Document` of a file or an installed SDK; `comparison.py` holds it against a version.
"""
