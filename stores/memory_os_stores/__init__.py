"""Where memory lies: adapters of the store and index ports."""
