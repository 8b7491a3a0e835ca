"""How a request reaches a route, and what every answer carries.

`browsers` adds security headers, and keeps web pages out while `AUTH=off`. Imports what everything builds on.
"""
