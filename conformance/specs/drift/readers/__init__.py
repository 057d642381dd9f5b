"""One reader for each form in which the documentation is published. All make a `Document`, or raise `Unreadable`."""
