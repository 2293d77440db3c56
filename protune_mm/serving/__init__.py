"""A pool of tasks behind HTTP, with Ray Serve: on a machine or a cluster."""
