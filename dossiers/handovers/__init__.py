"""Hand-overs of a person and the papers from one body to another: what was given, said by both sides."""
