"""What the commands do; loaded only when one runs, so that help is fast."""
