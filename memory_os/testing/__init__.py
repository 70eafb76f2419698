"""Conformance suites, shipped: any store, index, embedder or connector can be put through them."""
