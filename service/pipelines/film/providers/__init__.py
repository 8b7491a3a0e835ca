"""Who does the work: one package for each provider."""
