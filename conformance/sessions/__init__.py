"""A conversation with an endpoint, in which the model follows the endpoint."""
