"""Make, take and keep the papers of a dossier: official forms from their templates, scans, and what became of them.

Never decides whether a step may happen, and never changes a paper that was issued.
"""
