"""The dossier itself: its number, where it stands, who has it and who may read it."""
