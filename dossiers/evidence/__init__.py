"""What happened, in order, so that nobody can change it unseen: diary, chain, who opened what."""
