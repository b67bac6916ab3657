// MQTT: the room is being furnished.
