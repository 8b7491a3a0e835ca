"""What a film says, and when. Pure: no files, no processes, no network.

Read in this order:
- `text`, `languages`, `brief`: the brief made safe, then read;
- `treatment`: what the film is to be, shot by shot;
- `beats`, `rules`: the director by rules, which writes a treatment; `drafts`: the check of a treatment a model wrote;
- `palettes`, `storyboard`: the look of each shot;
- `pace`, `signs`, `narration`, `timeline`, `captions`: how words are said, how long that takes, and when they appear;
- `coverage`, `semantics`: whether the film says what the brief says.

May import `wishes`, `presets` and `seeds`, and nothing else of the film.
"""
