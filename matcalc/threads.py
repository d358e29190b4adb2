"""The environment in which NumPy's libraries compute with one thread.

They read it when they are loaded. The arrays of a check are small: threads would wait for
each other, and round in another order.
"""

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
