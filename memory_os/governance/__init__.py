"""Who may do what, and how content is fingerprinted."""
