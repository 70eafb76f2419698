"""Recall as stages over frozen values."""
