"""What outlives the process: the database door and the object store.

Knows no domain words: no dossier, person or paper, only rows, bytes and their checksums.
"""
