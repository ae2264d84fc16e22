"""The acts of the law: opening a dossier, moving it, moving its side machines, letting time act."""
