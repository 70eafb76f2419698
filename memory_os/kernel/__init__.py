"""The operating layer: writing, recalling, moving, over the ports."""
