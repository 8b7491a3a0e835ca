"""Google's Vertex AI for the film: a small file of plain functions for each thing that is bought there, and a file for
each capability that is made of them.

Read client first: how calls are made, and what an error means. Then what is bought: words, stills, clips and speech.
Then the capabilities: director, illustrator, narrator and critic, with the models that they use. Nothing of Google's is
imported before the first call.
"""
