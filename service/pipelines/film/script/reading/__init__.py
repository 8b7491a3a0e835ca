"""The whole brief: what is told of it, in which order, and what it asks of the film. `brief` is the way in. Pure."""
