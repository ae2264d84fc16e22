"""What an officer is told by e-mail, once a day and in figures only: how much waits, is late, is soon, has an alarm."""
