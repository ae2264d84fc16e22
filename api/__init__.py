"""The doors: HTTP, pages and commands.  The only package that knows Flask."""
