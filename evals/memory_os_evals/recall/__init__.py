"""The recall suites: data sets, metrics, the run, its figures."""
