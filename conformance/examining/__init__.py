"""From histories to a verdict: search, shrinking, proof; and a transcript judged, or sent, again."""
