"""What a browser sends with every request."""

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
