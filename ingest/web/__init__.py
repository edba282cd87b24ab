"""Web pages and sitemaps as sources of documents."""
