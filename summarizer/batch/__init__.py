"""Answers that may come later, for less: requests go out in files, and their answers are kept like all others.

``journal`` remembers what is under way, and a model of ``waiting`` minds it; ``service`` speaks to the provider,
whose ``replies`` are read and whose ``limits`` are kept; the model of ``sending`` puts requests into batches
instead of asking them, and ``fetching`` brings the answers home into the cache. ``desk`` is what commands use.
"""
