"""One file a format. Imported in the document process only, and only when such a file is opened."""
