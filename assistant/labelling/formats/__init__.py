"""Labels in the files of other tools. Each format reads into :class:`.sheet.Sheet` and says what it cannot hold."""
