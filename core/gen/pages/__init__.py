"""Results as pages: one self-contained HTML file, and Markdown to be committed."""
