"""Who physically holds the person, from when to when, and by what title."""
