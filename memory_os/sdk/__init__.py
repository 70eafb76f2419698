"""The door for Python code."""
