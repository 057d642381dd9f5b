"""The reference: what the documentation says, executable. It imports none of the other rooms."""
