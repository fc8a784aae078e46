"""What several families of converters share."""
