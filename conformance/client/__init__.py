"""What is judged: something that answers requests, in process or over HTTP, and the line to it."""
