"""Background work: when it is due, who does it, and what becomes of it."""
