"""Office Open XML, Transitional and Strict: containers, WordprocessingML and PresentationML as clean HTML.

Elements are compared by their local names, which both variants share. Trees come from :mod:`assistant.documents.markup`
and are not nested deeper than its bounds, so they are followed by recursion. Used in the document process only.
"""
