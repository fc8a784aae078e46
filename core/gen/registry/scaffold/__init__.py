"""New plugin projects: ``gen plugins new`` fills the templates of this package."""
