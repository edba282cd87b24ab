"""What the store does when it is killed, refused, damaged or asked by many at once."""
