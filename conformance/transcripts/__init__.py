"""What was sent and what came: kept, counted, read again."""
