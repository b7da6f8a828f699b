"""What Meta's platforms have in common: the Graph API, its errors and limits, its signatures."""
