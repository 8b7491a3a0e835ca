"""The provider that needs no account and no network: a file for each capability.

The work is done elsewhere: by the script's rules (director) and by the studio (narrator). It has no pictures beyond the
studio's painted grounds, and no opinion beyond QA_SEMANTIC's own.
"""
