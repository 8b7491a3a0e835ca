"""The operator's console: pages at `/console/`, rendered here, that work without JavaScript.

Read `routes` first (the table of pages, and what every request goes through), then `visits` (what a page is given and
answers with), one page in `pages/` with its template in `templates/`, and `many` (an act on some or all of a list).
`forms` reads and guards what is sent, `rendering` makes the HTML, `timeline` and `charts` compute drawings (pure), and
`static/` holds the style sheets and scripts, with the licences of those that are not ours.

A page is a module in `pages/`, a template and a line in `routes.PAGES`. The text of jobs is data: the templates escape
everything; what a pipeline shows of a result is HTML that `own` has written. May import everything but the command line
and `dev`.
"""
