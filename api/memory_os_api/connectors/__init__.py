"""The connectors that ``connect`` finds by URL scheme, each importing only what it needs."""
