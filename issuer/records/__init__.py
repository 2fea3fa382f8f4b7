"""Records: what institutions hand over, waiting encrypted until its owner claims it."""
