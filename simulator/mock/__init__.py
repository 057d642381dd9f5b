"""The simulator as an endpoint to develop against: server, faults on purpose, control, page."""
