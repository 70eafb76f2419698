"""Models in this process whose attention cache goes out and in: needs the extra ``[torch]``."""
