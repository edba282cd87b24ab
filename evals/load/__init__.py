"""What the doors bear: many chats at once, restarts, long runs, one brand flooded, hostile text in the browser."""
