"""Who calls: session cookies for pages, bearer tokens for programs, and the right each route names."""
