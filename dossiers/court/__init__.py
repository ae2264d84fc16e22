"""The work of a court: what lies before it, who is heard on which day, what was decided and may be challenged."""
