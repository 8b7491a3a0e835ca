"""The director by rules: from a brief to a treatment that fits its length. `rules` is the way in. Pure."""
