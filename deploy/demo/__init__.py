"""A border market's day, played through the window's public interfaces by all its parties."""
