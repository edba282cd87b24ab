"""Care documents of invented companies, written for training, each passage with what customers ask about it."""
