"""Documents: files in, text with places and pictures of pages out.

``host.DocumentHost`` is what the rest of the program uses. Everything that touches a file's content (MuPDF, office
parsers) runs in the document process (``child.py``); this side of the pipe imports none of it.
"""
