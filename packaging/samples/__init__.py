"""Texts of the sample documents and the programs that typeset them."""
