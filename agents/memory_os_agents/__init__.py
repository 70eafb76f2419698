"""Who remembers: models, runtimes and framework adapters."""
