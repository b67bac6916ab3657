// DeviceBus: the room is being furnished.
