"""How much of what should not be stored is found, and how much else is taken for it."""
