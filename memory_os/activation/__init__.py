"""Attention caches of prompt prefixes without any framework: identity, codecs, bounds, routing."""
