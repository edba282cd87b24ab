"""Training of the danger model that `bot/danger_model.py` reads."""
