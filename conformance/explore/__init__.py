"""Every history of a small scope, and the certificate of it."""
