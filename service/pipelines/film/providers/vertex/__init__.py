"""Google's Vertex AI for the film: one small file of plain functions for each thing that is bought there."""
