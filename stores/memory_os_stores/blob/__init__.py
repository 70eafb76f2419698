"""Where tensors lie: files beside the database, or the memory of this process."""
