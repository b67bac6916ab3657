// EdgeSimulation: the room is being furnished.
