// Contract: the room is being furnished.
