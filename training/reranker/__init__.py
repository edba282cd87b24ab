"""Makes the re-ranker that ships: examples, training, export, figures."""
