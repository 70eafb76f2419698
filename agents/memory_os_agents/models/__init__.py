"""Adapters for the models that the product can use: embedders and language models."""
