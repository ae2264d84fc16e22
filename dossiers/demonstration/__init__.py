"""A fictitious province with its bodies, accounts and persons, to show and to test the system with."""
