"""The commands for one person at home: a model of a folder, and how near clips come to copies."""
