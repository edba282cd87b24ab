"""What a language model is told: texts as data files, and the messages that carry them."""
