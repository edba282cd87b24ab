"""The commands of `marque`, one a file."""
