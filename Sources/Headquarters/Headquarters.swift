// Headquarters: the room is being furnished.
