"""From results to what people read: the report, and scripts that reproduce a failure."""
