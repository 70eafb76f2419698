"""Pure decisions: facts, settings and a moment in, a verdict with a reason out."""
