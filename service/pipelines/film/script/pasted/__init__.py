"""The forms in which people paste a brief, each read into the lines of one that all can be read like: chats, mails,
scripts, forms, pages, tables. A new form is a module here and a line in `reading/forms.py`. Pure.
"""
