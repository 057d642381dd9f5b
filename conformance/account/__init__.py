"""The account as an endpoint describes it: read, held against a target, and written as one. Nothing here creates."""
