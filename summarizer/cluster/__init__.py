"""A backlog over many machines: Ray spreads it, and each worker does what a single machine does.

``parts`` cuts a backlog into pieces that are the same whoever reads them, ``worker`` does one piece after the
other with the engine of a single machine, and ``pool``, which alone knows Ray, hands the pieces out.
"""
