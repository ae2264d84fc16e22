"""The domain, by subject: bodies, people, files, evidence, limits, custody, papers and the acts that move them.

Knows SQLAlchemy, never Flask; every operation takes its session, its actor and its time as arguments.
"""
