"""The dense engine: exact products while small, FAISS inverted lists when large."""
