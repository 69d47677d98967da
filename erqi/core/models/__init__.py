from .audit import AuditEvent, AuditHead
from .inserted import Inserted
from .reference import ReferenceQuerySet, ReferenceRow, ReferenceVersion
from .searchable import Searchable, SearchableQuerySet
from .seeded import SeededRow
from .source import Source, Sourced, SourceNote
from .versioned import Versioned, VersionedQuerySet

__all__ = [
    "AuditEvent",
    "AuditHead",
    "Inserted",
    "ReferenceQuerySet",
    "ReferenceRow",
    "ReferenceVersion",
    "Searchable",
    "SearchableQuerySet",
    "SeededRow",
    "Source",
    "SourceNote",
    "Sourced",
    "Versioned",
    "VersionedQuerySet",
]
