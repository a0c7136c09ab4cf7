"""The import room: other people's documents in, plain Markdown with its recommendations, pictures and dates out.

It knows nothing of guidance, services or the database: it reads files, and says in one sentence why it can't.
"""

from knowledge.importing.document import Document, Failure, Image, Metadata, Recommendation, Unreadable
from knowledge.importing.finding import find_documents
from knowledge.importing.reading import read_document

__all__ = [
    "Document",
    "Failure",
    "Image",
    "Metadata",
    "Recommendation",
    "Unreadable",
    "find_documents",
    "read_document",
]
