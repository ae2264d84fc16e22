"""The limits that run in a dossier, and the alarms that must not go unseen."""
