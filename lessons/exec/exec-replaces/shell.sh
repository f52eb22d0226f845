exec printf during; echo after
