"""What a brand knows and how it is found."""
