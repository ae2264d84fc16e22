"""Organizations over time, the people who work in them, their offices and how they sign in."""
