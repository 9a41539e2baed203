"""One module and one function for each verb. What the command line and other tools call."""
