"""What requests must look like, as marshmallow schemas; unknown fields are refused."""
