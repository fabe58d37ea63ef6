"""Everything that people do with alerts and cases; writes go through here, audited in their own transaction."""
