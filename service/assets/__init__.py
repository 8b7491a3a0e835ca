"""Files that callers bring to their jobs: a logo, pictures, a font, a piece of music.

Read in this order:
- `names`: what a reference means, and which jobs may read it (pure);
- `formats`: what a file is, by its first bytes (pure);
- `examine`: decode a stranger's file in a child process with limits (`child`), which rewrites it; `sfnt` does so for
  fonts;
- `store`: where assets are kept.

Knows nothing of any pipeline: what an asset is good for is the pipeline's business.
"""
