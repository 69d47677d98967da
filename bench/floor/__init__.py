"""The floor: the same answers from bare WSGI, prepared SQL and orjson; no framework, no model, no serializer.

It keeps units, categories and programmes in memory from its start on, as if they never changed, and checks nothing
that a caller might get wrong. What the site costs beyond it is the price of everything else.
"""
