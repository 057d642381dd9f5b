"""Text in, text out: requests and answers as HTTP carries them, and how they are signed. Pure."""
