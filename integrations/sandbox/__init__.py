"""A loopback server speaking the platforms' protocols for an invented crowd; never Django."""
