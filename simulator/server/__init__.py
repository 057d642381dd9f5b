"""The simulator as an endpoint to develop against: the only sockets and clocks of this package."""
