"""What a commune's offices have in hand, sorted by what the law says of where each dossier stands."""
