"""The pure step: one request and an account in, one answer and the account after it out."""
