"""How often the merging policy joins what differs, and parts what is the same."""
