"""What the documentation says of the operation and its siblings, as tables. Nothing here decides anything."""
