"""The servers that are measured beside Colophon, each as its own documentation sets it up."""
