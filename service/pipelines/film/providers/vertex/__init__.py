"""Google's Vertex AI for the film: one small file of plain functions for each thing that is bought there.

`client.py` says who is called and what an error means, `words.py` writes, `stills.py` draws, `clips.py` films,
`speech.py` speaks. Nothing of Google's is imported before the first call.
"""
