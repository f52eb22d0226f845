mkdir lock; while ! mkdir lock 2>/dev/null; do sleep 0.1; done
