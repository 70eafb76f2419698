"""The embedded default's recall index: a directory of chunks over a sparse and a dense engine."""
