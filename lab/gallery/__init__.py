"""Briefs of many kinds through every preset and shape: what the films look like, and what was measured on them."""
