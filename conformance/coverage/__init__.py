"""What has to be met before a check may pass: conditions, their near misses, combinations, kinds of state."""
