"""Findings from figures alone: no model, no network, no key; what chance explains stays unsaid."""
