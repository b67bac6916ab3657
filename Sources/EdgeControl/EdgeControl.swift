// EdgeControl: the room is being furnished.
