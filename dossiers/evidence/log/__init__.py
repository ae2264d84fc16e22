"""The log over all diaries: its heads in a Merkle tree, signed checkpoints, and witnesses from other bodies."""
