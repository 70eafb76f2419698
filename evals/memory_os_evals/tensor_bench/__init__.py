"""Measuring activation and parametric memory on toy models of this machine."""
