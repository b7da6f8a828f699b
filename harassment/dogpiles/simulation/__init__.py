"""A labelled simulator of what accounts live through, and what the detector makes of it."""
