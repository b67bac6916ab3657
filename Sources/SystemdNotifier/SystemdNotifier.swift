// SystemdNotifier: the room is being furnished.
