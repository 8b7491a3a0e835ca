"""Cut the band's instruments out of a sound font (`cut.py`): run once, by hand, when an instrument is to change."""
