"""Music that gen makes up: drummers, tunes, basses, whole bands."""
