"""How a film looks: its mood and colours, the picture and the figure of each shot, and how it is arranged. Pure.

Only lists are read, once.
"""
