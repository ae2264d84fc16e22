"""Figures about the dossiers of a territory, by body, for those who supervise; names of persons stand in none."""
