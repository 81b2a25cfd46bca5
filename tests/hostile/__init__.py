"""Nothing that a person or a program can send gives a 5xx, changes what it must not, or runs in a page."""
