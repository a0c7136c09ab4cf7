"""The search index: what it holds, how it follows the database, and how it is asked. It knows no pages."""
