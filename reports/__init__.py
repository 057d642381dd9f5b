"""What a result is and how it looks. A leaf: it knows nothing of VPNs."""
