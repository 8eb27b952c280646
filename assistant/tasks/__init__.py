"""What is done with a document: entities, summary, type, answers. Imports no Qt, no torch, no MuPDF."""
