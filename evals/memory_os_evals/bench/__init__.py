"""Speed and size of the embedded default, as ratios to plain loops in the same process."""
