"""Answers that may come later, for less: requests go out in files, and their answers are kept like all others.

``journal`` remembers what is under way, ``service`` speaks to the provider, ``sending`` is the model that puts
requests into batches instead of asking them, and ``fetching`` brings the answers home into the cache.
"""
