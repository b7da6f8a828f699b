"""The protection pages: gate, form, one service or query, answer."""
