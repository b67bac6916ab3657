// SQLiteStorage: the room is being furnished.
