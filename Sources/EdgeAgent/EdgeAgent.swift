// EdgeAgent: the room is being furnished.
