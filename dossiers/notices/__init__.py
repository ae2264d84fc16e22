"""What an office should know of since it last looked: read from the record, never written beside it."""
