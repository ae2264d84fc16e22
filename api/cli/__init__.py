"""The `hoso` command."""
