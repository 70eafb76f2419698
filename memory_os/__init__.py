"""Memory OS: an operating layer for agent memory."""
