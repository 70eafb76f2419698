"""The doors: REST, client, command line."""
