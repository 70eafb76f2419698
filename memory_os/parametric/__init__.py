"""Adapters without any framework: codecs, arithmetic of merges, the gate."""
