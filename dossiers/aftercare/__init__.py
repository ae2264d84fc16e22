"""What is recorded about somebody under post-rehab management: team, visits, tests, absences, support."""
