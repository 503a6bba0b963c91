"""What people may do with their own data: agree, take a copy, have it deleted; and how long it is kept."""
