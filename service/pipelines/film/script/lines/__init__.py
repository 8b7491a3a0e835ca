"""The lines of a brief: their markup, labels and headings, and what is an instruction among them. Pure."""
