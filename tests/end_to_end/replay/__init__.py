"""A town replayed: a seeded sequence of random acts by the real verbs, and an independent model of what every reader must see.

`model` is the truth and calls nothing of the application; `acts` does each act to the town and to the model; `consumers` are
programs that are not ours; `runner` moves the clock and compares.
"""
