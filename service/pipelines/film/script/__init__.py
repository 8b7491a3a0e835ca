"""What a film says, and when. Pure: no files, no processes, no network.

Read in this order:
- `writing/text`, `reading/brief`: the brief made safe, then read;
- `treatment`: what the film is to be, shot by shot;
- `directing/rules`: the director by rules, which writes a treatment; `judging/drafts` checks one that a model wrote;
- `look/storyboard`: the look of each shot;
- `voice/narration`, `voice/timeline`, `voice/captions`: how words are said, how long that takes, and when they appear;
- `judging/semantics`: whether the film says what the brief says.

Imports go one way: `judging` > `directing` > `look` | `voice` > `reading` > `pasted` > `lines` > `names` > `learnt`
> `writing` > `treatment`. The import rules in `pyproject.toml` enforce this. `words/` has words by hand, and weights.

May import `wishes`, `presets` and `seeds`, and nothing else of the film.
"""
