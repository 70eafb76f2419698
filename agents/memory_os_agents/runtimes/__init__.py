"""Models in this process, which take the extra ``[torch]``, and model servers elsewhere."""
