"""Language models behind one door: which, in which order, whether they answer, what it cost."""
