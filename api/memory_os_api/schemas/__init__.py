"""Requests and answers that only the REST service has."""
