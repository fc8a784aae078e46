"""What puts the rooms together for one person at home: a model of one's own folder, in one call."""
