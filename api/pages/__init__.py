"""The workplace in the browser: server-rendered pages that work without JavaScript."""
