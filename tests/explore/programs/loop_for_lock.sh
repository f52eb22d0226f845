mkdir lock; (until (mkdir lock 2>/dev/null); do :; done; echo in) & rmdir lock; wait; echo end
