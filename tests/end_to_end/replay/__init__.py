"""A town replayed: a seeded sequence of random acts, and an independent model of what every reader must see.

`model` is the truth and calls nothing of the application; `acts` does each act to the town and to the model, by its `hands`:
the verbs themselves, or the forms of the desk that a `browser` sends to a server. `consumers` are programs that are not ours;
`runner` moves the clock and compares. Two applications in one process answer, or two server processes whose present time is
that of a file (`clocked`).
"""
