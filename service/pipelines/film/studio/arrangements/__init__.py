"""How the words and the picture of a shot stand in the frame: a module for each arrangement, which `scene.py` lists by
its name. Each has `arrange(shot, look)`, which returns what is painted, in painting order."""
