"""The law as data and the rules that read it; pure: no database, no web, no clock."""
