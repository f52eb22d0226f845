"""Every order that the processes of a small program can take: stepping them, and finding all."""
