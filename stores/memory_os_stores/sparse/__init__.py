"""The sparse engine: postings, a forward index, exact BM25 over any visible set."""
